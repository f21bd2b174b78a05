"""The clock: the only place that reads the machine's time. All other code gets the time as an argument."""

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Now in UTC, cut to milliseconds, MongoDB's precision, so that a time reads back as it was written."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def rfc3339(moment: datetime) -> str:
    """A moment in the exchange format: UTC, milliseconds, `Z` (RFC 3339)."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def in_words(moment: datetime, zone: ZoneInfo) -> str:
    """A moment in a sentence for people: 2026-11-23 09:00 (Asia/Tokyo)."""
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M} ({zone.key})"


def parse_rfc3339(text: str) -> datetime:
    """The inverse of `rfc3339`; any offset is accepted; a missing one, or a moment outside the calendar in UTC, is a ValueError."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text}: expected a time with an offset, such as 2026-11-23T09:00:00+09:00")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{text}: expected a time within the calendar") from error
