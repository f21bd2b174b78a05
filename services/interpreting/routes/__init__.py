"""The JSON API by noun: bookings, the roster, what interpreters do themselves, planning, and addresses that need no sign-in."""

from services.interpreting.routes import bookings, links, own, planning, roster

BLUEPRINTS = [bookings.blp, roster.blp, own.blp, planning.blp, links.blp, links.calendars]
