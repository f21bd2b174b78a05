"""Signed links: what is written is read, with the number of the issue and without; nothing altered is."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.signed_links import Link, NoSuchLink, read, token_of

KEY, NOW = b"k" * 32, datetime(2026, 11, 24, tzinfo=UTC)
NUMBERS = st.one_of(st.none(), st.integers(0, 2**32 - 1))


@settings(max_examples=200, deadline=None, derandomize=True)
@given(record=st.uuids(), part=st.uuids(), number=NUMBERS, seconds=st.integers(1, 10**9))
def test_what_is_written_is_read(record, part, number, seconds) -> None:
    link = Link(str(record), str(part), NOW + timedelta(seconds=seconds), number)
    assert read(KEY, token_of(KEY, link), NOW) == link
    with pytest.raises(NoSuchLink):
        read(KEY, token_of(KEY, link), link.until)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(number=NUMBERS, at=st.integers(0, 200), by=st.integers(1, 255), data=st.data())
def test_nothing_altered_is_read(number, at, by, data) -> None:
    link = Link(
        "0197f0a0-0000-7000-8000-000000000001", "0197f0a0-0000-7000-8000-000000000002", NOW + timedelta(days=1), number
    )
    token = token_of(KEY, link)
    where = at % len(token)
    other = data.draw(st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"))
    altered = token[:where] + other + token[where + 1 :]
    if altered == token:
        return
    try:
        assert read(KEY, altered, NOW) == link  # the last letter holds bits that stand for nothing
        assert where == len(token) - 1
    except NoSuchLink:
        pass
    for broken in (token[:-1], token + "A", token[1:], token_of(b"o" * 32, link)):
        with pytest.raises(NoSuchLink):
            read(KEY, broken, NOW)


def test_a_link_of_before_they_were_numbered_is_read() -> None:
    link = Link(
        "0197f0a0-0000-7000-8000-000000000001", "0197f0a0-0000-7000-8000-000000000002", NOW + timedelta(days=400)
    )
    token = token_of(KEY, link)
    assert len(token) == 72 and token.startswith("AQ") and read(KEY, token, NOW).number is None
