"""What was done to a visit by mistake is taken back by the corrections that are drawn, and waiting time goes along."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.rules import cases, visits
from services.intake.rules.errors import CannotUndo, TransitionNotAllowed
from services.intake.rules.tables import CORRECTIONS
from tests.unit.intake.cases import NOW, case, visit

DRAWN = set(CORRECTIONS)
DEADLINES = ("unanswered", "cancellation", "turned_at", "closing")
VISIT_FIELDS = ("status", "start", "end", "rescheduled", "arrived_at", "closing")
LATER = NOW + timedelta(minutes=20)


@pytest.mark.parametrize(
    ("status", "in_case", "to", "way"),
    [
        ("arrived", "in_care", "booked", ["visit.corrected", "case.scheduled"]),
        ("cancelled", "accepted", "booked", ["visit.corrected", "case.scheduled"]),
        ("completed", "in_care", "arrived", ["visit.corrected"]),
        ("left", "in_care", "arrived", ["visit.corrected"]),
        (
            "no_show",
            "accepted",
            "booked",
            ["visit.corrected", "case.care_started", "visit.corrected", "case.scheduled"],
        ),
        ("completed", "in_care", "booked", ["visit.corrected", "visit.corrected", "case.scheduled"]),
    ],
)
def test_step_by_step(status: str, in_case: str, to: str, way: list[str]) -> None:
    after, events = visits.take_back(case(in_case, visit(status)), NOW, "visit-1", to)
    assert after["visits"][0]["status"] == to
    assert [event.TYPE.removeprefix("intake.").removesuffix(".v1") for event in events] == way
    steps = [(e.corrected_from, e.visit_status) for e in events if hasattr(e, "corrected_from")]
    assert set(steps) <= DRAWN


@pytest.mark.parametrize(
    ("status", "in_case", "to"),
    [
        ("booked", "scheduled", "booked"),
        ("booked", "scheduled", "arrived"),
        ("completed", "completed", "booked"),
        ("cancelled", "cancelled", "booked"),
    ],
)
def test_where_nothing_is_drawn_nothing_is_taken_back(status: str, in_case: str, to: str) -> None:
    with pytest.raises(TransitionNotAllowed):
        visits.take_back(case(in_case, visit(status)), NOW, "visit-1", to)


def test_who_came_waits_from_then_on_also_after_a_correction() -> None:
    here, _ = visits.arrive(case("scheduled", visit()), NOW, "visit-1")
    assert here["visits"][0]["arrived_at"] == NOW
    seen, _ = visits.complete(here, LATER, "visit-1", closing="c")
    assert seen["visits"][0]["closing"] == "c"
    again, _ = visits.correct(seen, LATER, "visit-1", "arrived")
    assert (again["visits"][0]["arrived_at"], again["visits"][0]["closing"]) == (NOW, None)
    back, _ = visits.correct(again, LATER, "visit-1", "booked")
    assert back["visits"][0]["arrived_at"] is None
    gone, _ = visits.no_show(back, LATER, "visit-1")
    came, _ = visits.correct(gone, LATER, "visit-1", "arrived")
    assert came["visits"][0]["arrived_at"] == LATER


# The last change is taken back as a whole: state, times, marks, and since when somebody waits.

STEPS = {
    "arrive": visits.arrive,
    "leave": visits.leave,
    "complete": lambda c, now, id_: visits.complete(c, now, id_, closing="mark"),
    "no-show": lambda c, now, id_: visits.no_show(c, now, id_, closing="mark"),
    "cancel": lambda c, now, id_: visits.cancel(c, now, id_, "travel", "patient"),
    "reschedule": lambda c, now, id_: visits.reschedule(c, now, id_, NOW, NOW + timedelta(hours=2), "patient"),
    "booked": lambda c, now, id_: visits.correct(c, now, id_, "booked"),
    "arrived": lambda c, now, id_: visits.correct(c, now, id_, "arrived"),
}


def saved(decided: Any) -> Any:
    """As the store saves it: at the next version."""
    after, _ = decided
    return after | {"version": after["version"] + 1}


def facts(of: Any) -> Any:
    shown = {name: of.get(name) for name in ("status", "next", *DEADLINES)}
    return shown | {"visits": [{name: each.get(name) for name in VISIT_FIELDS} for each in of["visits"]]}


def begun(**more: Any) -> Any:
    return case("scheduled", visit(), visit(number=2), version=1, turned_at=NOW, **more)


@given(steps=st.lists(st.tuples(st.sampled_from(list(STEPS)), st.sampled_from(["visit-1", "visit-2"])), max_size=6))
def test_whatever_was_done_last_is_undone_whole(steps: list[tuple[str, str]]) -> None:
    now, stood = NOW, begun(unanswered=NOW - timedelta(hours=3))
    for name, visit_id in steps:
        now += timedelta(minutes=7)
        try:
            after = saved(STEPS[name](stood, now, visit_id))
        except TransitionNotAllowed:
            continue
        back, events = visits.take_back_last(after, now + timedelta(minutes=1), visit_id)
        assert facts(back) == facts(stood), name
        assert events, "said as what it is"
        stood = after


@pytest.mark.parametrize("name", STEPS)
def test_only_the_very_last_change_is_undone(name: str) -> None:
    stood = begun() if name not in ("leave", "complete", "booked") else saved(visits.arrive(begun(), NOW, "visit-1"))
    stood = (
        saved(visits.leave(saved(visits.arrive(stood, NOW, "visit-1")), NOW, "visit-1")) if name == "arrived" else stood
    )
    after = saved(STEPS[name](stood, LATER, "visit-1"))
    with pytest.raises(CannotUndo):
        visits.take_back_last(after, LATER, "visit-2")
    later = saved(cases.note(after, LATER, {"id": "m"}))
    with pytest.raises(CannotUndo):
        visits.take_back_last(later, LATER, "visit-1")


@pytest.mark.parametrize("close", ["decline", "cancel"])
@pytest.mark.parametrize("owed", [None, NOW - timedelta(hours=5)])
def test_a_case_closed_by_mistake_waits_as_before(close: str, owed: datetime | None) -> None:
    stood = case("in_review", version=4, turned_at=NOW - timedelta(hours=9), unanswered=owed)
    run = {
        "decline": lambda: cases.decline(stood, NOW, "other"),
        "cancel": lambda: cases.cancel(stood, NOW, "other", "hospital"),
    }[close]
    after = saved(run())
    assert after["unanswered"] is None
    back, events = cases.take_back_closing(after, LATER)
    assert facts(back) == facts(stood)
    assert [event.TYPE for event in events] == ["intake.case.reopened.v1"]
    with pytest.raises(CannotUndo):
        cases.take_back_closing(after | {"version": 9}, LATER)


@pytest.mark.parametrize("status", ["received", "in_care"])
def test_a_registration_by_mistake_is_one_act(status: str) -> None:
    held = [visit("arrived")] if status == "in_care" else []
    after, events = visits.take_back_registration(case(status, *held, version=1), NOW)
    assert after["status"] == "cancelled" and all(each["status"] == "cancelled" for each in after["visits"])
    assert events[-1].TYPE == "intake.case.cancelled.v1"
    with pytest.raises(CannotUndo):
        visits.take_back_registration(case(status, *held, version=2), NOW)


@pytest.mark.parametrize("status", ["received", "in_review", "accepted", "in_care"])
def test_a_message_that_needs_no_reply_is_cleared(status: str) -> None:
    wrote, _ = cases.post_message(case(status), NOW, {"id": "m", "sent_by": "agency"})
    assert wrote["unanswered"] == NOW
    done, (event,) = cases.mark_answered(wrote, LATER)
    assert done["unanswered"] is None and event.fields == ("unanswered",)
    with pytest.raises(cases.NoReplyOwed):
        cases.mark_answered(done, LATER)


def test_an_agencys_message_answers_what_it_was_asked() -> None:
    asked, _ = cases.request_information(case("in_review"), NOW)
    after, events = cases.post_message(asked, LATER, {"id": "m", "sent_by": "agency"})
    assert (after["status"], after["next"]["who"], after.get("unanswered")) == ("in_review", "hospital", None)
    assert [event.TYPE for event in events] == ["intake.case.information_provided.v1", "intake.message.posted.v1"]
    ours, _ = cases.post_message(asked, LATER, {"id": "m", "sent_by": "hospital"})
    assert ours["status"] == "awaiting_information", "words of ours answer nothing"
