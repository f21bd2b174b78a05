"""What all services stand on: events, messaging, HTTP foundation, storage. Imports no service."""
