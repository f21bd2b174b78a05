"""*uploads*: a web process that takes 12 documents of 20 MiB at once, in proportional set size above what it has when idle.

Everything it starts is counted: its master, its process, the children that judge the files. All uploads must be answered 201.
"""

import contextlib
import threading
import time
from collections.abc import Iterator

import psutil
import requests

from tests import sample_files
from tests.bench import referrals
from tests.bench.application import Application
from tests.bench.memory import MIB, SETTLE_SECONDS
from tests.bench.processes import Piece
from tests.bench.results import Bar, Row
from tests.bench.servers import Servers

UPLOADS, ROUNDS, LOOK_SECONDS = 12, 2, 0.05
MOST = 150.0
SIZE = 20 * 1024 * 1024


def run(servers: Servers, rounds: int = ROUNDS) -> Iterator[Row]:
    """The first upload of all loads what a process loads once, and is not counted."""
    application = Application("uploads", servers, workers=(), idempotent=False, more={"IMC_WEB_WORKERS": "1"})
    application.start()
    web = next(piece for piece in application.pieces if piece.name.endswith("intake-web"))
    try:
        address = documents_of(application)
        content = document()
        if send(application, address, sample_files.PDF) != 201:
            raise RuntimeError("a small document is not taken")
        time.sleep(SETTLE_SECONDS)
        found = [above_idle(web, application, address, content) for _ in range(rounds)]
    finally:
        application.stop()
        application.clean()
    above = [peak for peak, _ in found]
    yield Row(
        "uploads", f"{UPLOADS} × 20 MiB at once, PSS above idle", max(above), MOST, "MiB", [peak / MOST for peak in above],
        Bar(most=1.0), against=f"{MOST:g} MiB", facts={"MiB above idle": above, "seconds": [took for _, took in found]},
    )  # fmt: skip


def now(web: Piece) -> int:
    """Bytes of its whole tree; a child that judged a file may be gone while one looks."""
    found = 0
    for process in web.tree():
        with contextlib.suppress(psutil.NoSuchProcess):
            found += process.memory_full_info().pss
    return found


def document() -> bytes:
    """A PDF of exactly 20 MiB."""
    whole = sample_files.pdf(size=SIZE - 4096)
    return whole + b"\n" * (SIZE - len(whole))


def documents_of(application: Application) -> str:
    """Where documents of a new referral go."""
    base = f"http://127.0.0.1:{application.port}/intake/api/v1/referrals"
    headers = application.headers | {"Content-Type": "application/json"}
    made = requests.post(base, data=referrals.bodies(11, 1)[0], headers=headers, timeout=30)
    made.raise_for_status()
    return f"{base}/{made.json()['id']}/documents"


def send(application: Application, address: str, content: bytes) -> int:
    form = {"file": ("letter.pdf", content, "application/pdf")}
    return requests.post(
        address, data={"kind": "imaging"}, files=form, headers=application.headers, timeout=300
    ).status_code


def above_idle(web: Piece, application: Application, address: str, content: bytes) -> tuple[float, float]:
    """(MiB at the highest look above the look before, seconds until all are answered)."""
    idle, answers = now(web), list[int]()
    senders = [
        threading.Thread(target=lambda: answers.append(send(application, address, content))) for _ in range(UPLOADS)
    ]
    begun = time.monotonic()
    for sender in senders:
        sender.start()
    peak = idle
    while any(sender.is_alive() for sender in senders):
        peak = max(peak, now(web))
        time.sleep(LOOK_SECONDS)
    if answers != [201] * UPLOADS:
        raise RuntimeError(f"expected {UPLOADS} answers 201, got {sorted(answers)}")
    return (peak - idle) / MIB, time.monotonic() - begun
