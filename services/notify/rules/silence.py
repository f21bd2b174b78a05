"""Suppresses all notifications to a suspended or closed organization, and selects those still true once it is active again.

They are stored as suppressed. Of one matter only the latest counts: a case's if that is still its status, a visit's and a booking's if they
are not over.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from services.notify.rules.notices import Notice
from services.notify.rules.webhooks import OF_STATUS
from shared.clock import parse_rfc3339
from shared.events import Event, intake
from shared.events import interpreting as booking

SUSPENDED, CLOSED, OVERTAKEN = "organization_suspended", "organization_closed", "overtaken"
SILENT = {"suspended": SUSPENDED, "closed": CLOSED}
"""The reason why nothing is sent, by an organization's status."""

_AHEAD = (intake.VisitBooked, intake.VisitRescheduled, booking.BookingConfirmed, booking.BookingUnfilled)
"""Events that are news only as long as their time is to come; a cancellation or a no-show stays true."""


def silent(organization: Mapping[str, Any] | None) -> str | None:
    """Returns the reason why this organization is not notified; None where it is, or is not known yet."""
    return SILENT.get((organization or {}).get("status") or "")


def truth(event: Event) -> dict[str, Any]:
    """Returns what a notification stores of its event to be judged later: the status it reports, or until when it is true."""
    if isinstance(event, OF_STATUS):
        return {"told_status": event.status}  # type: ignore[attr-defined]
    return {"true_until": parse_rfc3339(event.end)} if isinstance(event, _AHEAD) else {}


def still_true(notices: Iterable[Notice], status_of: Callable[[str], str | None], now: datetime) -> list[str]:
    """Returns the ids of those to be sent, of notifications in the order of their events; `status_of` returns a case's present status, if
    known."""
    latest: dict[Any, Notice] = {}
    for notice in notices:
        latest[notice["recipient"], notice["channel"], _matter(notice)] = notice
    return [notice["_id"] for notice in latest.values() if _holds(notice, status_of, now)]


def _matter(notice: Notice) -> str:
    """Returns what a notification is about: a visit, a booking, the case as a whole; each message and each document is news of its own."""
    whole = notice["case_id"] if "told_status" in notice else notice["event_id"]
    return str(notice.get("part_id") or whole)


def _holds(notice: Notice, status_of: Callable[[str], str | None], now: datetime) -> bool:
    if (until := notice.get("true_until")) and until <= now:
        return False
    told = notice.get("told_status")
    return not told or status_of(notice["case_id"]) in (None, told)
