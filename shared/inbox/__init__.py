"""The inbox: each received event takes effect once, in order per subject; events that fail are deferred or dead-lettered."""
