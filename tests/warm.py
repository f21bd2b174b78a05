"""Processes beside a test, forked from a parent that has imported the application once: each begins at once, and shares no thread, no
connection and no lock with the test."""

import multiprocessing

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(
    ["tests.faults.process", "tests.integration.interpreting_office", "tests.integration.training_office"]
)
