"""Retry-After of other servers (RFC 9110, 10.2.3): seconds or a date, with any status."""

import re
import threading
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_SECONDS = re.compile(r"[0-9]{1,9}")
_FAR = re.compile(r"[0-9]{10,}")
_DAY, _LONG_DAY = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)", r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_MONTH, _TIME = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)", r"\d{2}:\d{2}:\d{2}"
_DATES = re.compile(
    rf"{_DAY}, \d{{2}} {_MONTH} \d{{4}} {_TIME} GMT"
    rf"|{_LONG_DAY}, \d{{2}}-{_MONTH}-\d{{2}} {_TIME} GMT"
    rf"|{_DAY} {_MONTH} [ \d]\d {_TIME} \d{{4}}",
    re.ASCII | re.IGNORECASE,
)
"""The three forms of an HTTP-date (RFC 9110, 5.6.7): a date in any other is no wish, though a parser of mail would guess one."""
_FUTURE = timedelta(days=50 * 365.25)
LONGEST = 1e9


def asked_seconds(headers: Iterable[str], now: datetime) -> float:
    """The seconds to wait from `now`; 0 without the header, for an unreadable value, or for a time in the past.

    Where there are several, the longest applies.
    """
    return max((_asked(header.strip(" \t"), now) for header in headers), default=0.0)


def _asked(header: str, now: datetime) -> float:
    if _SECONDS.fullmatch(header):
        return float(header)
    if _FAR.fullmatch(header):
        return LONGEST
    moment = _date(header, now)
    return max(0.0, (moment - now).total_seconds()) if moment else 0.0


def _date(header: str, now: datetime) -> datetime | None:
    if not _DATES.fullmatch(header):
        return None
    try:
        moment = parsedate_to_datetime(header)
        moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        of_two_digits = "-" in header
        return _century(moment, now) if of_two_digits else moment
    except (ValueError, OverflowError):
        return None


def _century(moment: datetime, now: datetime) -> datetime:
    """Corrects a two-digit year to the one that is not more than 50 years ahead (RFC 9110, 5.6.7)."""
    year = now.year - now.year % 100 + 100 + moment.year % 100
    while (found := moment.replace(year=year)) > now + _FUTURE:
        year -= 100
    return found


class Rest:
    """The pause that a server requested from this process; `longest` is its upper bound."""

    def __init__(self, longest: timedelta) -> None:
        self._longest, self._until = longest, datetime.min.replace(tzinfo=UTC)
        self._lock = threading.Lock()

    def left(self, now: datetime) -> float:
        """The remaining seconds of the pause; 0 where it is over."""
        with self._lock:
            return max(0.0, (self._until - now).total_seconds())

    def asked(self, headers: Iterable[str], now: datetime) -> None:
        """Records the pause that a response requests."""
        wait = min(timedelta(seconds=asked_seconds(headers, now)), self._longest)
        with self._lock:
            self._until = max(self._until, now + wait)
