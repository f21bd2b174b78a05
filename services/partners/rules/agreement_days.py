"""The days of an agreement: the notice date, how it renews itself, when its owner is told, and when the clock has to look again.

Days are ISO texts in the hospital's zone, the first and last of a term included. Today comes in as an argument.
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
MARKS = {"180": 180, "90": 90, "30": 30}  # days before the end on which the owner is told
_DAY = timedelta(days=1)


def notice_date(ends: str | None, months: int | None) -> str | None:
    """The last day to give notice: so many months before the end, the month's last day where it has no such day."""
    if not ends or not months:
        return None
    end = date.fromisoformat(ends)
    year, month = divmod(12 * end.year + end.month - 1 - months, 12)
    return date(year, month + 1, min(end.day, monthrange(year, month + 1)[1])).isoformat()


def last_of_term(first: date, months: int) -> date:
    """The last day of a term of so many months from `first`: the day before the same day of the month, or where that month
    has no such day, its last one. Source: Civil Code of Japan (民法), art. 143 (2).
    """
    year, month = divmod(12 * first.year + first.month - 1 + months, 12)
    length = monthrange(year, month + 1)[1]
    return date(year, month + 1, length) if first.day > length else date(year, month + 1, first.day) - _DAY


def renewed_until(agreed_ends: str, months: int, today: str) -> str:
    """Where it ends after it renewed itself as often as was needed. Counted from the end that was agreed: nothing drifts."""
    first, times = date.fromisoformat(agreed_ends) + _DAY, 1
    while (ends := last_of_term(first, times * months).isoformat()) < today:
        times += 1
    return ends


def day_after(day: str) -> str:
    """The next day."""
    return (date.fromisoformat(day) + _DAY).isoformat()


def days_left(agreement: Mapping[str, Any], today: str) -> int | None:
    """From today to its last day; negative where that is over, None where it has none."""
    ends = agreement["ends"]
    return (date.fromisoformat(ends) - date.fromisoformat(today)).days if ends else None


def comes_to(agreement: Mapping[str, Any], today: str) -> str | None:
    """What today makes of an active agreement: terminated, expired, renewed (its end moves on), or nothing."""
    planned, over = agreement["terminates_on"], agreement["ends"] and day_after(agreement["ends"])
    if planned and planned <= today and (not over or planned <= over):
        return TERMINATED
    if not over or over > today:
        return None
    return RENEWED if renews_itself(agreement) else EXPIRED


def follows_in_time(agreement: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    """Whether it takes the place of the one before while that is active; one that ended in between has expired."""
    no_gap = before["ends"] is None or renews_itself(before) or agreement["starts"] <= day_after(before["ends"])
    return before["status"] == ACTIVE and no_gap


def marks_to_say(agreement: Mapping[str, Any]) -> dict[str, str]:
    """The marks its owner was not told yet, with their days; none once its termination is planned."""
    if agreement["status"] != ACTIVE or agreement["terminates_on"] or not agreement["ends"]:
        return {}
    end = date.fromisoformat(agreement["ends"])
    days = {mark: (end - timedelta(days=left)).isoformat() for mark, left in MARKS.items()}
    if agreement["notice_on"] and not agreement["notice_given_on"]:
        days[NOTICE] = agreement["notice_on"]
    return {mark: day for mark, day in days.items() if mark not in agreement["marks_said"]}


def mark_of(agreement: Mapping[str, Any], today: str) -> tuple[str | None, list[str]]:
    """(the mark to say today, all that are passed): of several only the nearest; the notice date goes before its equal."""
    passed = {mark: day for mark, day in marks_to_say(agreement).items() if day <= today}
    nearest = max(passed, key=lambda mark: (passed[mark], mark == NOTICE), default=None)
    return nearest, sorted(passed)


def due_on(agreement: Mapping[str, Any]) -> str | None:
    """The next day on which the clock has something to do with it."""
    if agreement["status"] == SIGNED:
        return str(agreement["starts"])
    if agreement["status"] != ACTIVE:
        return None
    days = [*marks_to_say(agreement).values(), agreement["terminates_on"]]
    days.append(day_after(agreement["ends"]) if agreement["ends"] else None)
    return min((day for day in days if day), default=None)


def with_days(agreement: Mapping[str, Any], before: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The agreement with what follows from its terms: a moved end arms all marks anew, a moved notice date its own."""
    notice_on = notice_date(agreement["ends"], agreement["notice_months"])
    said = list(agreement["marks_said"])
    if before and before["ends"] != agreement["ends"]:
        said = []
    elif before and before["notice_on"] != notice_on:
        said = [mark for mark in said if mark != NOTICE]
    complete = {**agreement, "notice_on": notice_on, "marks_said": said}
    return complete | {"due_on": due_on(complete)}
