"""The only part of intake that knows MongoDB."""
