"""How notifications are delivered: which is sent when, one attempt by each channel, and the HTTP calls."""
