"""What a person may switch off, and the hours in which no e-mail is sent. Not here: agencies' contacts, who have no account.

Offers and changes always stay in the inbox: an offer is answered there, and nobody may learn of a changed assignment too late because of a
switch. Notifications of a whole role belong to the role's work; nobody can switch them off.
"""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import NotRequired, TypedDict
from zoneinfo import ZoneInfo

from services.notify.rules.audience import CHANGES, KINDS, OFFERS
from services.notify.rules.notifications import EMAIL, INBOX, Channel, Notification
from shared.clock import parse_rfc3339
from shared.errors import InvalidInput

SWITCHABLE_CHANNELS = (INBOX, EMAIL)
ALWAYS_ON = ((OFFERS, INBOX), (CHANGES, INBOX))
NEAR = timedelta(hours=2)
"""An e-mail about a visit that begins less than this after the end of quiet hours is not delayed: it would come too late."""

QuietHours = TypedDict("QuietHours", {"from": str, "to": str})
"""Times of day in the hospital's time zone; past midnight if the end is earlier."""
Switches = dict[str, dict[str, bool]]
"""Whether a kind is on, by kind and channel."""


class Choice(TypedDict):
    """What a person chooses."""

    kinds: Switches
    quiet_hours: QuietHours | None


class Preferences(Choice):
    """A person's record; version 0 is the default, which is not stored."""

    _id: str
    version: int
    last_sequence: int
    changed_at: NotRequired[datetime]


class RequestedChoice(TypedDict):
    """What a request gives: a kind or channel that is not given is on."""

    kinds: Mapping[str, Mapping[str, bool]]
    quiet_hours: QuietHours | None


def default_choice() -> Choice:
    """Returns the default: everything over every channel, at any hour."""
    return {"kinds": {kind: dict.fromkeys(SWITCHABLE_CHANNELS, True) for kind in KINDS}, "quiet_hours": None}


def complete_choice(requested: RequestedChoice) -> Choice:
    """Returns the complete choice; raises InvalidInput where it switches off what cannot be, or names invalid hours."""
    choice = default_choice()
    for kind, switches in requested["kinds"].items():
        choice["kinds"][kind] |= switches
    hours = choice["quiet_hours"] = requested["quiet_hours"]
    faults = [
        (f"#/kinds/{kind}/{channel}", "expected true: this cannot be switched off")
        for kind, channel in ALWAYS_ON
        if not choice["kinds"][kind][channel]
    ]
    if hours and hours["from"] == hours["to"]:
        faults.append(("#/quiet_hours/to", "expected another time than `from`; null for no quiet hours"))
    if faults:
        raise InvalidInput(faults)
    return choice


def switched_off(choice: Choice) -> tuple[str, ...]:
    """Returns what is switched off as the event names it: `offers/email`."""
    kinds = choice["kinds"]
    return tuple(f"{kind}/{channel}" for kind in KINDS for channel in SWITCHABLE_CHANNELS if not kinds[kind][channel])


def is_wanted(choice: Choice, kind: str, channel: Channel) -> bool:
    """Whether a person wants notifications of this kind over this channel."""
    return (kind, channel) in ALWAYS_ON or bool(choice["kinds"].get(kind, {}).get(channel, True))


def quiet_until(choice: Choice, notification: Notification, now: datetime, zone: ZoneInfo) -> datetime | None:
    """Returns when an e-mail that is due now may be sent, where that is later than now."""
    until = _end_of_quiet_hours(choice["quiet_hours"], now, zone)
    if until is None or any(start < until + NEAR for start in _starts(notification)):
        return None
    return until


def _end_of_quiet_hours(hours: QuietHours | None, now: datetime, zone: ZoneInfo) -> datetime | None:
    """Returns when the quiet hours end that it is now; None where it is no quiet hour."""
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


def _starts(notification: Notification) -> list[datetime]:
    """Returns when the visit begins, and when it was to begin before it moved; until when an offer is open."""
    fields = notification["fields"]
    times = (fields.get("start"), fields.get("previous_start"), fields.get("expires_at"))
    return [parse_rfc3339(each) for each in times if each]
