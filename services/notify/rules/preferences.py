"""What a person may switch off, and the hours in which no e-mail is sent. Not here: agencies' contacts, who have no account.

Offers and changes always stay in the inbox: an offer is answered there, and nobody may learn of a changed assignment too late because of a
switch. Notifications of a whole role belong to the role's work; nobody can switch them off.
"""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.notify.rules.audience import CHANGES, KINDS, OFFERS
from services.notify.rules.notices import EMAIL, INBOX, Notice
from shared.clock import parse_rfc3339
from shared.errors import InvalidInput

Preferences = dict[str, Any]
SWITCHED = (INBOX, EMAIL)
FIXED = ((OFFERS, INBOX), (CHANGES, INBOX))
NEAR = timedelta(hours=2)
"""An e-mail about a visit that begins less than this after the end of quiet hours is not delayed: it would come too late."""


def usual() -> Preferences:
    """Returns the default: everything over every channel, at any hour."""
    return {"kinds": {kind: dict.fromkeys(SWITCHED, True) for kind in KINDS}, "quiet_hours": None}


def checked(wished: Mapping[str, Any]) -> Preferences:
    """Returns the complete preferences; raises InvalidInput where they switch off what cannot be, or name invalid hours."""
    chosen = usual()
    for kind, switches in wished["kinds"].items():
        chosen["kinds"][kind] |= switches
    chosen["quiet_hours"] = wished["quiet_hours"]
    faults = [
        (f"#/kinds/{kind}/{channel}", "expected true: this cannot be switched off")
        for kind, channel in FIXED
        if not chosen["kinds"][kind][channel]
    ]
    hours = chosen["quiet_hours"]
    if hours and hours["from"] == hours["to"]:
        faults.append(("#/quiet_hours/to", "expected another time than `from`; null for no quiet hours"))
    if faults:
        raise InvalidInput(faults)
    return chosen


def switched_off(preferences: Mapping[str, Any]) -> tuple[str, ...]:
    """Returns what is switched off as the event names it: `offers/email`."""
    kinds = preferences["kinds"]
    return tuple(f"{kind}/{channel}" for kind in KINDS for channel in SWITCHED if not kinds[kind][channel])


def wants(preferences: Mapping[str, Any], kind: str, channel: str) -> bool:
    """Whether a person wants notifications of this kind over this channel."""
    return (kind, channel) in FIXED or bool(preferences["kinds"].get(kind, {}).get(channel, True))


def held_until(preferences: Mapping[str, Any], notice: Notice, now: datetime, zone: ZoneInfo) -> datetime | None:
    """Returns when an e-mail that is due now may be sent, where that is later than now."""
    until = _quiet_until(preferences["quiet_hours"], now, zone)
    if until is None or any(start < until + NEAR for start in _starts(notice)):
        return None
    return until


def _quiet_until(hours: Mapping[str, str] | None, now: datetime, zone: ZoneInfo) -> datetime | None:
    if not hours:
        return None
    here = now.astimezone(zone)
    begins, ends = time.fromisoformat(hours["from"]), time.fromisoformat(hours["to"])
    over_midnight = begins > ends
    quiet = here.time() >= begins or here.time() < ends if over_midnight else begins <= here.time() < ends
    if not quiet:
        return None
    day = here.date() + timedelta(days=1) if over_midnight and here.time() >= begins else here.date()
    return datetime.combine(day, ends, zone).astimezone(now.tzinfo)


def _starts(notice: Notice) -> list[datetime]:
    """Returns when the visit begins, and when it was to begin before it moved; until when an offer is open."""
    fields, names = notice["fields"], ("start", "previous_start", "expires_at")
    return [parse_rfc3339(fields[name]) for name in names if fields.get(name)]
