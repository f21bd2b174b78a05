"""Places under concurrency: many processes and threads that accept, withdraw and move at once, on a real MongoDB."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pymongo
import pytest

from services.training.actions import Parts, applying, deciding, placing
from services.training.rules.places import Guards
from services.training.store import Store
from shared.errors import Refusal
from shared.ids import new_id
from shared.origin import Origin
from shared.records import StaleRecord
from tests.integration.signing_in import settings_of
from tests.integration.test_training_machine import Log
from tests.integration.training_office import NOW, TrainingOffice
from tests.warm import PROCESSES


@pytest.fixture()
def office(mongo_url, database, tmp_path):
    return TrainingOffice(mongo_url, database, tmp_path)


def _accept_some(url: str, name: str, root: str, ids: list[str], barrier: Any) -> None:
    """One process: its own client, sixteen threads, acceptances gathered among them."""
    client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(url, tz_aware=True, w="majority", journal=True)
    settings = settings_of("training", url, name, Path(root))
    store = Store(client[name], bytes.fromhex(settings.secret("master_key").decode()))
    parts = Parts(store, lambda: NOW, settings)
    barrier.wait(60)
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda id_: deciding.accept(parts, id_, (), Origin(NOW, "account:a", new_id())), ids))
    client.close()


def decidable(office: TrainingOffice, programme: dict[str, Any], count: int) -> list[str]:
    with ThreadPoolExecutor(8) as threads:
        return list(threads.map(lambda n: office.reviewed(programme, **office.other_person(n)), range(count)))


def test_150_acceptances_for_20_places_from_three_processes(
    office: TrainingOffice, mongo_url: str, tmp_path: Path
) -> None:
    programme = office.programme(periods=[{"from": "2027-02-01", "until": "2027-03-31", "slots": 20}])
    ids = decidable(office, programme, 150)
    barrier = PROCESSES.Barrier(3)
    work = [
        PROCESSES.Process(
            target=_accept_some, args=(mongo_url, office.database.name, str(tmp_path), ids[n::3], barrier)
        )
        for n in range(3)
    ]
    for process in work:
        process.start()
    for process in work:
        process.join(120)
    assert [process.exitcode for process in work] == [0, 0, 0]
    rows = list(office.database.applications.find())
    assert Counter(row["status"] for row in rows) == {"accepted": 20, "waitlisted": 130}
    guard = office.database.places.find_one({})
    assert guard is not None and [one["ticket"] for one in guard["waiting"]] == list(range(1, 131))
    positions = {
        row["_id"]: row["outbox"][-1]["data"].get("position", 1) for row in rows if row["status"] == "waitlisted"
    }
    assert [positions[one["application_id"]] for one in guard["waiting"]] == list(range(1, 131))
    Log(office.database).catch_up()


def test_without_the_guard_more_would_be_accepted(office: TrainingOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the tests above would see if claims were only looked for: the guard is what holds."""
    monkeypatch.setattr(Guards, "in_the_way", lambda self, claim: None)
    programme = office.programme(periods=[{"from": "2027-02-01", "until": "2027-03-31", "slots": 1}])
    ids = decidable(office, programme, 3)
    for id_ in ids:
        deciding.accept(office.parts, id_, (), office.origin())
    with pytest.raises(AssertionError, match="of 1 places taken"):
        Log(office.database).catch_up()


def test_acceptances_withdrawals_and_moves_at_once(office: TrainingOffice) -> None:
    """In the end every place is held by who says so, nobody waits beside a free place, and the log never saw one too many."""
    periods = [
        {"from": "2027-02-01", "until": "2027-02-28", "slots": 3},
        {"from": "2027-03-01", "until": "2027-03-31", "slots": 2},
    ]
    programme = office.programme(periods=periods)
    february, march = (one["id"] for one in programme["periods"])
    ids = decidable(office, programme, 24)
    rng = random.Random(7)
    acts = [(rng.choice(["accept", "accept", "withdraw", "move", "back"]), id_) for id_ in ids for _ in range(3)]
    rng.shuffle(acts)

    def act(what: str, id_: str) -> None:
        try:
            if what == "accept":
                deciding.accept(office.parts, id_, (), office.origin())
            elif what == "withdraw":
                applying.withdraw(office.parts, id_, "other", office.origin())
            elif what == "move":
                placing.move_dates(office.parts, id_, "2027-03-01", "2027-03-12", march, office.origin())
            else:
                placing.move_dates(office.parts, id_, "2027-02-01", "2027-02-12", february, office.origin())
        except (Refusal, StaleRecord):
            return

    with ThreadPoolExecutor(12) as threads:
        list(threads.map(lambda one: act(*one), acts))
    Log(office.database).catch_up()
    records = {row["_id"]: row for row in office.database.applications.find()}
    for guard in office.database.places.find():
        held = {one["application_id"] for one in guard["held"]}
        mine = {id_ for id_, row in records.items() if row["period_id"] == guard["_id"]}
        assert held == {id_ for id_ in mine if records[id_]["status"] == "accepted"}
        queue = [one["application_id"] for one in guard["waiting"]]
        assert sorted(queue) == sorted(id_ for id_ in mine if records[id_]["status"] == "waitlisted")
        assert len(held) == guard["slots"] or not queue
