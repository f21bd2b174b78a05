"""Pure rules of notify: who is notified of what, the states of a notification, its text. No I/O; the time is an argument."""
