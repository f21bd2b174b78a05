"""What was done to a visit by mistake is taken back by the corrections that are drawn, and waiting time goes along."""

from datetime import timedelta

import pytest

from services.intake.rules import visits
from services.intake.rules.faults import MoveNotDrawn
from services.intake.rules.tables import CORRECTIONS
from tests.unit.intake.cases import NOW, case, visit

DRAWN = set(CORRECTIONS)
LATER = NOW + timedelta(minutes=20)


@pytest.mark.parametrize(
    ("status", "in_case", "to", "way"),
    [
        ("arrived", "in_care", "booked", ["visit.corrected", "case.scheduled"]),
        ("cancelled", "accepted", "booked", ["visit.corrected", "case.scheduled"]),
        ("completed", "in_care", "arrived", ["visit.corrected"]),
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
        ("left", "in_care", "arrived"),
        ("booked", "scheduled", "booked"),
        ("booked", "scheduled", "arrived"),
        ("completed", "completed", "booked"),
        ("cancelled", "cancelled", "booked"),
    ],
)
def test_where_nothing_is_drawn_nothing_is_taken_back(status: str, in_case: str, to: str) -> None:
    with pytest.raises(MoveNotDrawn):
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
