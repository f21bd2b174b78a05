"""Owns `accounts` (people who sign in, their roles, their second factor, their sessions) and `departments`.

Publishes account.created|updated|disabled, session.ended, department.updated. Hears partners' organizations and keys.
"""
