"""Marshmallow shapes of what comes in and goes out over HTTP: the API's requests and responses, the pages' forms."""
