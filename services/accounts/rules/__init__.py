"""The domain rules of accounts, without I/O: people and roles, passwords, one-time codes, lock-out, departments."""
