"""*places*: 500 acceptances for 20 places at once, each with its record, its event and its place or its turn on the waiting list.

Against one bare guarded update a claim, that gives a place while there is one and else appends to a waiting list: no record,
no event, no rule. Both from as many threads of one process; exactly 20 must have a place, and the rest wait in order.
"""

import gc
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from pymongo.database import Database

from deploy.secret_files import make_secrets
from services.training.actions import applications, decisions, programmes, reviews
from services.training.dependencies import Dependencies
from services.training.store.indexes import INDEXES
from services.training.store.store import Store
from shared.auth import Caller
from shared.command_context import CommandContext
from shared.ids import new_id
from shared.mongo import connect, declare_indexes
from tests.bench.application import secrets_of, settings
from tests.bench.results import Bar, Row, compared
from tests.bench.servers import Servers

CLAIMS, PLACES, THREADS, ROUNDS = 500, 20, 500, 5
NOW = datetime(2026, 11, 24, tzinfo=UTC)
CHIEF = Caller("staff", "chief", frozenset({"chief"}))
Document = dict[str, Any]


def run(servers: Servers, rounds: int = ROUNDS) -> Iterator[Row]:
    """A fresh period and department for each round: who waits for days of a department stands in lists of it over all programmes; both sides by turns."""
    make_secrets(secrets_of(servers))
    was_announced = settings(servers, "training", "")
    database = connect(was_announced.mongo_url, was_announced.database, "bench-places", pool=THREADS + 4)
    declare_indexes(database, INDEXES)
    deps = Dependencies(
        Store(database, bytes.fromhex(was_announced.secret("master_key").decode())), lambda: NOW, was_announced
    )
    gc.freeze()  # as a web process does once it stands
    ours, bare = [], []
    for number in range(rounds + 1):
        mine, theirs = accepted(deps, number), claimed(database, number)
        if number:  # the first of each warms
            ours.append(mine)
            bare.append(theirs)
    yield compared(
        "places", f"{CLAIMS} acceptances for {PLACES} places, {THREADS} threads", ours, bare, "/s", Bar(least=0.7),
        against="bare guarded update",
    )  # fmt: skip
    database.client.close()


def accepted(deps: Dependencies, seed: int) -> float:
    """Acceptances a second; raises AssertionError where not exactly the places there are were given, in order."""
    programme, ids = _prepared(deps, f"department-{seed}")
    random.Random(seed).shuffle(ids)
    rate = _all_at_once(lambda id_: decisions.accept(deps, id_, (), _origin()), ids)
    states = Counter(row["status"] for row in deps.store.applications.find({"programme_id": programme["_id"]}))
    assert states == {"accepted": PLACES, "waitlisted": CLAIMS - PLACES}, states
    record = deps.store.occupancy.periods([programme["periods"][0]["id"]])[programme["periods"][0]["id"]]
    since = [one["since"] for one in record["waiting"]]
    assert since == sorted(set(since)) and len(since) == CLAIMS - PLACES
    return rate


def claimed(database: Database[Document], seed: int) -> float:
    """Bare claims a second."""
    period = f"bare-{seed}"
    database.bare.insert_one({"_id": period, "taken": 0, "waiting": []})
    free = {"$lt": ["$taken", PLACES]}

    def claim(who: str) -> None:
        waiting = {"$cond": [free, "$waiting", {"$concatArrays": ["$waiting", [who]]}]}
        taken = {"$cond": [free, {"$add": ["$taken", 1]}, "$taken"]}
        database.bare.update_one({"_id": period}, [{"$set": {"waiting": waiting, "taken": taken}}])

    rate = _all_at_once(claim, [new_id() for _ in range(CLAIMS)])
    found = database.bare.find_one({"_id": period}) or {}
    assert (found["taken"], len(found["waiting"])) == (PLACES, CLAIMS - PLACES)
    return rate


def _all_at_once(act: Callable[[str], Any], ids: list[str]) -> float:
    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(lambda _: time.sleep(0.001), range(THREADS)))  # threads and connections are there
        begun = time.perf_counter()
        list(threads.map(act, ids))
        return len(ids) / (time.perf_counter() - begun)


def _prepared(deps: Dependencies, department: str) -> tuple[Document, list[str]]:
    """A published programme with one period, and as many applications that may be decided."""
    deps.store.database.departments.insert_one({"_id": department, "names": {}, "listed": True})
    body: Document = {"kind": "observation", "title": {"ja": "見学", "en": "Looking on"}, "department": department}
    body |= {
        "text": {"ja": "見学", "en": "Wards"},
        "review": {"order": "in_order", "steps": ["chief"], "reviewers": {}},
    }
    period = {"from": "2027-02-01", "until": "2027-02-28", "slots": PLACES, "group_size": 1, "professions": []}
    made = programmes.create_programme(deps, body | {"periods": [period]}, _origin())
    programme = programmes.publish(deps, made["_id"], _origin())
    with ThreadPoolExecutor(8) as threads:
        return programme, list(threads.map(lambda number: _decidable(deps, programme, number), range(CLAIMS)))


def _decidable(deps: Dependencies, programme: Document, number: int) -> str:
    written: Document = {
        "name": {"latin": f"PERSON {number}"}, "birth_date": "1990-01-01", "nationality": "TH", "residence": "TH",
        "profession": "doctor", "institution": "Lotus Hospital", "email": f"p{number}@lotus.example", "motivation": "To see.",
        "period_id": programme["periods"][0]["id"], "first_day": "2027-02-01", "last_day": "2027-02-05",
    }  # fmt: skip
    id_: str = applications.start_application(deps, programme["_id"], written, _origin())["_id"]
    applications.submit(deps, id_, _origin())
    reviews.start_check(deps, id_, _origin())
    reviews.start_review(deps, id_, _origin())
    reviews.give_review(deps, id_, "chief", "approve", None, CHIEF, _origin())
    return id_


def _origin() -> CommandContext:
    return CommandContext(NOW, "account:bench", new_id())
