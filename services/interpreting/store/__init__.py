"""The only part of interpreting that knows MongoDB."""
