"""A worker's heartbeat as a file, for a health check that imports nothing and connects to nothing (deploy/health_check.sh)."""

import time
from pathlib import Path


def write_heartbeat(path: Path | None, fault: str) -> None:
    """Writes the seconds since boot, which do not depend on the clock, and the current fault ("" for none)."""
    if path is None:
        return
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(f"{int(time.clock_gettime(time.CLOCK_BOOTTIME))} {fault}\n")
    fresh.replace(path)
