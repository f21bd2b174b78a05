"""The only part of notify that knows MongoDB."""
