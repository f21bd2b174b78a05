"""The only part of accounts that knows MongoDB."""
