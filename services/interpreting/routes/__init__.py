"""The JSON API by noun: bookings, the roster, self-service of interpreters, availability, and addresses that need no sign-in."""

from services.interpreting.routes import availability, bookings, links, roster, self_service

BLUEPRINTS = [bookings.blp, roster.blp, self_service.blp, availability.blp, links.blp, links.calendars]
