"""Shapes of requests and responses over HTTP. They hold no body or secret of a webhook, and no names of patients."""
