"""Any order of what visits, coordinators, interpreters and the clock may do: nobody is booked twice, no undrawn move.

A Hypothesis state machine over the real store; what must hold is judged from the stored records alone.
"""

import itertools
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from pymongo.database import Database

from services.interpreting import actions
from services.interpreting.rules import states
from services.interpreting.rules.matching import InterpreterAlreadyBooked, InterpreterInactive, OverrideNeeded
from services.interpreting.rules.states import BookingCannot
from shared.events.intake import InterpreterNeed, Language
from tests.unit.interpreting.world import NOW, OFFICE, Visit, World, at

quarters = st.integers(0, 27)
lengths = st.sampled_from([15, 30, 60, 120])
places = st.sampled_from(["Ward 3", "Radiology", None])
modalities = st.sampled_from(["on_site", "video"])
picks = st.integers(0, 99)
languages = st.sampled_from(["th", "cmn", "zh-Hant"])
VISIT_MOVES = {
    "booked": ("arrived", "cancelled", "no_show"),
    "arrived": ("completed", "left"),
}
CORRECTIONS = {"arrived": "booked", "no_show": "arrived", "completed": "arrived", "cancelled": "booked"}
# One event may stand for two moves that happen at once: a booking is confirmed for a patient who is waiting.
REFUSED = (InterpreterAlreadyBooked, InterpreterInactive, OverrideNeeded, BookingCannot)


