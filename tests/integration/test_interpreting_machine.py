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

from services.interpreting.actions import booking_commands, interpreters, offer_commands
from services.interpreting.rules import states
from services.interpreting.rules.bookings import TooEarly
from services.interpreting.rules.matching import InterpreterAlreadyBooked, InterpreterInactive, OverrideNeeded
from services.interpreting.rules.offers import AlreadyOffered, OfferNoLongerFits, OfferOver, TooLateToOffer
from services.interpreting.rules.states import CommandNotAllowed
from shared.events.intake import InterpreterNeed, Language
from tests.unit.interpreting.world import NOW, OFFICE, Visit, World, at

quarters = st.integers(0, 27)
lengths = st.sampled_from([15, 30, 60, 120])
places = st.sampled_from(["Ward 3", "Radiology", None])
modalities = st.sampled_from(["on_site", "video"])
picks = st.integers(0, 99)
languages = st.sampled_from(["th", "cmn", "zh-Hant", "vi"])
ends = st.sampled_from([5, 60, 600])
overrides = st.sampled_from(["asked by the ward", "agreed by phone", None])
VISIT_MOVES = {
    "booked": ("arrived", "cancelled", "no_show"),
    "arrived": ("completed", "left"),
}
CORRECTIONS = {"arrived": "booked", "no_show": "arrived", "completed": "arrived", "cancelled": "booked"}
# One event may stand for two moves that happen at once: a booking is confirmed for a patient who is waiting.
REFUSED = (
    InterpreterAlreadyBooked,
    InterpreterInactive,
    OverrideNeeded,
    CommandNotAllowed,
    AlreadyOffered,
    OfferNoLongerFits,
    OfferOver,
    TooEarly,
    TooLateToOffer,
)


