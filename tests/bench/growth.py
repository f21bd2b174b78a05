"""*growth*: accepting a referral, the chain, and the search for interpreters at 1,000,000 cases and bookings, against 1,000.

Time per piece of work, so that a ratio of 1.3 is 30 % slower. The small measurement comes first, in the same system.
"""

import os
import random
import time
from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

from services.interpreting.rules.matching import Requirements
from services.interpreting.rules.periods import Claim
from services.interpreting.store.store import Store
from shared.ids import new_id
from shared.mongo import connect
from tests.bench.application import Application, settings
from tests.bench.filling import LANGUAGES, WEEKDAYS, fill_bookings, fill_cases, fill_roster, weekday
from tests.bench.flow import accepted, saturated, warm
from tests.bench.results import Bar, Row, compared, median
from tests.bench.servers import Servers

SMALL, LARGE = 1_000, int(os.environ.get("BENCH_GROWTH", "1000000"))
ROUNDS, COUNT, SEARCHES = 5, 1000, 60
WORK = {"accept": "POST referral → 201", "chain": "POST → reaction stored", "candidates": "first 20 who fit"}


def run(servers: Servers, large: int = LARGE, rounds: int = ROUNDS) -> Iterator[Row]:
    """The same system, small first, then filled and measured again."""
    application = Application("growth", servers)
    found: list[dict[str, list[float]]] = []
    try:
        application.start()
        per_event = warm(application)
        fill_roster(servers)
        for size, seed in ((SMALL, 30), (large, 60)):
            fill_cases(servers, size)
            fill_bookings(servers, size)
            found.append(measured(application, servers, per_event, rounds, seed))
    finally:
        application.stop()
        application.clean()
    for name, what in WORK.items():
        small, big = (each[name] for each in found)
        yield compared(
            "growth", f"{name}: {what}, {large:,}", big, [median(small)] * len(big), "µs", Bar(most=1.3),
            against=f"at {SMALL:,}",
        )  # fmt: skip


def measured(
    application: Application, servers: Servers, per_event: int, rounds: int, seed: int
) -> dict[str, list[float]]:
    """Microseconds per piece of work; a first round of each is not counted."""
    found: dict[str, list[float]] = {name: [] for name in WORK}
    for number in range(rounds + 1):
        times = {"chain": 1e6 / saturated(application, seed + number, COUNT, per_event).rate}
        times["accept"] = 1e6 / accepted(application, seed + 10 + number, COUNT)
        time.sleep(2.0)  # what was accepted runs through before the search is timed
        times["candidates"] = searched(servers, seed + number)
        for name, microseconds in times.items() if number else ():
            found[name].append(microseconds)
    return found


def searched(servers: Servers, seed: int) -> float:
    """Median of many searches, each for another day, hour and language."""
    told = settings(servers, "interpreting", "")
    database = connect(told.mongo_url, told.database, "bench-search")
    store = Store(database, ZoneInfo("Asia/Tokyo"), None)  # type: ignore[arg-type]  # no command is answered here
    rng, times = random.Random(seed), []
    with database.client:
        for _ in range(SEARCHES):
            ask = requirements(rng)
            begun = time.perf_counter()
            store.candidates(ask, 20)
            times.append((time.perf_counter() - begun) * 1e6)
    return median(times)


def requirements(rng: random.Random) -> Requirements:
    """An hour on a working day, for one of the languages of the roster."""
    start = weekday(rng.randrange(WEEKDAYS)) + timedelta(minutes=30 * rng.randrange(14))
    language = rng.choice(LANGUAGES)
    return Requirements(Claim(new_id(), start, start + timedelta(hours=1), "on_site", "A-1"), language, language)
