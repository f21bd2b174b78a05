"""Dates of an agreement: the notice date, renewal, reminders to its owner, and the next day on which the timer has to process it.

Days are ISO texts in the hospital's time zone, with the first and last day of a term included. Callers pass today's date.
"""

from calendar import monthrange
from datetime import date, timedelta

from services.partners.rules.agreements import (
    ACTIVE,
    EXPIRED,
    RENEWED,
    SIGNED,
    TERMINATED,
)
from services.partners.rules.records import Agreement, AgreementStatus
from shared.agreements import renews_itself

NOTICE = "notice"
REMINDERS = {"180": 180, "90": 90, "30": 30}  # days before the end on which the owner is reminded
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


def end_after_renewals(agreement: Agreement, today: str) -> str:
    """Returns the end of a self-renewing agreement's present term."""
    agreed_ends, months = agreement["agreed_ends"], agreement["renews_months"]
    assert agreed_ends is not None, "a self-renewing agreement has an end"
    assert months is not None, "a self-renewing agreement has months"
    return renewed_until(agreed_ends, months, today)


def day_after(day: str) -> str:
    """Returns the next day."""
    return (date.fromisoformat(day) + _DAY).isoformat()


def days_left(agreement: Agreement, today: str) -> int | None:
    """Returns the days from today to the last day; negative where it has passed, None where there is none."""
    ends = agreement["ends"]
    return (date.fromisoformat(ends) - date.fromisoformat(today)).days if ends else None


def status_by_date(agreement: Agreement, today: str) -> AgreementStatus | None:
    """Returns the state an active agreement reaches today: terminated, expired, renewed (its end moves on), or None."""
    planned, over = agreement["terminates_on"], agreement["ends"] and day_after(agreement["ends"])
    if planned and planned <= today and (not over or planned <= over):
        return TERMINATED
    if not over or over > today:
        return None
    return RENEWED if renews_itself(agreement) else EXPIRED


def replaces_in_time(agreement: Agreement, before: Agreement) -> bool:
    """Whether it replaces the agreement before it while that is active. One that ended in between has expired."""
    no_gap = before["ends"] is None or renews_itself(before) or agreement["starts"] <= day_after(before["ends"])
    return before["status"] == ACTIVE and no_gap


def pending_reminders(agreement: Agreement) -> dict[str, str]:
    """Returns the reminders that are not sent yet, with their days; none once the termination is planned."""
    if agreement["status"] != ACTIVE or agreement["terminates_on"] or not agreement["ends"]:
        return {}
    end = date.fromisoformat(agreement["ends"])
    days = {name: (end - timedelta(days=left)).isoformat() for name, left in REMINDERS.items()}
    if agreement["notice_on"] and not agreement["notice_given_on"]:
        days[NOTICE] = agreement["notice_on"]
    return {name: day for name, day in days.items() if name not in agreement["reminders_sent"]}


def due_reminder(agreement: Agreement, today: str) -> tuple[str | None, list[str]]:
    """Returns (the reminder to send today, all that have passed). Only the latest one is sent; on the same day the notice date wins."""
    passed = {name: day for name, day in pending_reminders(agreement).items() if day <= today}
    latest = max(passed, key=lambda name: (passed[name], name == NOTICE), default=None)
    return latest, sorted(passed)


def due_on(agreement: Agreement) -> str | None:
    """Returns the next day on which the timer has to process the agreement."""
    if agreement["status"] == SIGNED:
        return agreement["starts"]
    if agreement["status"] != ACTIVE:
        return None
    days = [*pending_reminders(agreement).values(), agreement["terminates_on"]]
    days.append(day_after(agreement["ends"]) if agreement["ends"] else None)
    return min((day for day in days if day), default=None)


def with_derived_dates(agreement: Agreement, before: Agreement | None = None) -> Agreement:
    """Returns the agreement with its derived dates. A changed end rearms all reminders, a changed notice date only its own."""
    notice_on = notice_date(agreement["ends"], agreement["notice_months"])
    sent = list(agreement["reminders_sent"])
    if before and before["ends"] != agreement["ends"]:
        sent = []
    elif before and before["notice_on"] != notice_on:
        sent = [name for name in sent if name != NOTICE]
    complete = agreement | {"notice_on": notice_on, "reminders_sent": sent}
    return complete | {"due_on": due_on(complete)}
