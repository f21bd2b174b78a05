"""*search*: the desk's search box and hints at 1,000,000 cases against 1,000, by what is asked; a fifth of the people are patients too.

What fits as many at both sizes is judged: one person, or a name that more share than are opened. A name or a birth date by itself
fits more people where there are more, so those rows are printed: their time is bounded by the 200 records that are opened at the most.
"""

import os
import random
import time
from collections.abc import Callable, Iterator
from typing import Any

from services.intake.actions.record_search import duplicates, search
from services.intake.dependencies import Dependencies
from services.intake.rules.search_terms import terms_of
from services.intake.store.indexes import INDEXES
from services.intake.store.store import Store
from shared.clock import utc_now
from shared.ids import new_id, reference
from shared.mongo import connect, declare_indexes
from tests.bench.application import set_up_application, settings
from tests.bench.filling import put
from tests.bench.people import Person, a_person
from tests.bench.results import Bar, Row, compared, median
from tests.bench.servers import Servers

SMALL, LARGE = 1_000, int(os.environ.get("BENCH_GROWTH", "1000000"))
ROUNDS, QUESTIONS, BATCH = 5, 40, 5_000
NAMESAKES, SHARED = 250, {"latin": "QADYROVA Zarinabonu"}
"""Of the first people so many have one name, which nobody else has."""
Question = Callable[[Person], str]


def _name(person: Person) -> str:
    return str(person["name"].get("native") or person["name"]["latin"])


ASKED: dict[str, tuple[Question, bool]] = {
    "name and birth date": (lambda person: f"{person['name']['latin']} {person['birth_date']}", True),
    "phone without its country": (lambda person: str(person["phone"]["e164"])[-9:], True),
    "a name that 250 share": (lambda person: SHARED["latin"], True),
    "passport": (lambda person: str(person["passport"]["number"]), True),
    "name alone": (_name, False),
    "beginning of a name": (lambda person: str(person["name"]["latin"])[:4], False),
    "birth date alone": (lambda person: person["birth_date"].replace("-", ""), False),
}


def run(servers: Servers, large: int = LARGE, rounds: int = ROUNDS) -> Iterator[Row]:
    """Fills its own database, measures small first."""
    set_up_application(servers, f"{servers.prefix}search.")
    told = settings(servers, "intake", "")
    database = connect(told.mongo_url, told.database, "bench-search")
    declare_indexes(database, INDEXES)
    deps = Dependencies(Store(database, bytes.fromhex(told.secret("master_key").decode())), utc_now, told)
    rng, people, found = random.Random(11), list[Person](), list[dict[str, list[float]]]()
    with database.client:
        for size in (SMALL, large):
            people += fill(deps, rng, size - (SMALL if people else 0), namesakes=0 if people else NAMESAKES)
            found.append(measured(deps, people, rounds))
    for what in found[0]:
        small, big = (each[what] for each in found)
        judged = ASKED.get(what, (None, False))[1]
        bar = Bar(most=1.3) if judged else Bar()
        yield compared(
            "search", f"{what}, {large:,}", big, [median(small)] * len(big), "µs", bar, against=f"at {SMALL:,}", judged=judged
        )  # fmt: skip


def fill(deps: Dependencies, rng: random.Random, count: int, namesakes: int) -> list[Person]:
    """So many more cases, sealed as ever, every fifth with its patient; gives a sample of the people.

    The first `namesakes` have the shared name, and are not among the sample.
    """
    sample: list[Person] = []
    for begin in range(0, count, BATCH):
        made = [a_person(rng) for _ in range(min(BATCH, count - begin))]
        shared = [person | {"name": SHARED} for person in made[: max(0, namesakes - begin)]]
        made = [*shared, *made[len(shared) :]]
        records = [_record(deps, person, rng) for person in made]
        put(deps.store.keyring.collection, (key for _, key in records))
        put(deps.store.cases.collection, (record for record, _ in records))
        patients = [_record(deps, person, rng) for person in made[::5]]
        put(deps.store.keyring.collection, (key for _, key in patients))
        put(deps.store.patients.collection, (record | {"interpreter": {}} for record, _ in patients))
        sample += rng.sample(made[len(shared) :], min(200, len(made) - len(shared)))
    return sample


def _record(deps: Dependencies, person: Person, rng: random.Random) -> tuple[dict[str, Any], dict[str, Any]]:
    id_ = new_id()
    key, wrapped = deps.store.keyring.new(id_)
    identity = {name: value for name, value in person.items() if name != "phone"}
    contact = {"phone": person["phone"]}
    return {
        "_id": id_, "version": 1, "last_sequence": 1, "outbox": [], "status": "received", "channel": "agency",
        "reference": reference("R", 2026, rng.randrange(10**12)), "created_at": utc_now(), "updated_at": utc_now(),
        "sealed": {"identity": key.seal("identity", identity), "contact": key.seal("contact", contact)},
        "search": terms_of(deps.store.terms, identity, contact),
    }, wrapped  # fmt: skip


def measured(deps: Dependencies, people: list[Person], rounds: int) -> dict[str, list[float]]:
    """Median microseconds by what is asked, round by round; a first round is not counted."""
    found: dict[str, list[float]] = {what: [] for what in (*ASKED, "hints of doubles")}
    rng = random.Random(23)
    for number in range(rounds + 1):
        for what in found:
            asked = rng.sample(people, QUESTIONS)
            times = [_timed(deps, what, person) for person in asked]
            found[what] += [median(times)] if number else []
    return found


def _timed(deps: Dependencies, what: str, person: Person) -> float:
    begun = time.perf_counter()
    if what in ASKED:
        answer = search(deps, ASKED[what][0](person))["items"]
    else:
        answer = duplicates(deps, person)
    taken = (time.perf_counter() - begun) * 1e6
    assert answer or what in ("name alone", "beginning of a name", "birth date alone"), f"{what}: nobody was found"
    return taken
