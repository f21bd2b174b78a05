"""What an organization that is suspended or closed hears: nothing. And what of it is still true, and told, once it is active again.

A notice to it is kept as suppressed. Of one matter only the latest word counts: a case's if that is still its status, a visit's and
a booking's if they are not over.
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
"""Why nothing leaves, by an organization's status."""

_AHEAD = (intake.VisitBooked, intake.VisitRescheduled, booking.BookingConfirmed, booking.BookingUnfilled)
"""What is news only as long as its time is to come; that something was cancelled, or somebody did not come, stays true."""


def silent(organization: Mapping[str, Any] | None) -> str | None:
    """The reason why this organization hears nothing; None where it does, or is not known yet."""
    return SILENT.get((organization or {}).get("status") or "")


def truth(event: Event) -> dict[str, Any]:
    """What a notice keeps of its cause, so that it can be judged later: the status it tells, or until when it is true."""
    if isinstance(event, OF_STATUS):
        return {"told_status": event.status}  # type: ignore[attr-defined]
    return {"true_until": parse_rfc3339(event.end)} if isinstance(event, _AHEAD) else {}


def still_true(notices: Iterable[Notice], status_of: Callable[[str], str | None], now: datetime) -> list[str]:
    """Ids of those to be told, of notices in the order of their causes; `status_of` gives a case's present status, if known."""
    latest: dict[Any, Notice] = {}
    for notice in notices:
        latest[notice["recipient"], notice["channel"], _matter(notice)] = notice
    return [notice["_id"] for notice in latest.values() if _holds(notice, status_of, now)]


def _matter(notice: Notice) -> str:
    """A visit, a booking, the case as a whole; a message and a paper are each news of their own."""
    whole = notice["case_id"] if "told_status" in notice else notice["event_id"]
    return str(notice.get("part_id") or whole)


def _holds(notice: Notice, status_of: Callable[[str], str | None], now: datetime) -> bool:
    if (until := notice.get("true_until")) and until <= now:
        return False
    told = notice.get("told_status")
    return not told or status_of(notice["case_id"]) in (None, told)
