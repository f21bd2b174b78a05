"""Dates of an agreement: the notice date, renewal, reminders to its owner, and the next day on which the timer has to process it.

Days are ISO texts in the hospital's time zone, with the first and last day of a term included. Callers pass today's date.
"""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from services.partners.rules.agreements import (
    ACTIVE,
    EXPIRED,
    RENEWED,
    SIGNED,
    TERMINATED,
)
from shared.agreements import renews_itself

NOTICE = "notice"
MARKS = {"180": 180, "90": 90, "30": 30}  # days before the end on which the owner is reminded
_DAY = timedelta(days=1)


def notice_date(ends: str | None, months: int | None) -> str | None:
    """Returns the last day to give notice: `months` before the end, on the month's last day if it has no such day."""
    if not ends or not months:
        return None
    end = date.fromisoformat(ends)
    year, month = divmod(12 * end.year + end.month - 1 - months, 12)
    return date(year, month + 1, min(end.day, monthrange(year, month + 1)[1])).isoformat()


def last_of_term(first: date, months: int) -> date:
    """Returns the last day of a term of `months` months from `first`.

    It is the day before the same day of the month, or, where that month has no such day, its last one. Source: Civil Code of Japan (民法),
    art. 143 (2).
    """
    year, month = divmod(12 * first.year + first.month - 1 + months, 12)
    length = monthrange(year, month + 1)[1]
    return date(year, month + 1, length) if first.day > length else date(year, month + 1, first.day) - _DAY


def renewed_until(agreed_ends: str, months: int, today: str) -> str:
    """Returns the end after as many renewals as are needed to reach today, counted from the end that was agreed, so that nothing drifts."""
    first, times = date.fromisoformat(agreed_ends) + _DAY, 1
    while (ends := last_of_term(first, times * months).isoformat()) < today:
        times += 1
    return ends


def day_after(day: str) -> str:
    """Returns the next day."""
    return (date.fromisoformat(day) + _DAY).isoformat()


def days_left(agreement: Mapping[str, Any], today: str) -> int | None:
    """Returns the days from today to the last day; negative where it has passed, None where there is none."""
    ends = agreement["ends"]
    return (date.fromisoformat(ends) - date.fromisoformat(today)).days if ends else None


def comes_to(agreement: Mapping[str, Any], today: str) -> str | None:
    """Returns the state an active agreement reaches today: terminated, expired, renewed (its end moves on), or None."""
    planned, over = agreement["terminates_on"], agreement["ends"] and day_after(agreement["ends"])
    if planned and planned <= today and (not over or planned <= over):
        return TERMINATED
    if not over or over > today:
        return None
    return RENEWED if renews_itself(agreement) else EXPIRED


def follows_in_time(agreement: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    """Whether it replaces the agreement before it while that is active. One that ended in between has expired."""
    no_gap = before["ends"] is None or renews_itself(before) or agreement["starts"] <= day_after(before["ends"])
    return before["status"] == ACTIVE and no_gap


def marks_to_say(agreement: Mapping[str, Any]) -> dict[str, str]:
    """Returns the reminders that are not sent yet, with their days; none once the termination is planned."""
    if agreement["status"] != ACTIVE or agreement["terminates_on"] or not agreement["ends"]:
        return {}
    end = date.fromisoformat(agreement["ends"])
    days = {mark: (end - timedelta(days=left)).isoformat() for mark, left in MARKS.items()}
    if agreement["notice_on"] and not agreement["notice_given_on"]:
        days[NOTICE] = agreement["notice_on"]
    return {mark: day for mark, day in days.items() if mark not in agreement["marks_said"]}


def mark_of(agreement: Mapping[str, Any], today: str) -> tuple[str | None, list[str]]:
    """Returns (the reminder to send today, all that have passed). Only the latest one is sent; on the same day the notice date wins."""
    passed = {mark: day for mark, day in marks_to_say(agreement).items() if day <= today}
    nearest = max(passed, key=lambda mark: (passed[mark], mark == NOTICE), default=None)
    return nearest, sorted(passed)


def due_on(agreement: Mapping[str, Any]) -> str | None:
    """Returns the next day on which the timer has to process the agreement."""
    if agreement["status"] == SIGNED:
        return str(agreement["starts"])
    if agreement["status"] != ACTIVE:
        return None
    days = [*marks_to_say(agreement).values(), agreement["terminates_on"]]
    days.append(day_after(agreement["ends"]) if agreement["ends"] else None)
    return min((day for day in days if day), default=None)


def with_days(agreement: Mapping[str, Any], before: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Returns the agreement with its derived dates. A changed end rearms all reminders, a changed notice date only its own."""
    notice_on = notice_date(agreement["ends"], agreement["notice_months"])
    said = list(agreement["marks_said"])
    if before and before["ends"] != agreement["ends"]:
        said = []
    elif before and before["notice_on"] != notice_on:
        said = [mark for mark in said if mark != NOTICE]
    complete = {**agreement, "notice_on": notice_on, "marks_said": said}
    return complete | {"due_on": due_on(complete)}
