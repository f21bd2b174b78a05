"""Owns `accounts` (people who sign in, with their roles, second factor and sessions) and `departments`.

Publishes account.created|updated|disabled|locked, session.ended, department.updated. Consumes partners' organizations and keys.
"""
