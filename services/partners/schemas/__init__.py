"""Shapes of what comes in and goes out over HTTP: requests, responses, and the messages to webhook endpoints."""
