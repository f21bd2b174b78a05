"""Shapes of the requests, responses and forms of HTTP. Rules that need more than the body are in rules/."""
