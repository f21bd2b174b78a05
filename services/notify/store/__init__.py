"""The only part of notify that uses MongoDB."""
