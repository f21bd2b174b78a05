"""`Retry-After` as RFC 9110 writes it, and as people do."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.retry_after import LONGEST, Rest, asked_seconds

NOW = datetime(2026, 12, 2, 3, 2, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        ("  30 ", 30),
        ("0090", 90),
        ("999999999", 999999999),
        ("9" * 400, LONGEST),
        ("Wed, 02 Dec 2026 03:04:05 GMT", 120),
        ("Wednesday, 02-Dec-26 03:04:05 GMT", 120),
        ("Wed Dec  2 03:04:05 2026", 120),
        ("wed, 02 dec 2026 03:04:05 gmt", 120),
        ("Thu, 01 Jan 2037 00:00:00 GMT", (datetime(2037, 1, 1, tzinfo=UTC) - NOW).total_seconds()),
        ("Thu, 01 Dec 2026 03:04:05 GMT", 0),
        ("Sunday, 06-Nov-94 08:49:37 GMT", 0),
        ("Sun Nov  6 08:49:37 1994", 0),
        ("Friday, 02-Dec-77 03:04:05 GMT", 0),
    ],
)
def test_seconds_and_all_three_forms_of_a_date(header: str, seconds: float) -> None:
    assert asked_seconds([header], NOW) == seconds


@pytest.mark.parametrize(
    "header",
    [
        "-5", "+5", "1.5", "1e3", "soon", "", " ", "12 34", "120s", "\u0661\u0662", "\uff11\uff12\uff10", "0x10", "null", "Infinity",
        "Wed, 02 Dec 2026", "2026-12-02T03:04:05Z", "Wed, 02 Dec 2026 03:04:05 +0900", "Wed, 02 Dec 2026 03:04:05",
        "Wed, 31 Nov 2026 03:04:05 GMT", "Wed, 02 Dec 2026 25:04:05 GMT", "02 Dec 2026 03:04:05 GMT", "Wed, 02 Dec 2026 03:04:05 GMT, 60",
        "Tuesday, 29-Feb-27 00:00:00 GMT", "Wed, 02 Dec 0000 03:04:05 GMT",
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_no_wish(header: str) -> None:
    assert asked_seconds([header], NOW) == 0


@given(st.text(), st.datetimes(timezones=st.just(UTC)))
def test_no_text_and_no_clock_is_too_odd(header: str, now: datetime) -> None:
    assert asked_seconds([header], now) >= 0


@given(st.integers(1, 86400 * 3650))
def test_a_date_reads_back(ahead: int) -> None:
    there = format_datetime(NOW + timedelta(seconds=ahead), usegmt=True)
    assert asked_seconds([there], NOW) == ahead


def test_of_several_the_longest_counts_and_none_is_none() -> None:
    assert asked_seconds(["60", "Wed, 02 Dec 2026 03:04:05 GMT", "soon"], NOW) == 120
    assert asked_seconds([], NOW) == 0


def test_a_rest_lasts_as_asked_and_no_longer_than_it_may() -> None:
    rest = Rest(timedelta(hours=1))
    assert rest.left(NOW) == 0
    rest.asked(["90"], NOW)
    rest.asked(["10"], NOW)
    assert rest.left(NOW) == 90 and rest.left(NOW + timedelta(seconds=90)) == 0
    rest.asked(["9" * 20], NOW)
    assert rest.left(NOW) == 3600
