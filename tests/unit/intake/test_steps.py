"""The one thing to do next with a case: what waits for us first, who is here before who is to come, nobody before the day."""

from datetime import timedelta
from typing import Any

import pytest

from services.intake.rules.steps import NOTHING, Step, first_step, other_commands, visit_steps
from services.intake.rules.tables import CASE_STATES, case_commands
from tests.unit.intake.cases import NOW, case, visit

TOMORROW = NOW + timedelta(hours=14)


def today(number: int, status: str = "booked", hours: int = 2) -> dict[str, Any]:
    return visit(status, number, start=NOW + timedelta(hours=hours), end=NOW + timedelta(hours=hours + 1))


@pytest.mark.parametrize(
    ("status", "step"),
    [
        ("received", Step("review")),
        ("in_review", Step("accept")),
        ("awaiting_information", Step("record-information")),
        ("accepted", Step("visits")),
        ("completed", NOTHING),
        ("declined", NOTHING),
        ("cancelled", NOTHING),
    ],
)
def test_by_the_state_of_the_case(status: str, step: Step) -> None:
    assert first_step(case(status), TOMORROW) == step


def test_a_wish_to_cancel_comes_before_all_else() -> None:
    wishing = case("scheduled", today(1), cancellation={"reason": "travel"})
    assert first_step(wishing, TOMORROW) == Step("answer-cancellation")
    assert not {"cancel", "refuse-cancellation"} & set(other_commands(wishing, first_step(wishing, TOMORROW)))
    assert "complete" not in other_commands(wishing, Step("answer-cancellation"))


def test_who_is_here_is_seen_before_who_is_to_come() -> None:
    both = case("in_care", today(1, hours=1), today(2, "arrived", hours=3))
    assert first_step(both, TOMORROW) == Step("complete-visit", "visit-2")


def test_of_two_who_are_here_the_earlier_is_seen_first_whatever_their_order_in_the_record() -> None:
    two = case("in_care", today(1, "arrived", hours=3), today(2, "arrived", hours=1))
    assert first_step(two, TOMORROW) == Step("complete-visit", "visit-2")


def test_who_comes_today_is_awaited_who_comes_later_is_told_when() -> None:
    assert first_step(case("scheduled", today(1)), TOMORROW) == Step("arrive", "visit-1")
    at_midnight = visit(number=1, start=TOMORROW, end=TOMORROW + timedelta(hours=1))
    assert first_step(case("scheduled", at_midnight), TOMORROW) == Step("tell", "visit-1")
    just_before = visit(number=1, start=TOMORROW - timedelta(minutes=1), end=TOMORROW)
    assert first_step(case("scheduled", just_before), TOMORROW) == Step("arrive", "visit-1")


def test_with_nobody_awaited_the_case_is_completed() -> None:
    over = case("in_care", today(1, "completed"), today(2, "cancelled"), today(3, "no_show"), today(4, "left"))
    assert first_step(over, TOMORROW) == Step("complete")


@pytest.mark.parametrize("status", CASE_STATES)
def test_the_menu_has_every_other_command_once_and_never_the_first_again(status: str) -> None:
    shown = case(status, today(1)) if status in ("scheduled", "in_care") else case(status)
    step = first_step(shown, TOMORROW)
    others = other_commands(shown, step)
    assert sorted([*others, *({step.what, "visits"} & set(case_commands(shown)))]) == sorted(case_commands(shown))


def test_a_visits_visible_command_is_what_comes_next_and_the_rest_in_its_menu() -> None:
    booked, here = today(1), today(1, "arrived")
    assert visit_steps(booked, case("scheduled", booked), TOMORROW) == ("arrive", ["reschedule", "cancel", "no-show"])
    assert visit_steps(here, case("in_care", here), TOMORROW) == ("complete", ["leave", "correct"])


def test_before_the_day_nobody_arrives_or_stays_away() -> None:
    later = visit(number=2)
    assert visit_steps(later, case("scheduled", later), TOMORROW) == (None, ["reschedule", "cancel"])


def test_what_is_over_is_only_put_right() -> None:
    seen, left = today(1, "completed"), today(1, "left")
    assert visit_steps(seen, case("in_care", seen), TOMORROW) == (None, ["correct"])
    assert visit_steps(left, case("in_care", left), TOMORROW) == (None, ["correct"])
    assert visit_steps(seen, case("cancelled", seen), TOMORROW) == (None, [])
