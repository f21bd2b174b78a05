"""Places under concurrency: many processes and threads that accept, withdraw and move at once, on a real MongoDB."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pymongo
import pytest

from services.training.actions import applications, date_changes, decisions, places
from services.training.dependencies import Dependencies
from services.training.rules import places as places_rules
from services.training.rules.places import Occupancy
from services.training.store.occupancy import OccupancyStore
from services.training.store.store import Store
from shared.command_context import CommandContext
from shared.errors import Refusal
from shared.ids import new_id
from shared.outbox.records import StaleRecord
from tests.integration.signing_in import settings_of
from tests.integration.test_training_machine import HOLDING, Log, beside_a_place
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
    deps = Dependencies(store, lambda: NOW, settings)
    barrier.wait(60)
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda id_: decisions.accept(deps, id_, (), CommandContext(NOW, "account:a", new_id())), ids))
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
    assert guard is not None and len({one["since"] for one in guard["waiting"]}) == 130
    positions = {
        row["_id"]: row["outbox"][-1]["data"].get("position", 1) for row in rows if row["status"] == "waitlisted"
    }
    assert [positions[one["application_id"]] for one in guard["waiting"]] == list(range(1, 131))
    Log(office.database).catch_up()


def test_without_the_claim_more_would_be_accepted(office: TrainingOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the tests above would see if claims were only looked for: the guard is what holds."""
    monkeypatch.setattr(Occupancy, "obstacle", lambda self, claim: None)
    programme = office.programme(periods=[{"from": "2027-02-01", "until": "2027-03-31", "slots": 1}])
    ids = decidable(office, programme, 3)
    for id_ in ids:
        decisions.accept(office.deps, id_, (), office.context())
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
                decisions.accept(office.deps, id_, (), office.context())
            elif what == "withdraw":
                applications.withdraw(office.deps, id_, "other", office.context())
            elif what == "move":
                date_changes.move_dates(office.deps, id_, "2027-03-01", "2027-03-12", march, office.context())
            else:
                date_changes.move_dates(office.deps, id_, "2027-02-01", "2027-02-12", february, office.context())
        except (Refusal, StaleRecord):
            return

    with ThreadPoolExecutor(12) as threads:
        list(threads.map(lambda one: act(*one), acts))
    Log(office.database).catch_up()
    records = {row["_id"]: row for row in office.database.applications.find()}
    for guard in office.database.places.find():
        held = {one["application_id"] for one in guard["holders"]}
        mine = {id_ for id_, row in records.items() if row["period_id"] == guard["_id"]}
        assert held == {id_ for id_ in mine if records[id_]["status"] == "accepted"}
        queue = [one["application_id"] for one in guard["waiting"]]
        assert sorted(queue) == sorted(id_ for id_ in mine if records[id_]["status"] == "waitlisted")
        assert len(held) == guard["slots"] or not queue


# a department's days, shared by programmes

TODAY = "2026-11-24"


def sharing(office: TrainingOffice, per_day: int | None, many: int = 2) -> list[dict[str, Any]]:
    """Programmes with more places than their department has days."""
    made = [office.programme(periods=[{"from": "2027-02-01", "until": "2027-03-31", "slots": 50}]) for _ in range(many)]
    if per_day is not None:
        office.done("POST", "/departments/cardiology/places", {"per_day": per_day})
    return made


def decided(office: TrainingOffice, programme: dict[str, Any], number: int, **plan: Any) -> str:
    id_ = office.reviewed(programme, **office.other_person(number), **plan)
    office.done("POST", f"/applications/{id_}/accept", {})
    return id_


