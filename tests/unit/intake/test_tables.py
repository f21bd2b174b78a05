"""Every state × every command, against the tables as the domain page draws them, restated here by hand."""

import pytest

from services.intake.rules.errors import NoSuchVisit, TransitionNotAllowed
from services.intake.rules.tables import CASE_STATES, VISIT_STATES
from tests.unit.intake.cases import CASE_COMMANDS, VISIT_COMMANDS, case, visit

EVERY = set(CASE_STATES)
DRAWN = {
    "review": {"received": "in_review"},
    "accept": {"in_review": "accepted"},
    "decline": dict.fromkeys(("received", "in_review", "awaiting_information"), "declined"),
    "request-information": {"in_review": "awaiting_information"},
    "record-information": {"awaiting_information": "in_review"},
    "information": {"awaiting_information": "in_review"},
    "cancel": dict.fromkeys(("received", "in_review", "awaiting_information", "accepted", "scheduled"), "cancelled"),
    "cancellation": dict.fromkeys(("received", "in_review", "awaiting_information", "accepted"), "cancelled")
    | {"scheduled": "scheduled"},
    "refuse-cancellation": {},
    "complete": {"in_care": "completed"},
    "reopen": {"declined": "in_review", "cancelled": "in_review", "completed": "in_care"},
    "edit": {state: state for state in EVERY},
    "message": {state: state for state in EVERY} | {"awaiting_information": "in_review"},
    "document": {state: state for state in EVERY},
    "visits": {"accepted": "scheduled", "scheduled": "scheduled", "in_care": "in_care"},
}
HELD = {"scheduled": [visit("booked")], "in_care": [visit("arrived")], "completed": [visit("completed")]}
SAYS = {
    "review": ["case.review_started"],
    "accept": ["case.accepted"],
    "decline": ["case.declined"],
    "request-information": ["case.information_requested"],
    "record-information": ["case.information_provided"],
    "information": ["case.information_provided"],
    "cancel": ["case.cancelled"],
    "complete": ["case.completed"],
    "reopen": ["case.reopened"],
    "message": ["message.posted"],
    "document": ["document.attached"],
}


def names(events):
    return [event.TYPE.removeprefix("intake.").removesuffix(".v1") for event in events]


@pytest.mark.parametrize("command", CASE_COMMANDS)
@pytest.mark.parametrize("state", CASE_STATES)
def test_a_case_moves_as_drawn_and_only_so(state, command):
    before = case(state, *HELD.get(state, []))
    target = DRAWN[command].get(state)
    if target is None:
        with pytest.raises(TransitionNotAllowed) as refused:
            CASE_COMMANDS[command](before)
        drawn = {name for name, moves in DRAWN.items() if state in moves} - {"edit", "message", "document"}
        agency = {"information", "cancellation"}
        assert set(refused.value.allowed) == (drawn & agency if command in agency else drawn - agency)
        return
    after, events = CASE_COMMANDS[command](before)
    assert after["status"] == target
    assert before["status"] == state, "a rule changes nothing it is given"
    if command in SAYS and state != "scheduled":
        answers = command == "message" and state == "awaiting_information"
        assert names(events) == (["case.information_provided"] if answers else []) + SAYS[command]
    assert all(event.status == target and event.next.what == after["next"]["what"] for event in events)


def drawn_corrections(state):
    open_to_visits = {"accepted", "scheduled", "in_care"}
    moves = {}
    if state in open_to_visits:
        moves |= {("arrived", "correct-booked"): "booked", ("cancelled", "correct-booked"): "booked"}
    if state in open_to_visits | {"completed"}:
        moves |= {(over, "correct-arrived"): "arrived" for over in ("no_show", "completed", "left")}
    return moves


VISIT_DRAWN = {
    ("booked", "reschedule"): "booked",
    ("booked", "cancel"): "cancelled",
    ("booked", "arrive"): "arrived",
    ("booked", "no-show"): "no_show",
    ("booked", "edit"): "booked",
    ("arrived", "leave"): "left",
    ("arrived", "complete"): "completed",
    ("arrived", "edit"): "arrived",
}
VISIT_SAYS = {
    "reschedule": "visit.rescheduled",
    "cancel": "visit.cancelled",
    "arrive": "visit.arrived",
    "no-show": "visit.no_show",
    "leave": "visit.left",
    "complete": "visit.completed",
    "edit": "visit.updated",
}


