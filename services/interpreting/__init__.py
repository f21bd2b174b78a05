"""Owns `bookings` and the roster of interpreters.

Publishes booking.*, offer.*, interpreter.registered|updated. Consumes intake's visits, accounts, ended sessions and departments.
"""