@pytest.mark.parametrize("how", ["withdraw", "reject", "lapse", "no-show", "terminate", "move", "limit"])
def test_a_day_freed_by_one_programme_goes_to_who_waits_longest_for_it(office: TrainingOffice, how: str) -> None:
    """Whatever frees it, in the same moment and without any timer; whoever is accepted then comes after."""
    one, two = sharing(office, 1)
    short = {"last_day": "2027-02-05"}
    holder = decided(office, one, 1, **short)
    first = decided(office, two, 2, **short)
    second = decided(office, one, 3, **short)
    later = office.reviewed(one, **office.other_person(4), **short)
    assert [office.status(id_) for id_ in (holder, first, second)] == ["accepted", "waitlisted", "waitlisted"]
    if how in ("lapse", "no-show", "terminate"):
        office.done("POST", f"/applications/{holder}/announce")
    if how in ("no-show", "terminate"):
        office.done("POST", f"/applications/{holder}/confirm")
        office.on("2027-02-01")
    if how == "terminate":
        office.done("POST", f"/applications/{holder}/start")
    if how == "lapse":
        office.move(days=15)
        decisions.lapse(office.deps, holder, office.context())
    elif how == "move":
        office.done("POST", f"/applications/{holder}/move", {"first_day": "2027-03-01", "last_day": "2027-03-05"})
    elif how == "limit":
        office.done("POST", "/departments/cardiology/places", {"per_day": 2})
    else:
        body = {"reject": {"reason": "other"}, "terminate": {"reason": "other"}}.get(
            how, {} if how == "withdraw" else None
        )
        office.done("POST", f"/applications/{holder}/{how}", body)
    office.done("POST", f"/applications/{later}/accept", {})
    assert [office.status(id_) for id_ in (first, second, later)] == ["accepted", "waitlisted", "waitlisted"]
    Log(office.database).catch_up()


def test_a_limit_that_is_lifted_lets_in_whoever_waits_in_any_programme(office: TrainingOffice) -> None:
    one, two = sharing(office, 1)
    short = {"last_day": "2027-02-05"}
    ids = [decided(office, programme, number, **short) for number, programme in enumerate((one, two, one, two))]
    assert [office.status(id_) for id_ in ids] == ["accepted", *["waitlisted"] * 3]
    office.done("POST", "/departments/cardiology/places", {"per_day": None})
    assert {office.status(id_) for id_ in ids} == {"accepted"}


@pytest.mark.parametrize(("per_day", "looked_at"), [(None, False), (1, True)])
def test_lists_of_other_programmes_are_looked_at_only_where_days_are_counted(
    office: TrainingOffice, per_day: int | None, looked_at: bool
) -> None:
    periods = [{"from": "2027-02-01", "until": "2027-03-31", "slots": 1}]
    one, two = (office.programme(periods=periods) for _ in range(2))
    if per_day is not None:
        office.done("POST", "/departments/cardiology/places", {"per_day": per_day})
    ids = [decided(office, programme, number) for number, programme in enumerate((one, one, two, two))]
    occupancy = office.deps.store.occupancy.load([places_rules.claim_of(office.stored(ids[0]))])
    assert occupancy.other_periods() == ({two["periods"][0]["id"]} if looked_at else set())


def test_who_waits_for_several_departments_in_turn_is_found_from_each(office: TrainingOffice) -> None:
    """A rotation's days stand in other months and departments than the programme's own."""
    one, two = office.programme(), office.programme(department="surgery")
    for code in ("cardiology", "surgery"):
        office.done("POST", f"/departments/{code}/places", {"per_day": 1})
    here = decided(office, one, 1, last_day="2027-02-05")
    there = decided(office, two, 2, first_day="2027-03-01", last_day="2027-03-05")
    rotations = [
        {"department": "cardiology", "first_day": "2027-02-01", "last_day": "2027-02-26"},
        {"department": "surgery", "first_day": "2027-02-27", "last_day": "2027-03-12"},
    ]
    waits = decided(office, one, 3, last_day="2027-03-12", rotations=rotations)
    assert office.status(waits) == "waitlisted"
    office.done("POST", f"/applications/{here}/withdraw", {})
    assert office.status(waits) == "waitlisted", "surgery is full on a day"
    office.done("POST", f"/applications/{there}/withdraw", {})
    assert office.status(waits) == "accepted"