@pytest.mark.parametrize("command", VISIT_COMMANDS)
@pytest.mark.parametrize("state", VISIT_STATES)
@pytest.mark.parametrize("of", CASE_STATES)
def test_a_visit_moves_as_drawn_and_only_so(of, state, command):
    before = case(of, visit(state))
    target = (VISIT_DRAWN | drawn_corrections(of)).get((state, command))
    if target is None:
        with pytest.raises(TransitionNotAllowed) as refused:
            VISIT_COMMANDS[command](before, "visit-1")
        drawn = {name for held, name in VISIT_DRAWN if held == state and name != "edit"}
        correctable = any(held == state for held, _ in drawn_corrections(of))
        assert set(refused.value.allowed) == drawn | ({"correct"} if correctable else set())
        return
    after, events = VISIT_COMMANDS[command](before, "visit-1")
    assert after["visits"][0]["status"] == target
    assert names(events)[0] == VISIT_SAYS.get(command, "visit.corrected")
    assert events[0].visit_status == target


def test_the_case_follows_its_visits():
    accepted = case("accepted")
    one, events = CASE_COMMANDS["visits"](accepted)
    assert (one["status"], names(events)) == ("scheduled", ["visit.booked", "case.scheduled"])
    two, events = CASE_COMMANDS["visits"](one)
    assert (two["status"], names(events)) == ("scheduled", ["visit.booked"])
    left, events = VISIT_COMMANDS["cancel"](two, "visit-1")
    assert (left["status"], names(events)) == ("scheduled", ["visit.cancelled"])
    none, events = VISIT_COMMANDS["no-show"](left, "visit-2")
    assert (none["status"], names(events)) == ("accepted", ["visit.no_show", "case.unscheduled"])
    here, events = VISIT_COMMANDS["correct-arrived"](none, "visit-2")
    assert (here["status"], names(events)) == ("in_care", ["visit.corrected", "case.care_started"])
    back, events = VISIT_COMMANDS["correct-booked"](here, "visit-2")
    assert (back["status"], names(events)) == ("scheduled", ["visit.corrected", "case.scheduled"])
    care, events = VISIT_COMMANDS["arrive"](back, "visit-2")
    assert (care["status"], names(events)) == ("in_care", ["visit.arrived", "case.care_started"])


def test_cancelling_and_completing_cancel_what_is_booked_in_the_same_write():
    after, events = CASE_COMMANDS["cancel"](
        case("scheduled", visit("no_show", 1), visit("booked", 2), visit("booked", 3))
    )
    assert [v["status"] for v in after["visits"]] == ["no_show", "cancelled", "cancelled"]
    assert names(events) == ["visit.cancelled", "visit.cancelled", "case.cancelled"]
    after, events = CASE_COMMANDS["complete"](case("in_care", visit("completed", 1), visit("booked", 2)))
    assert [v["status"] for v in after["visits"]] == ["completed", "cancelled"]
    assert names(events) == ["visit.cancelled", "case.completed"]


def test_a_wish_to_cancel_waits_for_the_desk_and_is_said_once():
    asked, events = CASE_COMMANDS["cancellation"](case("scheduled", visit()))
    assert names(events) == ["case.cancellation_requested"]
    by = "2026-11-24T15:00:00.000Z"  # 23 November is a holiday: the 24 hours begin and end with the 24th, in Japan
    assert asked["next"] == {"who": "hospital", "what": "answer_cancellation", "by": by}
    again, events = CASE_COMMANDS["cancellation"](asked)
    assert again is asked and events == []
    refused, events = CASE_COMMANDS["refuse-cancellation"](asked)
    assert names(events) == ["case.cancellation_refused"] and refused["cancellation"] is None
    confirmed, events = CASE_COMMANDS["cancel"](asked)
    assert names(events) == ["visit.cancelled", "case.cancelled"] and confirmed["cancellation"] is None


def test_a_reschedule_is_counted_and_says_where_it_was():
    after, (event,) = VISIT_COMMANDS["reschedule"](case("scheduled", visit()), "visit-1")
    after, (event,) = VISIT_COMMANDS["reschedule"](after, "visit-1")
    assert after["visits"][0]["rescheduled"] == 2 and after["visits"][0]["status"] == "booked"
    assert event.previous_start == event.start and event.wanted_by == "patient"
    assert after["next"]["by"] == event.start, "next follows the visit"


def test_a_visit_that_is_not_there():
    with pytest.raises(NoSuchVisit):
        VISIT_COMMANDS["arrive"](case("scheduled", visit()), "visit-9")
