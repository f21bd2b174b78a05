"""The only part of partners that knows MongoDB."""