@pytest.mark.parametrize(
    ("day", "moves_up"), [("2027-01-31", True), ("2027-02-01", True), ("2027-02-02", False), ("2027-03-08", False)]
)
def test_nobody_is_moved_up_for_days_that_are_over(office: TrainingOffice, day: str, moves_up: bool) -> None:
    one, two = sharing(office, 1)
    holder, waits = decided(office, one, 1, last_day="2027-03-10"), decided(office, two, 2, last_day="2027-02-26")
    office.on(day)
    office.done("POST", f"/applications/{holder}/withdraw", {})
    office.run(places.fill_places)
    assert office.status(waits) == ("accepted" if moves_up else "waitlisted")
    answer = office.call("POST", f"/applications/{waits}/accept", {})
    assert answer.status_code == (200 if day == "2027-02-02" else 409)
    if day == "2027-03-08":
        assert answer.json["type"].endswith("stay-over")
        office.on("2027-03-08")
        office.done("POST", f"/applications/{waits}/move", {"first_day": "2027-03-08", "last_day": "2027-03-12"})
        assert office.status(waits) == "accepted", "days to come, and there is room"


def test_who_asks_for_other_days_waits_for_them_from_then_on(office: TrainingOffice) -> None:
    one, two = sharing(office, 1)
    holder = decided(office, one, 1, first_day="2027-02-01", last_day="2027-03-31")
    moves, stays = (
        decided(office, one, 2, last_day="2027-02-26"),
        decided(office, two, 3, first_day="2027-03-01", last_day="2027-03-12"),
    )
    office.done("POST", f"/applications/{moves}/move", {"first_day": "2027-03-01", "last_day": "2027-03-12"})
    office.done("POST", f"/applications/{holder}/withdraw", {})
    assert [office.status(id_) for id_ in (moves, stays)] == ["waitlisted", "accepted"]
    office.done("POST", f"/applications/{stays}/withdraw", {})
    assert office.status(moves) == "accepted"


def test_who_asks_for_fewer_of_the_same_days_keeps_the_turn(office: TrainingOffice) -> None:
    one, two = sharing(office, 1)
    holder = decided(office, one, 1)
    first, second = decided(office, two, 2), decided(office, one, 3)
    office.done("POST", f"/applications/{first}/move", {"first_day": "2027-02-08", "last_day": "2027-02-12"})
    office.done("POST", f"/applications/{holder}/withdraw", {})
    assert [office.status(id_) for id_ in (first, second)] == ["accepted", "waitlisted"]


def test_an_agreement_that_ended_holds_the_turn_of_who_waits(office: TrainingOffice) -> None:
    """Whoever would not be accepted now is not moved up; once the agreement stands again, they are the first."""
    partner = office.organization()
    agreement = office.agreement(partner)
    one, two = sharing(office, 1)
    holder = decided(office, one, 1)
    first = office.reviewed(two, **office.other_person(2), organization_id=partner)
    office.done("POST", f"/applications/{first}/agreement", {"agreement_id": agreement})
    office.done("POST", f"/applications/{first}/accept", {})
    office.database.agreements.update_one({"_id": agreement}, {"$set": {"status": "terminated"}})
    office.done("POST", f"/applications/{holder}/withdraw", {})
    assert office.status(first) == "waitlisted"
    office.database.agreements.update_one({"_id": agreement}, {"$set": {"status": "active"}})
    second = decided(office, one, 3)
    assert [office.status(id_) for id_ in (first, second)] == ["accepted", "waitlisted"]


def _act_some(url: str, name: str, root: str, acts: list[tuple[str, str]], barrier: Any) -> None:
    """One process of two threads: acceptances, withdrawals and changes of the limit, each in a transaction of its own."""
    client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(url, tz_aware=True, w="majority", journal=True)
    settings = settings_of("training", url, name, Path(root))
    deps = Dependencies(
        Store(client[name], bytes.fromhex(settings.secret("master_key").decode())), lambda: NOW, settings
    )
    barrier.wait(60)

    def act(what: str, id_: str) -> None:
        context = CommandContext(NOW, "account:a", new_id())
        try:
            if what == "accept":
                decisions.accept(deps, id_, (), context)
            elif what == "withdraw":
                applications.withdraw(deps, id_, "other", context)
            elif what == "move":
                date_changes.move_dates(deps, id_, "2027-02-08", "2027-02-19", None, context)
            else:
                places.set_department_limit(deps, "cardiology", int(what), context)
        except (Refusal, StaleRecord):
            return

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda one: act(*one), acts))
    client.close()


