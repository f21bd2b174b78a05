"""What accounts decides, without I/O: people and roles, passwords, one-time codes, lock-out, departments."""
