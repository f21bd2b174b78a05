"""An interpreter's bookings as a calendar feed (RFC 5545): language, place, time, reference; nothing about the patient.

UIDs are the bookings' ids and SEQUENCE their versions, so calendars follow every change. An ended booking stays in the feed and its title
says so: some programs show the title and not the status. The feed always contains the hospital's time zone: a calendar without any
component is invalid (3.6).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from services.interpreting.rules import states
from services.interpreting.rules.languages import key_or_unknown
from services.interpreting.rules.records import Booking

if TYPE_CHECKING:
    from icalendar import Event

BACK, AHEAD = timedelta(days=31), timedelta(days=366)
REFRESH = timedelta(minutes=15)
CANCELLED = frozenset({"cancelled", "withdrawn", "not_needed"})
TITLES: Mapping[str, str] = {
    "cancelled": "【取消】 Cancelled: {}",
    "withdrawn": "【担当解除】 Released: {}",
    "not_needed": "【通訳不要】 No interpreter needed: {}",
    "finished": "【終了】 Finished: {}",
}


@dataclass(frozen=True, slots=True)
class _Entry:
    """A booking as the calendar of one interpreter shows it; `ended` is a key of TITLES, or None while it is valid."""

    start: datetime
    end: datetime
    place: str | None
    version: int
    at: datetime
    ended: str | None


def calendar(interpreter_id: str, bookings: Iterable[Booking], zone: ZoneInfo, now: datetime) -> bytes:
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
    for booking in sorted(bookings, key=lambda one: one["_id"]):
        feed.add_component(_event(interpreter_id, booking, zone))
    return feed.to_ical()


def _event(interpreter_id: str, booking: Booking, zone: ZoneInfo) -> "Event":
    from icalendar import Event
    from icalendar.enums import CLASS, STATUS, TRANSP

    entry, summary = _entry_of(interpreter_id, booking), _summary(booking["language"])
    return Event.new(
        uid=booking["_id"],
        sequence=entry.version,
        status=STATUS.CANCELLED if entry.ended in CANCELLED else STATUS.CONFIRMED,
        stamp=entry.at,
        last_modified=entry.at,
        start=entry.start.astimezone(zone),
        end=entry.end.astimezone(zone),
        summary=TITLES[entry.ended].format(summary) if entry.ended else summary,
        location=entry.place,
        description=booking["reference"],
        transparency=TRANSP.TRANSPARENT if entry.ended else TRANSP.OPAQUE,
        classification=CLASS.PRIVATE,
    )


def _entry_of(interpreter_id: str, booking: Booking) -> _Entry:
    """Returns the booking as it is, for its present interpreter; as it was when they last had it, for one who lost it."""
    if booking["interpreter_id"] != interpreter_id:
        lost = next(one for one in booking["former_assignments"] if one["interpreter_id"] == interpreter_id)
        return _Entry(lost["start"], lost["end"], lost["place"], lost["version"], lost["at"], "withdrawn")
    at = booking.get("changed_at", booking["requested_at"])
    return _Entry(booking["start"], booking["end"], booking["place"], booking["version"], at, _end_of(booking))


def _end_of(booking: Booking) -> str | None:
    """Returns how it ended for its interpreter; None while it is valid. The calendar does not say why a patient needed nobody."""
    if booking["status"] in states.ASSIGNED:
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
