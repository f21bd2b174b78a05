"""Any sequence of commands: no state that is not drawn, every save says an event, and the case always fits its visits."""

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from services.intake.rules import agency_view, cases
from services.intake.rules.errors import TransitionNotAllowed
from services.intake.rules.tables import ARRIVALS, CASE_FOLLOWS, CASE_STATES, CASE_TABLE
from shared.events import CATALOGUE
from tests.unit.intake.cases import CASE_COMMANDS, VISIT_COMMANDS, case, visit

EDGES = {(source, move.target) for move in CASE_TABLE for source in move.sources} | set(CASE_FOLLOWS)
steps = st.one_of(
    st.sampled_from(sorted(CASE_COMMANDS)).map(lambda name: (name, None)),
    st.tuples(st.sampled_from(sorted(VISIT_COMMANDS)), st.integers(1, 4).map("visit-{}".format)),
)


def start(walk_in: bool):
    if walk_in:
        return cases.register(
            case("received", visit("arrived", on_demand=True), channel="walk_in", organization_id=None)
        )
    return cases.receive(case("received"))


@settings(max_examples=400, deadline=None)
@given(walk_in=st.booleans(), history=st.lists(steps, max_size=40))
def test_no_history_leaves_the_drawing(walk_in, history):
    now, events = start(walk_in)
    assert now["status"] == ("in_care" if walk_in else "received")
    check(now, events)
    for name, visit_id in history:
        if visit_id and visit_id not in {v["id"] for v in now["visits"]}:
            continue
        try:
            after, events = VISIT_COMMANDS[name](now, visit_id) if visit_id else CASE_COMMANDS[name](now)
        except TransitionNotAllowed as refused:
            assert name not in refused.allowed
            continue
        assert after["status"] == now["status"] or (now["status"], after["status"]) in EDGES
        assert events or after is now, "a change without an event"
        moved = {"case.scheduled", "case.unscheduled", "case.care_started"} & kinds(events)
        by_visits = visit_id is not None or name == "visits"
        assert bool(moved) == (by_visits and after["status"] != now["status"])
        check(after, events)
        changed = agency_view.visible(after) != agency_view.visible(now)
        moved_on = after.get("agency_version", 1) > now.get("agency_version", 1)
        assert moved_on == changed, "an agency's version moves with what it can see, and with nothing else"
        now = after


def kinds(events):
    return {event.TYPE.removeprefix("intake.").removesuffix(".v1") for event in events}


def check(after, events):
    states = {v["status"] for v in after["visits"]}
    arrived, booked = bool(states & set(ARRIVALS)), "booked" in states
    assert after["status"] in CASE_STATES
    assert (after["status"] == "in_care") <= arrived and (after["status"] == "scheduled") <= (booked and not arrived)
    assert (after["status"] in ("scheduled", "in_care")) or not booked
    assert (after["status"] in ("in_care", "completed")) or not arrived
    for event in events:
        assert event.TYPE in CATALOGUE and event.case_id == "case-1"
        assert (event.status, event.next.who) == (after["status"], after["next"]["who"])
        msgspec.json.decode(msgspec.json.encode(event), type=type(event))
