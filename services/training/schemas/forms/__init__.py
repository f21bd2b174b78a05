"""Marshmallow shapes of the forms and filters of the pages, by noun."""
