"""Visits of one patient at one time: hinted where the periods share time and both are still awaited, and only there."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.rules.overlaps import AWAITED, overlaps
from services.intake.rules.tables import VISIT_STATES

TEN = datetime(2026, 11, 26, 1, 0, tzinfo=UTC)


def visit(id_: str, start: int, minutes: int, status: str = "booked") -> dict[str, Any]:
    begins = TEN + timedelta(minutes=start)
    return {"id": id_, "status": status, "start": begins, "end": begins + timedelta(minutes=minutes)}


PERIODS = st.tuples(st.integers(0, 120), st.integers(1, 90), st.sampled_from(VISIT_STATES), st.integers(0, 2))


@given(st.lists(PERIODS, min_size=2, max_size=8))
def test_hinted_where_time_is_shared_and_only_there(rows: list[tuple[int, int, str, int]]) -> None:
    visits = [visit(f"v{n}", start, minutes, status) for n, (start, minutes, status, _) in enumerate(rows)]
    cases = [
        {"_id": f"c{of}", "visits": [one for one, row in zip(visits, rows, strict=True) if row[3] == of]}
        for of in range(3)
    ]
    minutes_of = [{start + n for n in range(minutes)} for start, minutes, *_ in rows]
    for n, one in enumerate(visits):
        told = {found.visit["id"] for found in overlaps(one, cases)}
        expected = {
            other["id"]
            for m, other in enumerate(visits)
            if m != n and minutes_of[n] & minutes_of[m] and one["status"] in AWAITED and other["status"] in AWAITED
        }
        assert told == expected


@pytest.mark.parametrize(("start", "shared"), [(-30, False), (-29, True), (0, True), (29, True), (30, False)])
def test_periods_are_half_open(start: int, shared: bool) -> None:
    assert bool(overlaps(visit("a", 0, 30), [{"_id": "c", "visits": [visit("b", start, 30)]}])) == shared
