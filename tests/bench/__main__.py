"""`python -m tests.bench`: the rows, side by side in one run, as a table; `--only NAME`, `--json FILE`.

`--all` adds *growth*, *search* and *pages*, each of which fills a million cases (`make bench-all`).
"""

import argparse
import os
import platform
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.bench import (
    accept,
    bad_request,
    chain,
    consume,
    growth,
    memory,
    pages,
    places,
    relay,
    scaling,
    search,
    uploads,
)
from tests.bench import start as starting
from tests.bench.results import Row, dump, line, table
from tests.bench.servers import Servers, running

BENCHES: dict[str, Callable[[Servers], Iterator[Row]]] = {
    "chain": chain.run,
    "accept": accept.run,
    "consume": consume.run,
    "relay": relay.run,
    "scaling": scaling.run,
    "memory": memory.run,
    "start": starting.run,
    "uploads": uploads.run,
    "places": places.run,
    "bad_request": bad_request.run,
    "growth": growth.run,
    "search": search.run,
    "pages": pages.run,
}
LONG = ("growth", "search", "pages")


def main() -> int:
    """Prints each row as it is done and the whole at the end; 1 where a bar that is judged does not hold."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is stopped
    arguments = _arguments()
    chosen = [arguments.only] if arguments.only else [name for name in BENCHES if name not in LONG or arguments.all]
    rows: list[Row] = []
    begun = time.monotonic()
    for name in chosen:
        with running() as servers:
            for row in BENCHES[name](servers):
                rows.append(row)
                print("  ".join(line(row)), flush=True)
    print(f"\n{table(rows)}\n\n{time.monotonic() - begun:.0f} s, {_machine()['cores']} cores")
    if arguments.json:
        arguments.json.write_text(dump(rows, _machine()))
    return int(any(row.holds is False for row in rows))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--only", choices=list(BENCHES), help="one bench alone")
    parser.add_argument(
        "--all", action="store_true", help="with growth, search and pages, which fill a million cases first"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all rows and facts there")
    return parser.parse_args()


def _machine() -> dict[str, object]:
    load = os.getloadavg()[0]
    return {"cores": os.cpu_count(), "python": platform.python_version(), "load": load, "system": platform.platform()}


if __name__ == "__main__":
    sys.exit(main())
