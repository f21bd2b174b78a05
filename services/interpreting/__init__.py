"""Interpreting owns bookings and the roster of interpreters.

Says interpreting.booking.*, interpreting.offer.* and interpreting.interpreter.*; hears intake's visits and accounts' sessions.
"""
