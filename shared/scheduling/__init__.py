"""What runs by the clock: timers, and the lease by which one process at a time does a piece of work."""