@pytest.mark.parametrize("seed", [3, 11])
def test_programmes_that_share_a_department_stay_fair_under_processes(
    office: TrainingOffice, mongo_url: str, tmp_path: Path, seed: int
) -> None:
    """No day over its limit, nobody passed, nobody beside a free place: by the log and by the records, and no timer has run."""
    made = sharing(office, 3, many=3)
    with ThreadPoolExecutor(4) as threads:
        plans = [
            {"first_day": f"2027-02-{1 + n % 3 * 7:02d}", "last_day": f"2027-02-{12 + n % 3 * 7}"} for n in range(36)
        ]
        ids = list(threads.map(lambda n: office.reviewed(made[n % 3], **office.other_person(n), **plans[n]), range(36)))
    rng = random.Random(seed)
    acts = [("accept", id_) for id_ in ids]
    rng.shuffle(acts)
    acts += [(rng.choice(["withdraw", "withdraw", "move", "3", "4"]), rng.choice(ids)) for _ in range(30)]
    later = acts[12:]
    rng.shuffle(later)
    acts = acts[:12] + later
    barrier = PROCESSES.Barrier(3)
    given = (mongo_url, office.database.name, str(tmp_path))
    work = [PROCESSES.Process(target=_act_some, args=(*given, acts[n::3], barrier)) for n in range(3)]
    for process in work:
        process.start()
    for process in work:
        process.join(120)
    assert [process.exitcode for process in work] == [0, 0, 0]
    Log(office.database).catch_up()
    assert beside_a_place(office.database, TODAY) == []
    statuses = Counter(row["status"] for row in office.database.applications.find())
    assert statuses["waitlisted"] and statuses["accepted"], statuses
    held = {one["application_id"] for row in office.database.department_months.find() for one in row["holders"]}
    assert held == {row["_id"] for row in office.database.applications.find({"status": {"$in": sorted(HOLDING)}})}
    queued = {one["application_id"] for row in office.database.department_months.find() for one in row["waiting"]}
    assert queued == {row["_id"] for row in office.database.applications.find({"status": "waitlisted"})}


def test_two_who_each_free_half_of_what_somebody_waits_for(office: TrainingOffice) -> None:
    """Neither sees what the other frees; one of them has to look again."""
    for code in ("cardiology", "surgery"):
        office.done("POST", f"/departments/{code}/places", {"per_day": 1})
    for round_ in range(6):
        one, two = office.programme(), office.programme(department="surgery")
        half = decided(office, one, 10 * round_ + 1, last_day="2027-02-05")
        other = decided(office, two, 10 * round_ + 2, first_day="2027-02-08", last_day="2027-02-12")
        rotations = [
            {"department": "cardiology", "first_day": "2027-02-01", "last_day": "2027-02-07"},
            {"department": "surgery", "first_day": "2027-02-08", "last_day": "2027-02-12"},
        ]
        waits = decided(office, one, 10 * round_ + 3, last_day="2027-02-12", rotations=rotations)
        with ThreadPoolExecutor(2) as threads:
            list(
                threads.map(
                    lambda id_: applications.withdraw(office.deps, id_, "other", office.context()), (half, other)
                )
            )
        assert office.status(waits) == "accepted", round_
        office.done("POST", f"/applications/{waits}/withdraw", {})


def test_without_the_line_over_all_programmes_somebody_would_wait_beside_a_free_place(
    office: TrainingOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the tests above would see if each programme looked at its own waiting list alone."""
    one, two = sharing(office, 1)
    holder, waits = decided(office, one, 1), decided(office, two, 2)
    monkeypatch.setattr(OccupancyStore, "waiting_list", lambda self, occupancy: occupancy.waiting_list())
    office.done("POST", f"/applications/{holder}/withdraw", {})
    assert beside_a_place(office.database, TODAY) == [waits]
