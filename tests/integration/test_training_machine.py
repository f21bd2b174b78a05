"""Any order of what applicants, the office, partners and the clock may do: no period over its capacity at any moment of the
event log (I6), no move the table does not draw (I10). A Hypothesis state machine over the real store.

What must hold is judged from the events alone, by a checker that shares nothing with the service but the table of the design.
"""

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar, NamedTuple

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from pymongo.database import Database

from services.training.actions import (
    agreements,
    applications,
    date_changes,
    decisions,
    placements,
    programmes,
    reviews,
    scheduled_jobs,
)
from services.training.actions import places as places_actions
from shared.auth import Caller
from shared.errors import Refusal
from shared.ids import new_id
from tests.integration.training_office import WRITTEN, TrainingOffice

# The states and moves, written down a second time: the checker must not ask the service what is allowed
DRAWN = {
    "draft": {"submitted", "withdrawn"},
    "submitted": {"document_check", "withdrawn"},
    "document_check": {"returned", "under_review", "withdrawn"},
    "returned": {"document_check", "withdrawn"},
    "under_review": {"accepted", "waitlisted", "rejected", "withdrawn"},
    "waitlisted": {"accepted", "rejected", "withdrawn"},
    "accepted": {"confirmed", "withdrawn", "lapsed", "rejected"},
    "confirmed": {"active", "deferred", "no_show", "withdrawn"},
    "deferred": {"confirmed", "withdrawn"},
    "active": {"completed", "terminated"},
}
HOLDING = {"accepted", "confirmed", "deferred", "active", "completed"}
STARTS = (date(2026, 12, 3), date(2026, 12, 21), date(2026, 12, 5))
CHIEF = Caller("staff", "acc-1", frozenset({"chief", "admin"}))

picks = st.integers(0, 99)
period_picks = st.integers(0, 2)
lengths = st.integers(0, 20)


TOKYO = timedelta(hours=9)


class Stay(NamedTuple):
    """What one takes, as an event tells: a slot of a period, days of a department. `free`: bound to no agreement."""

    period: str
    slot: str
    department: str | None
    first: str
    last: str
    free: bool

    def days(self) -> set[tuple[str, str]]:
        if not self.department:
            return set()
        first, last = date.fromisoformat(self.first), date.fromisoformat(self.last)
        many = (last - first).days + 1
        return {(self.department, (first + timedelta(days=number)).isoformat()) for number in range(many)}


def stay_of(data: dict[str, Any]) -> Stay:
    days = data.get("first_day", ""), data.get("last_day", "")
    slot = data.get("group_id") or data.get("application_id") or data["_id"]
    department = data.get("department") if all(days) else None
    return Stay(data["period_id"], slot, department, *days, free=not data.get("agreement_id"))


def has_room(
    stay: Stay, holders: list[Stay], places: dict[str, tuple[int, int]], limits: dict[str, int | None]
) -> bool:
    """Whether a slot and every day is free for one more."""
    slots, size = places.get(stay.period, (0, 1))
    held = [one.slot for one in holders if one.period == stay.period]
    if not (0 < held.count(stay.slot) < size or (stay.slot not in held and len(set(held)) < slots)):
        return False
    return not full_days(stay.days(), holders, limits)


def full_days(days: set[tuple[str, str]], holders: list[Stay], limits: dict[str, int | None]) -> list[tuple[str, str]]:
    """Those of these days on which a department has nobody to spare."""
    limited = [day for day in days if limits.get(day[0]) is not None]
    taken = Counter(day for one in holders for day in one.days())
    return sorted(day for day in limited if taken[day] >= (limits[day[0]] or 0))


def beside_a_place(database: Database[dict[str, Any]], today: str) -> list[str]:
    """Who waits though a slot and all their days are free, by the records of applications alone."""
    places = {
        one["id"]: (one["slots"], one["group_size"]) for row in database.programmes.find() for one in row["periods"]
    }
    limits = {row["_id"]: row["per_day"] for row in database.department_limits.find()}
    records = list(database.applications.find())
    holders = [stay_of(one) for one in records if one["status"] in HOLDING]
    waiting = [one for one in records if one["status"] == "waitlisted" and one["first_day"] >= today]
    return [one["_id"] for one in waiting if stay_of(one).free and has_room(stay_of(one), holders, places, limits)]


