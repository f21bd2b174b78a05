"""Interpreting owns bookings and the roster of interpreters.

Publishes interpreting.booking.*, interpreting.offer.* and interpreting.interpreter.*; consumes intake's visits and accounts' sessions.
"""
