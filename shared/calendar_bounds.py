"""The range of days that the application accepts: date arithmetic on them, in every time zone, stays within the calendar.

It is wide enough for every living person and every plan; a day meant as "until further notice" (9999-12-31) is rejected with the text
`EXPECTED`. A rule may accept fewer days (a birth date, an agreement's term). Not here: how days are typed (shared/eras.py).
"""

from datetime import UTC, date, datetime, timedelta

FIRST_DAY, LAST_DAY = date(1850, 1, 1), date(2199, 12, 31)
EXPECTED = f"expected a day from {FIRST_DAY.isoformat()} to {LAST_DAY.isoformat()}"
_BEGIN = datetime(FIRST_DAY.year, 1, 1, tzinfo=UTC)
_END = datetime(LAST_DAY.year + 1, 1, 1, tzinfo=UTC)
_WIDEST_OFFSET = timedelta(hours=14)


def is_taken(day: date) -> bool:
    """Whether a day is in the range."""
    return FIRST_DAY <= day <= LAST_DAY


def moment_is_taken(moment: datetime) -> bool:
    """Whether a moment with a zone is on a day in the range, in some time zone."""
    return _BEGIN - _WIDEST_OFFSET <= moment < _END + _WIDEST_OFFSET
