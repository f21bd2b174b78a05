"""Owns `accounts` (people who sign in, their roles, their second factor) and `departments`.

Says account.created|updated|disabled, session.ended, department.updated. Hears partners' organizations and keys.
"""
