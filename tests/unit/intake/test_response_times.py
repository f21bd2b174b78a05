"""Promises and working days: holidays, weekends, New Year; how a clock stands; from when an answer is owed."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services import intake
from services.intake.rules import cases, response_times, working_days
from services.intake.rules.working_days import JAPAN
from shared.texts import read_texts
from tests.unit.intake.cases import NOW, case, visit

CABINET_OFFICE = {  # the Cabinet Office's own list of national holidays (syukujitsu.csv)
    2026: "01-01 01-12 02-11 02-23 03-20 04-29 05-03 05-04 05-05 05-06 07-20 08-11 09-21 09-22 09-23 10-12 11-03 11-23",
    2027: "01-01 01-11 02-11 02-23 03-21 03-22 04-29 05-03 05-04 05-05 07-19 08-11 09-20 09-23 10-11 11-03 11-23",
}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=JAPAN)


@pytest.mark.parametrize("year", CABINET_OFFICE)
def test_working_days_know_the_holidays_of_japan(year: int) -> None:
    holidays = {date.fromisoformat(f"{year}-{day}") for day in CABINET_OFFICE[year].split()}
    day = date(year, 1, 4)
    while day < date(year, 12, 29):
        assert working_days.is_working_day(day) == (day.weekday() < 5 and day not in holidays), day
        day += timedelta(days=1)


def test_the_days_around_new_year_are_none() -> None:
    closed = [date(2026, 12, 29) + timedelta(days=n) for n in range(6)]
    assert not any(working_days.is_working_day(day) for day in closed)
    assert working_days.next_working_day(date(2026, 12, 28)) == date(2027, 1, 4)


@pytest.mark.parametrize(
    ("told", "promised"),
    [
        ("2026-11-25 10:00", "2026-11-26 10:00"),  # Wednesday
        ("2026-11-27 12:00", "2026-11-30 12:00"),  # Friday: the weekend does not count
        ("2026-11-28 09:00", "2026-12-01 00:00"),  # Saturday: all of Monday
        ("2026-11-20 18:00", "2026-11-24 18:00"),  # Friday before a Monday that is a holiday
        ("2026-11-23 10:00", "2026-11-25 00:00"),  # on the holiday
        ("2026-09-18 15:00", "2026-09-24 15:00"),  # three holidays in a row, one only because it lies between two
        ("2026-05-01 17:00", "2026-05-07 17:00"),  # Golden Week, with the day that stands for the Sunday
        ("2026-12-28 16:00", "2027-01-04 16:00"),
    ],
)
def test_an_answer_is_due_after_so_many_hours_of_working_days(told: str, promised: str) -> None:
    assert response_times.due(at(told)) == at(promised)
    assert response_times.due(at(told).astimezone(UTC)).tzinfo == UTC


moments = st.datetimes(datetime(2025, 1, 1), datetime(2030, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))


@given(moments, st.timedeltas(timedelta(minutes=1), timedelta(days=5)))
def test_what_passes_until_the_end_is_what_was_given(start: datetime, length: timedelta) -> None:
    end = working_days.after(start, length)
    assert working_days.between(start, end) == length
    assert working_days.between(end, start) == -length


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-27 12:00", ("fine", 24 * 60)),
        ("2026-11-28 12:00", ("fine", 12 * 60)),  # on Saturday the clock stands still
        ("2026-11-30 04:00", ("soon", 8 * 60)),
        ("2026-11-30 10:30", ("now", 90)),
        ("2026-11-30 12:00", ("over", 0)),
        ("2026-11-30 15:05", ("over", 185)),
    ],
)
def test_how_the_clock_stands(now: str, expected: tuple[str, int]) -> None:
    assert response_times.answer_status(at("2026-11-30 12:00"), at(now)) == expected


@pytest.mark.parametrize(
    ("minutes", "step"), [(0, "short"), (29, "short"), (30, "long"), (59, "long"), (60, "too_long")]
)
def test_who_is_here_waits_in_steps(minutes: int, step: str) -> None:
    assert response_times.waiting_status(NOW, NOW + timedelta(minutes=minutes)) == (step, minutes)
    assert response_times.waiting_status(NOW + timedelta(hours=1), NOW) == ("short", 0), "an early clock"


@pytest.mark.parametrize(("minutes", "step"), [(-5, None), (9, None), (10, "late"), (29, "late"), (30, "very_late")])
def test_who_has_not_come_is_late_in_steps(minutes: int, step: str | None) -> None:
    status = response_times.delay_status(NOW, NOW + timedelta(minutes=minutes))
    assert (status.step if status else None) == step


def test_a_review_begun_does_not_put_the_promise_off_but_a_new_question_begins_anew() -> None:
    hour = timedelta(hours=1)
    received, _ = cases.receive(case("received") | {"next": None})
    by = received["next"]["by"]
    assert by == "2026-11-24T15:00:00.000Z"
    reviewed, _ = cases.review(received, NOW + 3 * hour)
    assert (reviewed["next"]["what"], reviewed["next"]["by"], reviewed["turned_at"]) == ("decide", by, NOW)
    asked, _ = cases.request_information(reviewed, NOW + 24 * hour)
    assert (asked["next"]["by"], asked["turned_at"]) == (None, NOW + 24 * hour), "the other side promised nothing"
    told, _ = cases.record_information(asked, NOW + 48 * hour)
    assert told["next"]["by"] == "2026-11-26T01:00:00.000Z"
    declined, _ = cases.decline(told, NOW + 49 * hour, "other")
    again, _ = cases.reopen(declined, NOW + 72 * hour)
    assert again["next"]["by"] == "2026-11-27T01:00:00.000Z"


def test_a_message_of_the_agency_waits_until_the_hospital_writes() -> None:
    agency, hospital = {"id": "m1", "sent_by": "agency"}, {"id": "m2", "sent_by": "hospital"}
    later = NOW + timedelta(hours=2)
    once, _ = cases.post_message(case("accepted"), NOW, agency)
    twice, _ = cases.post_message(once, later, agency)
    assert twice["unanswered"] == NOW, "since the first"
    assert cases.post_message(twice, later, hospital)[0]["unanswered"] is None
    assert cases.cancel(twice, later, "other", "agency")[0]["unanswered"] is None
    waiting = case("scheduled", visit(), unanswered=NOW, cancellation={"reason": "other", "requested_at": NOW})
    assert cases.refuse_cancellation(waiting, later)[0]["unanswered"] is None


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize(
    ("step", "begins"), [("long", response_times.WAIT_LONG), ("too_long", response_times.WAIT_TOO_LONG)]
)
def test_the_board_names_the_minutes_at_which_a_step_begins(language: str, step: str, begins: timedelta) -> None:
    words = read_texts(Path(intake.__file__).parent / "words" / f"{language}.toml")
    assert str(int(begins.total_seconds()) // 60) in str(words[f"step.{step}"])