class Interpreting(RuleBasedStateMachine):
    """Four interpreters, any number of visits on two days; nobody speaks Vietnamese, so somebody must be asked."""

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
            self.world.interpreter("D", tag="fr", travel_buffer_minutes=15, weekly_hours=[]),  # only when asked
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
        self.world.consume(visit.booked())

    @rule(tag=languages)
    def walk_in(self, tag: str) -> None:
        visit = Visit(start=self.world.now, end=self.world.now + timedelta(hours=1), languages=(Language(tag),))
        self.visits.append(visit)
        self.world.consume(visit.booked(on_demand=True), visit.arrived())

    @precondition(lambda self: self.visits)
    @rule(pick=picks, quarter=quarters, minutes=lengths)
    def reschedule(self, pick: int, quarter: int, minutes: int) -> None:
        visit = self._visit(pick)
        if visit.status == "booked":
            start = at(9, 0, 25) + timedelta(minutes=15 * quarter)
            self.world.consume(visit.rescheduled(start, start + timedelta(minutes=minutes)))

    @precondition(lambda self: self.visits)
    @rule(pick=picks, choice=picks)
    def move(self, pick: int, choice: int) -> None:
        visit = self._visit(pick)
        to = VISIT_MOVES.get(visit.status)
        if to is not None:
            status = to[choice % len(to)]
            self.world.consume(visit.arrived() if status == "arrived" else visit.ended(status))

    @precondition(lambda self: self.visits)
    @rule(pick=picks)
    def correct(self, pick: int) -> None:
        visit = self._visit(pick)
        if visit.status in CORRECTIONS:
            self.world.consume(visit.corrected(CORRECTIONS[visit.status]))

    @precondition(lambda self: self.visits)
    @rule(pick=picks, place=places, required=st.booleans(), tag=languages)
    def update(self, pick: int, place: str | None, required: bool, tag: str) -> None:
        visit = self._visit(pick)
        if visit.status in VISIT_MOVES:
            need = InterpreterNeed(required)
            self.world.consume(visit.updated(place=place, need=need, languages=(Language(tag, "native"),)))

    @precondition(lambda self: self.visits)
    @rule(pick=picks, who=picks, override=st.sampled_from([None, "asked by the ward"]))
    def assign(self, pick: int, who: int, override: str | None) -> None:
        self._command(booking_commands.assign, pick, self.people[who % 3], override)

    @precondition(lambda self: self.visits)
    @rule(pick=picks)
    def release(self, pick: int) -> None:
        self._command(booking_commands.release, pick, "given_back")

    @precondition(lambda self: self.visits)
    @rule(pick=picks)
    def cancel(self, pick: int) -> None:
        self._command(booking_commands.cancel, pick, "not_needed")

    @precondition(lambda self: self.visits)
    @rule(
        pick=picks,
        command=st.sampled_from([booking_commands.start, booking_commands.complete, booking_commands.undo_start]),
    )
    def at_work(self, pick: int, command: Any) -> None:
        self._command(command, pick, None)

    @rule(pick=picks, people=st.lists(st.integers(0, 3), min_size=1, unique=True), minutes=ends, override=overrides)
    def offer(self, pick: int, people: list[int], minutes: int, override: str | None) -> None:
        if visit := self._one_that_is(("unfilled", "offered"), pick):
            asked = [self.people[number] for number in people]
            self._command(offer_commands.offer, self.visits.index(visit), asked, minutes, override)

    @rule(pick=picks, which=picks, answer=st.sampled_from([offer_commands.accept, offer_commands.decline]))
    def answer(self, pick: int, which: int, answer: Any) -> None:
        """Also one that is over: of a booking that was ever offered."""
        if visit := self._one_that_is(("offered",), pick) or self._one_that_is(states.STATES, pick):
            offers = self.world.booking(visit).get("offers", [])
            for offer in offers[which % (len(offers) or 1) :][:1]:
                self._command(answer, self.visits.index(visit), offer["id"], None)

    @rule(pick=picks, which=picks)
    def withdraw(self, pick: int, which: int) -> None:
        if visit := self._one_that_is(("offered",), pick):
            offers = self.world.booking(visit)["offers"]
            self._command(offer_commands.withdraw, self.visits.index(visit), offers[which % len(offers)]["id"])

    def _one_that_is(self, wanted: tuple[str, ...], pick: int) -> Visit | None:
        rows = self.database.bookings.find({"status": {"$in": list(wanted)}}, {"visit_id": 1})
        ids = {row["visit_id"] for row in rows}
        found = [visit for visit in self.visits if visit.visit_id in ids]
        return found[pick % len(found)] if found else None

    def _command(self, action: Any, pick: int, *given: Any) -> None:
        booking_id = self._visit(pick).booking_id
        if self.world.store.bookings.get(booking_id) is None:
            return
        try:
            action(self.world.deps, booking_id, *given, self.world.context())
        except REFUSED:
            return

    @rule(who=picks, active=st.booleans(), away=st.booleans(), buffer=st.sampled_from([0, 15, 60]), works=st.booleans())
    def change_roster(self, who: int, active: bool, away: bool, buffer: int, works: bool) -> None:
        absence = [{"start": at(9), "end": at(12), "reason": None}] if away else []
        hours = OFFICE if works else OFFICE[:2]
        changes = {"active": active, "exceptions": absence, "travel_buffer_minutes": buffer, "weekly_hours": hours}
        interpreters.update_interpreter(self.world.deps, self.people[who % 3], changes, self.world.context())
        self.world.retry_searches()

    @rule(minutes=st.integers(1, 90))
    def time_passes(self, minutes: int) -> None:
        self.world.retry_searches(timedelta(minutes=minutes))
        offer_commands.expire_offers(self.world.deps, self.world.now)

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
            for one in day["claims"]
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
                assert before == after or states.can_change(before, after, correcting=what == "reopened"), told

    @invariant()
    def offers_are_open_while_the_booking_is_offered(self) -> None:
        for row in self.database.bookings.find():
            ends = [one["expires_at"] for one in row.get("offers", ()) if one["status"] == "open"]
            assert bool(ends) == (row["status"] == "offered"), row
            assert row["next_offer_expiry"] == min(ends, default=None)
            asked = [one["interpreter_id"] for one in row.get("offers", ()) if one["status"] == "open"]
            assert len(set(asked)) == len(asked)

    @invariant()
    def everybody_asked_was_told_the_outcome(self) -> None:
        """By an event that names their offer, or because the booking became theirs."""
        for row in self.database.bookings.find():
            told = {"offered": set(), "over": set()}
            for line in row["outbox"]:
                what = "offered" if line["type"] == "interpreting.booking.offered.v1" else "over"
                told[what] |= {one["offer_id"] for one in line["data"].get("offers", ())}
            ended = {one["id"] for one in row.get("offers", ()) if one["status"] != "open"}
            mine = {
                one["id"] for one in row.get("offers", ()) if one["status"] == "accepted" or one["reason"] == "yours"
            }
            assert told["offered"] == {one["id"] for one in row.get("offers", ())}
            assert told["over"] == ended - mine

    @invariant()
    def an_open_booking_still_has_a_chance(self) -> None:
        waiting = {row["_id"] for row in self.database.search_queue.find()}
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
