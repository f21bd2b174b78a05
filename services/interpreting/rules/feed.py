"""An interpreter's bookings as a calendar feed (RFC 5545): language, place, time, reference; nothing about the patient.

UIDs are the bookings' ids and SEQUENCE their versions, so calendars follow every change. An ended booking stays in the feed and its title
says so: some programs show the title and not the status. The feed always contains the hospital's time zone: a calendar without any
component is invalid (3.6).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from services.interpreting.rules import states
from services.interpreting.rules.languages import key_or_unknown

Document = Mapping[str, Any]
BACK, AHEAD = timedelta(days=31), timedelta(days=366)
REFRESH = timedelta(minutes=15)
CANCELLED = frozenset({"cancelled", "withdrawn", "not_needed"})
TITLES: Mapping[str, str] = {
    "cancelled": "【取消】 Cancelled: {}",
    "withdrawn": "【担当解除】 Released: {}",
    "not_needed": "【通訳不要】 No interpreter needed: {}",
    "finished": "【終了】 Finished: {}",
}


def calendar(interpreter_id: str, bookings: Iterable[Document], zone: ZoneInfo, now: datetime) -> bytes:
    """Returns the feed; the same bookings give the same bytes. The library is imported with the first feed because it is large."""
    from icalendar import Calendar, Timezone, vDuration

    first, last = ((now + reach).date().replace(day=1) for reach in (-2 * BACK, 2 * AHEAD))
    feed = Calendar.new(
        prodid="-//International Medical Center//interpreting//EN",
        method="PUBLISH",
        name="通訳 Interpreting",
        uid=interpreter_id,
    )
    feed.add("refresh-interval", vDuration(REFRESH), parameters={"value": "DURATION"})
    feed.add("x-published-ttl", vDuration(REFRESH))
    feed.add_component(Timezone.from_tzinfo(zone, first_date=first, last_date=last))
    for booking in sorted(bookings, key=lambda one: str(one["_id"])):
        feed.add_component(_event(interpreter_id, booking, zone))
    return feed.to_ical()


def _event(interpreter_id: str, booking: Document, zone: ZoneInfo) -> Any:
    from icalendar import Event
    from icalendar.enums import CLASS, STATUS, TRANSP

    known = _as_held(interpreter_id, booking)
    changed, cancelled, ended = known["at"], known["ended"] in CANCELLED, known["ended"] is not None
    return Event.new(
        uid=booking["_id"],
        sequence=known["version"],
        status=STATUS.CANCELLED if cancelled else STATUS.CONFIRMED,
        stamp=changed,
        last_modified=changed,
        start=known["start"].astimezone(zone),
        end=known["end"].astimezone(zone),
        summary=TITLES[known["ended"]].format(_summary(booking["language"]))
        if ended
        else _summary(booking["language"]),
        location=known["place"],
        description=booking["reference"],
        transparency=TRANSP.TRANSPARENT if ended else TRANSP.OPAQUE,
        classification=CLASS.PRIVATE,
    )


def _as_held(interpreter_id: str, booking: Document) -> Document:
    """Returns the booking as it is, for its present interpreter; as it was when they last had it, for one who lost it."""
    if booking["interpreter_id"] != interpreter_id:
        lost = next(one for one in booking["held_before"] if one["interpreter_id"] == interpreter_id)
        return {**lost, "ended": "withdrawn"}
    at = booking.get("changed_at", booking["requested_at"])
    names = ("start", "end", "place", "version")
    return {**{name: booking[name] for name in names}, "at": at, "ended": _ended(booking)}


def _ended(booking: Document) -> str | None:
    """Returns how it ended for its interpreter; None while it is valid. The calendar does not say why a patient needed nobody."""
    if booking["status"] in states.HOLDING:
        return None
    if booking["status"] == states.COMPLETED:
        return "not_needed" if booking.get("outcome") == states.NOT_NEEDED else "finished"
    return "cancelled" if booking["status"] == states.CANCELLED else "withdrawn"


def _summary(tag: str) -> str:
    """Returns `通訳 タイ語 Thai`; the tag itself where CLDR has no name for the language."""
    key = key_or_unknown(tag)
    return f"通訳 {_names('ja').get(key, tag)} {_names('en').get(key, tag)}"


@cache
def _names(language: str) -> Mapping[str, str]:
    from babel import Locale

    return Locale(language).languages
