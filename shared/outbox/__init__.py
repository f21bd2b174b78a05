"""The transactional outbox: a record and its events in one atomic write, the relay that publishes them, and the event log."""