class Interpreting(RuleBasedStateMachine):
    """Three interpreters, any number of visits on two days."""

    given: ClassVar[dict[str, Database[dict[str, Any]]]] = {}

    def __init__(self) -> None:
        super().__init__()
        self.database = self.given["database"]
        for name in ("bookings", "interpreters", "days", "waiting", "freed"):
            self.database[name].delete_many({})
        self.world = World(self.database, NOW)
        self.visits: list[Visit] = []
        self.people = [
            self.world.interpreter("A", tag="th", travel_buffer_minutes=30),
            self.world.interpreter("B", tag="th", gender="male", travel_buffer_minutes=0, daily_maximum=2),
            self.world.interpreter("C", tag="zh", level="certified", travel_buffer_minutes=60),
        ]

    def _visit(self, pick: int) -> Visit:
        return self.visits[pick % len(self.visits)]

    @rule(
        day=st.sampled_from([24, 25]),
        quarter=quarters,
        minutes=lengths,
        place=places,
        modality=modalities,
        tag=languages,
    )
    def book(self, day: int, quarter: int, minutes: int, place: str | None, modality: str, tag: str) -> None:
        start = at(9, 0, day) + timedelta(minutes=15 * quarter)
        visit = Visit(start=start, end=start + timedelta(minutes=minutes), place=place, modality=modality)
        visit.languages = (Language(tag, "native"),)
        self.visits.append(visit)
        self.world.hear(visit.booked())

    @rule(tag=languages)
    def walk_in(self, tag: str) -> None:
        visit = Visit(start=self.world.now, end=self.world.now + timedelta(hours=1), languages=(Language(tag),))
        self.visits.append(visit)
        self.world.hear(visit.booked(on_demand=True), visit.arrived())

    @precondition(lambda self: self.visits)
    @rule(pick=picks, quarter=quarters, minutes=lengths)
    def reschedule(self, pick: int, quarter: int, minutes: int) -> None:
        visit = self._visit(pick)
        if visit.status == "booked":
            start = at(9, 0, 25) + timedelta(minutes=15 * quarter)
            self.world.hear(visit.rescheduled(start, start + timedelta(minutes=minutes)))

    @precondition(lambda self: self.visits)
    @rule(pick=picks, choice=picks)
    def move(self, pick: int, choice: int) -> None:
        visit = self._visit(pick)
        to = VISIT_MOVES.get(visit.status)
        if to is not None:
            status = to[choice % len(to)]
            self.world.hear(visit.arrived() if status == "arrived" else visit.ended(status))

    @precondition(lambda self: self.visits)
    @rule(pick=picks)
    def correct(self, pick: int) -> None:
        visit = self._visit(pick)
        if visit.status in CORRECTIONS:
            self.world.hear(visit.corrected(CORRECTIONS[visit.status]))

    @precondition(lambda self: self.visits)
    @rule(pick=picks, place=places, required=st.booleans(), tag=languages)
    def update(self, pick: int, place: str | None, required: bool, tag: str) -> None:
        visit = self._visit(pick)
        if visit.status in VISIT_MOVES:
            need = InterpreterNeed(required)
            self.world.hear(visit.updated(place=place, need=need, languages=(Language(tag, "native"),)))

    @precondition(lambda self: self.visits)
    @rule(pick=picks, who=picks, override=st.sampled_from([None, "asked by the ward"]))
    def assign(self, pick: int, who: int, override: str | None) -> None:
        self._command(actions.assign, pick, self.people[who % 3], override)

    @precondition(lambda self: self.visits)
    @rule(pick=picks)
    def release(self, pick: int) -> None:
        self._command(actions.release, pick, "given_back")

    @precondition(lambda self: self.visits)
    @rule(pick=picks)
    def cancel(self, pick: int) -> None:
        self._command(actions.cancel, pick, "not_needed")

    def _command(self, action: Any, pick: int, *given: Any) -> None:
        booking_id = self._visit(pick).booking_id
        if self.world.store.bookings.get(booking_id) is None:
            return
        try:
            action(self.world.parts, booking_id, *given, self.world.origin())
        except REFUSED:
            return

    @rule(who=picks, active=st.booleans(), away=st.booleans(), buffer=st.sampled_from([0, 15, 60]), works=st.booleans())
    def change_roster(self, who: int, active: bool, away: bool, buffer: int, works: bool) -> None:
        absence = [{"start": at(9), "end": at(12), "reason": None}] if away else []
        hours = OFFICE if works else OFFICE[:2]
        changes = {"active": active, "exceptions": absence, "travel_buffer_minutes": buffer, "weekly_hours": hours}
        actions.update_interpreter(self.world.parts, self.people[who % 3], changes, self.world.origin())
        self.world.look_again()

    @rule(minutes=st.integers(1, 90))
    def time_passes(self, minutes: int) -> None:
        self.world.look_again(timedelta(minutes=minutes))

    @invariant()
    def nobody_is_booked_twice(self) -> None:
        assert self.world.overlapping() == []

    @invariant()
    def the_days_hold_what_the_bookings_say(self) -> None:
        rows = self.database.bookings.find({"status": {"$in": ["confirmed", "in_progress"]}})
        held = {(row["interpreter_id"], row["_id"], row["start"], row["end"]) for row in rows}
        claimed = {
            (day["interpreter_id"], one["booking_id"], one["start"], one["end"])
            for day in self.database.days.find()
            for one in day["held"]
        }
        assert held <= claimed
        over = {one for one in claimed if one[:2] not in {row[:2] for row in held}}
        done = {row["_id"] for row in self.database.bookings.find({"status": "completed"})}
        assert {one[1] for one in over} <= done

    @invariant()
    def every_move_is_drawn(self) -> None:
        for row in self.database.bookings.find():
            told = [(line["type"].split(".")[2], line["data"]["status"]) for line in row["outbox"]]
            assert told[0] == ("requested", "requested")
            assert told[-1][1] == row["status"]
            for (_, before), (what, after) in itertools.pairwise(told):
                assert before == after or states.may_move(before, after, correcting=what == "reopened"), told

    @invariant()
    def an_open_booking_still_has_a_chance(self) -> None:
        waiting = {row["_id"] for row in self.database.waiting.find()}
        for visit in self.visits:
            row = self.world.store.bookings.get(visit.booking_id)
            if row and row["status"] == "unfilled" and visit.status == "booked" and row["start"] > self.world.now:
                assert row["_id"] in waiting


@pytest.fixture
def machine(database: Database[dict[str, Any]]) -> type[Interpreting]:
    return type("Machine", (Interpreting,), {"given": {"database": database}})


def test_whatever_happens_in_whatever_order(machine: type[Interpreting]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=20,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
