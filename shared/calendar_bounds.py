"""The days this application takes: whatever is taken, other days can be added to it, in every time zone, without leaving the calendar.

Wide enough for everybody alive and for every plan; what is meant as "until further notice" (9999-12-31) is refused by name,
as `EXPECTED` says. A rule may take fewer days (a birth date, an agreement's term). Not here: how days are typed (shared/eras.py).
"""

from datetime import UTC, date, datetime, timedelta

FIRST_DAY, LAST_DAY = date(1850, 1, 1), date(2199, 12, 31)
EXPECTED = f"expected a day from {FIRST_DAY.isoformat()} to {LAST_DAY.isoformat()}"
_BEGIN = datetime(FIRST_DAY.year, 1, 1, tzinfo=UTC)
_END = datetime(LAST_DAY.year + 1, 1, 1, tzinfo=UTC)
_WIDEST_OFFSET = timedelta(hours=14)


def is_taken(day: date) -> bool:
    """Whether a day is one of them."""
    return FIRST_DAY <= day <= LAST_DAY


def moment_is_taken(moment: datetime) -> bool:
    """Whether a moment with a zone is on one of them, somewhere on earth."""
    return _BEGIN - _WIDEST_OFFSET <= moment < _END + _WIDEST_OFFSET