class Log:
    """Events in the order they were written, taken out of every outbox; what holds is judged as each goes by."""

    reached: ClassVar[set[str]] = set()

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self.database = database
        self.seen: dict[str, int] = defaultdict(int)
        self.status: dict[str, str] = {}
        self.holders: dict[str, Stay] = {}
        self.places: dict[str, tuple[int, int]] = {}
        self.limits: dict[str, int | None] = {}
        self.waiting: dict[str, Stay] = {}  # who waits longest first

    def catch_up(self) -> None:
        fresh = []
        for name in ("programmes", "applications", "department_limits"):
            for record in self.database[name].find({"outbox": {"$exists": True}}, {"outbox": 1}):
                mine = [entry for entry in record["outbox"] if entry["sequence"] > self.seen[record["_id"]]]
                for entry in mine:
                    assert entry["sequence"] == self.seen[record["_id"]] + 1, "a hole in a subject's sequence"
                    self.seen[record["_id"]] += 1
                    fresh.append(entry)
        for entry in sorted(fresh, key=lambda one: str(one["id"])):
            self.judge(entry["type"], entry["data"], (entry["time"] + TOKYO).date().isoformat())

    def judge(self, type_: str, data: dict[str, Any], today: str = "") -> None:
        if "department_places" in type_:
            self.limits[data["department"]] = data.get("per_day")
            return
        if "programme" in type_.split(".")[1]:
            for one in data["periods"]:
                self.places[one["period_id"]] = (one["slots"], one.get("group_size", 1))
        else:
            self.moved(data, today)
        self.within(data.get("period_id"))

    def moved(self, data: dict[str, Any], today: str) -> None:
        id_, to = data["application_id"], data["status"]
        before = self.status.get(id_, "draft")
        assert to == before or to in DRAWN.get(before, set()), f"{before} → {to} is not drawn"
        self.status[id_] = to
        self.reached.add(to)
        had = self.holders.pop(id_, None)
        if to == "waitlisted":
            self.waits(id_, stay_of(data))
        if data.get("from_waiting_list"):
            self.reached.add("moved up")
            assert data["first_day"] >= today, f"{id_} moved up for days that are over"
        if to in HOLDING:
            if had is None and today:
                self.came_first(id_, stay_of(data), today)
            self.takes(id_, stay_of(data), had)
        if to != "waitlisted":
            self.waiting.pop(id_, None)

    def waits(self, id_: str, stay: Stay) -> None:
        """Who asks for nothing new keeps their turn."""
        had = self.waiting.get(id_)
        if had is None or had.period != stay.period or not stay.days() <= had.days():
            self.waiting.pop(id_, None)
        self.waiting[id_] = stay

    def came_first(self, id_: str, stay: Stay, today: str) -> None:
        """Nobody who waits longer, of whatever programme, had room too."""
        for other, theirs in self.waiting.items():
            if other == id_:
                return
            if theirs.free and theirs.first >= today:
                room = has_room(theirs, list(self.holders.values()), self.places, self.limits)
                assert not room, f"{id_} passed {other}, who waits longer"

    def takes(self, id_: str, stay: Stay, had: Stay | None) -> None:
        fresh = stay.days() - (had.days() if had else set())
        full = full_days(fresh, list(self.holders.values()), self.limits)
        assert not full, f"no room on {full[0]}"
        self.holders[id_] = stay

    def within(self, period_id: str | None) -> None:
        if period_id is None or period_id not in self.places:
            return
        slots, group_size = self.places[period_id]
        held = [one.slot for one in self.holders.values() if one.period == period_id]
        assert len(set(held)) <= slots, f"{len(set(held))} of {slots} places taken"
        assert all(held.count(slot) <= group_size for slot in held), "a group over its size"


