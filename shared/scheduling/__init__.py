"""Scheduled jobs: timers, and the lease by which one process at a time does a job."""
