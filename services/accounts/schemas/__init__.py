"""Shapes of what comes in and goes out over HTTP: requests and responses of the API, forms and queries of the pages."""
