"""Offers as plain values, links that stand for them, and the calendar feed: no database."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from services.interpreting.rules import feed, offers
from shared import signed_links as links
from shared.ids import new_id
from shared.signed_links import Link, NoSuchLink

NOW = datetime(2026, 11, 24, tzinfo=UTC)
KEY = b"k" * 32
LINK = Link(new_id(), new_id(), NOW + timedelta(days=1))
TOKYO = ZoneInfo("Asia/Tokyo")


def offer(**more: Any) -> dict[str, Any]:
    return {"status": "open", "reason": None, "expires_at": NOW + timedelta(hours=1), **more}


def test_every_way_an_offer_ends_has_its_words() -> None:
    outcomes = {*offers.STATUSES, *offers.REASONS} - {offers.OPEN, offers.WITHDRAWN} | {offers.BY_COORDINATOR}
    assert set(offers.OUTCOME_TEXTS) == outcomes
    for outcome in outcomes:
        assert str(offers.OfferOver(outcome)).endswith(".")


@pytest.mark.parametrize(
    ("more", "later", "outcome"),
    [
        ({}, 0, "open"),
        ({}, 59, "open"),
        ({}, 60, "expired"),
        ({"status": "accepted"}, 90, "accepted"),
        ({"status": "withdrawn", "reason": "taken"}, 0, "taken"),
        ({"status": "declined"}, 0, "declined"),
    ],
)
def test_what_became_of_it(more: dict[str, Any], later: int, outcome: str) -> None:
    now = NOW + timedelta(minutes=later)
    assert offers.outcome(offer(**more), now) == outcome
    if outcome == "open":
        offers.require_open(offer(**more), now)
        return
    with pytest.raises(offers.OfferOver) as over:
        offers.require_open(offer(**more), now)
    assert over.value.outcome == outcome


def test_a_token_reads_back_until_its_end() -> None:
    token = links.token_of(KEY, LINK)
    assert links.read(KEY, token, NOW) == LINK
    assert len(token) == 72
    for moment in (LINK.until, LINK.until + timedelta(days=9)):
        with pytest.raises(NoSuchLink):
            links.read(KEY, token, moment)
    with pytest.raises(NoSuchLink):
        links.read(b"o" * 32, token, NOW)


@given(st.integers(0, 53), st.integers(1, 255))
def test_no_byte_of_a_token_may_change(place: int, by: int) -> None:
    raw = bytearray(base64.urlsafe_b64decode(links.token_of(KEY, LINK)))
    raw[place] ^= by
    with pytest.raises(NoSuchLink):
        links.read(KEY, base64.urlsafe_b64encode(bytes(raw)).decode(), NOW)


@given(st.text(max_size=80))
def test_any_text_is_no_link(text: str) -> None:
    with pytest.raises(NoSuchLink):
        links.read(KEY, text, NOW)


def booking(**more: Any) -> dict[str, Any]:
    return {
        "_id": "0197f0a0-0000-7000-8000-000000000001",
        "interpreter_id": "me",
        "status": "confirmed",
        "start": NOW,
        "end": NOW + timedelta(hours=1),
        "place": "Ward 3",
        "reference": "R-26-00427-K",
        "language": "th",
        "version": 3,
        "requested_at": NOW,
        **more,
    }


def the_event(*bookings: dict[str, Any]) -> Any:
    read: Any = Calendar.from_ical(feed.calendar("me", bookings, TOKYO, NOW))
    (event,) = read.events
    return event


def test_nothing_in_a_place_can_end_an_event() -> None:
    event = the_event(booking(place="Ward 3;\r\nEND:VEVENT\r\nSUMMARY:x, y\\"))
    assert str(event["LOCATION"]).replace("\r\n", "\n") == "Ward 3;\nEND:VEVENT\nSUMMARY:x, y\\"
    assert str(event["SUMMARY"]) == "通訳 タイ語 Thai"


@pytest.mark.parametrize(
    ("tag", "words"),
    [("cmn-Hans", "通訳 中国語 Chinese"), ("yue", "通訳 広東語 Cantonese"), ("tlh-x-odd", "通訳 クリンゴン語 Klingon")],
)
def test_languages_are_named(tag: str, words: str) -> None:
    assert str(the_event(booking(language=tag))["SUMMARY"]) == words


def test_the_same_bookings_give_the_same_bytes_in_any_order() -> None:
    two = [booking(), booking(_id="0197f0a0-0000-7000-8000-000000000002", place=None, reference=None)]
    assert feed.calendar("me", two, TOKYO, NOW) == feed.calendar("me", two[::-1], TOKYO, NOW + timedelta(days=1))


def test_what_was_lost_is_shown_as_it_was() -> None:
    lost = {
        "interpreter_id": "me",
        "start": NOW,
        "end": NOW + timedelta(hours=1),
        "place": "Ward 3",
        "at": NOW,
        "version": 2,
    }
    event = the_event(
        booking(interpreter_id="other", start=NOW + timedelta(days=2), version=9, former_assignments=[lost])
    )
    assert (str(event["STATUS"]), int(event["SEQUENCE"]), event.start) == ("CANCELLED", 2, NOW)