class Training(RuleBasedStateMachine):
    """Two programmes of one department, with two periods and one, of few places, and a limit on the department's days; a host with
    an agreement; any number of applicants, some in groups."""

    office: ClassVar[TrainingOffice]

    def __init__(self) -> None:
        super().__init__()
        self.database, self.deps = self.office.database, self.office.deps
        for name in (
            "programmes",
            "applications",
            "places",
            "department_months",
            "department_limits",
            "keys",
            "agreements",
        ):
            self.database[name].delete_many({})
        self.office.on("2026-11-24")
        self.log = Log(self.database)
        self.host = new_id()
        self.database.organizations.insert_one({"_id": self.host, "name": "Harbour", "status": "active"})
        self.agreement = self.office.agreement(self.host)
        periods = [
            {"from": STARTS[0].isoformat(), "until": "2026-12-31", "slots": 1, "group_size": 2, "professions": []},
            {"from": STARTS[1].isoformat(), "until": "2027-01-31", "slots": 2, "group_size": 1, "professions": []},
        ]
        body = {
            "kind": "observation",
            "title": {"ja": "見学", "en": "Looking on"},
            "text": {"ja": "見学", "en": "Wards"},
        }
        body |= {
            "department": "cardiology",
            "answer_days": 4,
            "periods": periods,
            "review": {"order": "in_order", "steps": ["chief"], "reviewers": {}},
        }
        second = {"from": STARTS[2].isoformat(), "until": "2027-01-31", "slots": 3, "group_size": 1, "professions": []}
        self.programmes, self.periods = {}, []
        for kind, periods_ in (("observation", periods), ("elective", [second])):
            made = programmes.create_programme(
                self.deps, body | {"kind": kind, "periods": periods_}, self.office.context()
            )
            programme = programmes.publish(self.deps, made["_id"], self.office.context())
            for one in programme["periods"]:
                self.programmes[one["id"]] = programme["_id"]
                self.periods.append(one["id"])
        places_actions.set_department_limit(self.deps, "cardiology", 3, self.office.context())
        self.group = new_id()
        self.people: list[str] = []
        for number in range(6):  # so that places are scarce from the start
            self.begin_one(number % 3, number, 10, number == 3, False)
            self.all_the_way(self.people[-1])
        for id_ in self.people[:4]:  # the fourth waits for the place of the first
            self.tries(decisions.accept, id_, ())
            self.tries(decisions.announce, id_)

    def tries(self, act: Any, *given: Any) -> None:
        """An act that may be refused, and then changes nothing."""
        try:
            act(self.deps, *given, self.office.context())
        except Refusal:
            return

    def one(self, pick: int) -> str:
        return self.people[pick % len(self.people)]

    def plan(self, period: int, after: int, length: int) -> dict[str, str]:
        first = STARTS[period] + timedelta(days=after)
        days = {"first_day": first.isoformat(), "last_day": (first + timedelta(days=length)).isoformat()}
        return days | {"period_id": self.periods[period]}

    @rule(period=period_picks, after=st.integers(0, 7), length=lengths, grouped=st.booleans(), bound=st.booleans())
    def begin(self, period: int, after: int, length: int, grouped: bool, bound: bool) -> None:
        self.begin_one(period, after, length, grouped, bound)

    def begin_one(self, period: int, after: int, length: int, grouped: bool, bound: bool) -> None:
        number = len(self.people)
        written = WRITTEN | self.office.other_person(number) | self.plan(period, after, length)
        about: dict[str, Any] = {"group_id": self.group} if grouped else {}
        about |= {"organization_id": self.host, "agreement_id": self.agreement} if bound else {}
        programme = self.programmes[self.periods[period]]
        made = applications.start_application(self.deps, programme, written, self.office.context(), kinds=None, **about)
        self.people.append(made["_id"])

    @rule(pick=picks, far=st.booleans())
    def hand_in(self, pick: int, far: bool) -> None:
        if far:
            self.all_the_way(self.one(pick))
        else:
            self.tries(applications.submit, self.one(pick))

    def all_the_way(self, id_: str) -> None:
        """To where it can be decided."""
        self.tries(applications.submit, id_)
        self.tries(reviews.start_check, id_)
        self.tries(reviews.start_review, id_)
        self.tries(reviews.give_review, id_, "chief", "approve", None, CHIEF)

    @rule(pick=picks, what=st.sampled_from(["check", "return", "review", "approve", "reject"]))
    def office_work(self, pick: int, what: str) -> None:
        id_ = self.one(pick)
        acts: dict[str, Any] = {
            "check": lambda: self.tries(reviews.start_check, id_),
            "return": lambda: self.tries(reviews.return_application, id_, "A page is missing.", []),
            "review": lambda: self.tries(reviews.start_review, id_),
            "approve": lambda: self.tries(reviews.give_review, id_, "chief", "approve", None, CHIEF),
            "reject": lambda: self.tries(reviews.give_review, id_, "chief", "reject", None, CHIEF),
        }
        acts[what]()

    @rule(pick=picks, what=st.sampled_from(["accept", "accept", "accept", "reject", "announce"]))
    def decide(self, pick: int, what: str) -> None:
        id_ = self.one(pick)
        acts: dict[str, Any] = {
            "accept": lambda: self.tries(decisions.accept, id_, ()),
            "reject": lambda: self.tries(decisions.reject, id_, "other", None),
            "announce": lambda: self.tries(decisions.announce, id_),
        }
        acts[what]()

    @rule(pick=picks, what=st.sampled_from(["confirm", "confirm", "withdraw"]))
    def answer(self, pick: int, what: str) -> None:
        self.tries(applications.confirm, self.one(pick)) if what == "confirm" else self.tries(
            applications.withdraw, self.one(pick), "other"
        )

    @rule(pick=picks, period=period_picks, after=st.integers(0, 7), length=lengths)
    def move(self, pick: int, period: int, after: int, length: int) -> None:
        plan = self.plan(period, after, length)
        self.tries(date_changes.move_dates, self.one(pick), plan["first_day"], plan["last_day"], plan["period_id"])

    @rule(pick=picks)
    def take_a_place_and_answer(self, pick: int) -> None:
        """Decided, announced and answered in one go: the way most of them take."""
        self.tries(decisions.accept, self.one(pick), ())
        self.tries(decisions.announce, self.one(pick))
        self.tries(applications.confirm, self.one(pick))

    @rule(pick=picks, after=st.integers(0, 7), again=st.booleans())
    def put_off(self, pick: int, after: int, again: bool) -> None:
        """One who was sure of a place comes on other days of the same period, and says so, or not yet."""
        sure = list(self.database.applications.find({"status": "confirmed"}, sort=[("_id", 1)]))
        if not sure:
            return
        record = sure[pick % len(sure)]
        plan = self.plan(self.periods.index(record["period_id"]), after, 3)
        self.tries(date_changes.move_dates, record["_id"], plan["first_day"], plan["last_day"], plan["period_id"])
        if again:
            self.tries(applications.confirm, record["_id"])

    @rule(pick=picks, what=st.sampled_from(["start", "start", "no_show", "attend", "complete", "terminate"]))
    def place(self, pick: int, what: str) -> None:
        id_ = self.one(pick)
        today = self.office.now.date().isoformat()
        acts: dict[str, Any] = {
            "start": lambda: self.tries(placements.start_placement, id_, CHIEF),
            "no_show": lambda: self.tries(placements.record_no_show, id_),
            "attend": lambda: self.tries(placements.record_attendance, id_, today, "present", None, CHIEF),
            "complete": lambda: self.tries(placements.complete_placement, id_, CHIEF),
            "terminate": lambda: self.tries(placements.terminate_placement, id_, "other"),
            "stay": lambda: None,
        }
        acts[what]()

    @rule(pick=picks, then=st.sampled_from(["complete", "complete", "complete", "terminate", "stay"]))
    def arrive(self, pick: int, then: str) -> None:
        """The day comes on which one begins."""
        sure = list(self.database.applications.find({"status": "confirmed"}, sort=[("_id", 1)]))
        if not sure:
            return
        record = sure[pick % len(sure)]
        self.office.now = max(self.office.now, datetime.fromisoformat(record["first_day"]).replace(tzinfo=UTC))
        scheduled_jobs.run_due(self.deps, self.office.now)
        self.tries(placements.start_placement, record["_id"], CHIEF)
        for what in ("attend", then):
            self.place(self.people.index(record["_id"]), what)

    @rule(slots=st.integers(0, 3), period=period_picks)
    def resize(self, slots: int, period: int) -> None:
        id_ = self.programmes[self.periods[period]]
        now = self.database.programmes.find_one({"_id": id_})
        assert now is not None
        periods = [
            one | {"slots": slots if one["id"] == self.periods[period] else one["slots"]} for one in now["periods"]
        ]
        self.tries(programmes.update_programme, id_, {"periods": periods})

    @rule(per_day=st.sampled_from([None, 0, 1, 2]))
    def limit(self, per_day: int | None) -> None:
        self.tries(places_actions.set_department_limit, "cardiology", per_day)

    @rule(status=st.sampled_from(["active", "active", "expired", "terminated"]))
    def partners_say(self, status: str) -> None:
        self.database.agreements.update_one({"_id": self.agreement}, {"$set": {"status": status, "recheck": True}})
        agreements.recheck_changed(self.deps, self.office.now)

    @rule(days=st.sampled_from([1, 1, 1, 2, 5]))
    def time_passes(self, days: int) -> None:
        self.office.now = min(self.office.now + timedelta(days=days), datetime(2027, 1, 5, tzinfo=UTC))
        scheduled_jobs.run_due(self.deps, self.office.now)

    @invariant()
    def log_holds(self) -> None:
        self.log.catch_up()

    @invariant()
    def guards_say_what_records_say(self) -> None:
        """Nobody holds a place without its state, nobody in such a state lacks one; who waits is in the queue once."""
        held = {one["application_id"]: row["_id"] for row in self.database.places.find() for one in row["holders"]}
        waiting = [one["application_id"] for row in self.database.places.find() for one in row["waiting"]]
        records = list(self.database.applications.find({}, {"status": 1, "period_id": 1}))
        assert held == {one["_id"]: one["period_id"] for one in records if one["status"] in HOLDING}
        assert sorted(waiting) == sorted(one["_id"] for one in records if one["status"] == "waitlisted")

    @invariant()
    def nobody_waits_beside_a_free_place(self) -> None:
        """No timer has run: whoever frees a place gives it away, and so does whoever makes room."""
        assert beside_a_place(self.database, (self.office.now + TOKYO).date().isoformat()) == []

    @invariant()
    def departments_days_are_held_by_who_has_a_place(self) -> None:
        held = {one["application_id"] for row in self.database.department_months.find() for one in row["holders"]}
        assert held == {one["_id"] for one in self.database.applications.find({"status": {"$in": sorted(HOLDING)}})}


