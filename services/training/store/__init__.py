"""The only part of training that knows MongoDB."""
