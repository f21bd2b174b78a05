"""Failpoints, where a test can kill the process: `IMC_FAILPOINT=name` or `name:n` (the n-th pass). Unset, it costs one comparison."""

import os
import signal

POINTS = (
    "record.before_write",
    "record.after_write",
    "relay.after_claim",
    "relay.after_publish",
    "relay.after_confirm",
    "relay.after_log",
    "relay.after_pull",
    "consumer.before_handler",
    "consumer.after_effect",
    "consumer.before_commit",
    "consumer.after_commit",
    "consumer.before_ack",
    "consumer.after_ack",
    "deferred.after_insert",
    "deferred.before_commit",
    "deferred.after_commit",
    "timer.after_claim",
)
_wanted, _left = "", 0


def arm(wanted: str) -> None:
    """Arms a failpoint: this process is killed at `name` or at the n-th pass of `name:n`; an empty text disarms it."""
    global _wanted, _left  # noqa: PLW0603  (how often this process has passed)
    _wanted, _, count = wanted.partition(":")
    _left = int(count or 1)


arm(os.environ.get("IMC_FAILPOINT", ""))


def failpoint(name: str) -> None:
    """Kills this process without warning where this failpoint is armed."""
    global _left  # noqa: PLW0603
    if name != _wanted:
        return
    if name not in POINTS:
        raise ValueError(f"unknown failpoint {name}")
    _left -= 1
    if _left <= 0:
        os.kill(os.getpid(), signal.SIGKILL)