def test_no_order_of_events_breaks_a_rule(mongo_url: str, database: Database[dict[str, Any]], tmp_path: Any) -> None:
    Training.office = TrainingOffice(mongo_url, database, tmp_path)
    run_state_machine_as_test(
        Training,
        settings=settings(
            max_examples=20,
            stateful_step_count=40,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert {"waitlisted", "moved up", "deferred", "lapsed", "active", "completed"} <= Log.reached, (
        "too few ways were tried"
    )


@pytest.mark.parametrize(
    ("story", "fault"),
    [
        ([("programme", 1), ("a", "submitted"), ("a", "accepted")], "not drawn"),
        (
            [
                ("programme", 1),
                *[(who, s) for who in "ab" for s in ("submitted", "document_check", "under_review", "accepted")],
            ],
            "2 of 1 places",
        ),
        (
            [
                ("programme", 2),
                ("limit", 1),
                *[(who, s) for who in "ab" for s in ("submitted", "document_check", "under_review", "accepted")],
            ],
            "no room on",
        ),
        (
            [
                ("programme", 1),
                *[("a", s) for s in ("submitted", "document_check", "under_review", "waitlisted")],
                *[("b", s) for s in ("submitted", "document_check", "under_review", "accepted")],
            ],
            "b passed a",
        ),
    ],
)
def test_the_checker_sees_a_violation(
    database: Database[dict[str, Any]], story: list[tuple[str, Any]], fault: str
) -> None:
    log = Log(database)
    with pytest.raises(AssertionError, match=fault):
        for who, what in story:
            if who == "programme":
                log.judge("training.programme.published.v1", {"periods": [{"period_id": "p", "slots": what}]})
            elif who == "limit":
                log.judge("training.department_places.changed.v1", {"department": "cardiology", "per_day": what})
            else:
                stay = {"department": "cardiology", "first_day": "2027-02-01", "last_day": "2027-02-03"}
                about = {"application_id": who, "status": what, "period_id": "p"} | stay
                log.judge("training.application.x.v1", about, "2026-11-24")
