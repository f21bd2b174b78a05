"""The code that all services share: events, messaging, HTTP foundation, storage. It imports no service."""
