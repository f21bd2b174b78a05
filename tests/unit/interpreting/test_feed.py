"""The calendar feed at every time of an interpreter's life: valid to a strict reader, and what ended says so in its title."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from services.interpreting.rules import feed, states

NOW = datetime(2026, 11, 24, tzinfo=UTC)
TOKYO = ZoneInfo("Asia/Tokyo")
ME, OTHER = "me", "other"


def booking(number: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "_id": f"0197f0a0-0000-7000-8000-{number:012d}",
        "interpreter_id": ME,
        "status": "confirmed",
        "start": NOW,
        "end": NOW + timedelta(hours=1),
        "place": "Ward 3",
        "reference": "R-26-00427-K",
        "language": "uz",
        "version": 3,
        "requested_at": NOW,
        **more,
    }


def lost(**more: Any) -> dict[str, Any]:
    return {"interpreter_id": ME, "start": NOW, "end": NOW + timedelta(hours=1), "place": "Ward 3", "at": NOW, "version": 4, **more}  # fmt: skip


def checked(feed_bytes: bytes) -> Any:
    """The feed read, after what a strict reader asks of it (RFC 5545, 3.1, 3.4, 3.6)."""
    assert feed_bytes.endswith(b"END:VCALENDAR\r\n")
    assert feed_bytes.count(b"\n") == feed_bytes.count(b"\r\n") == feed_bytes.count(b"\r"), "lines end as CRLF"
    lines = feed_bytes.split(b"\r\n")
    assert all(len(line) <= 75 for line in lines), "folded by octets"
    unfolded = feed_bytes.replace(b"\r\n ", b"").decode()  # a fold inside a letter joins again
    assert "\x00" not in unfolded
    read: Any = Calendar.from_ical(feed_bytes)
    read.validate()
    assert read.errors == [] and all(part.errors == [] for part in read.walk())
    assert (str(read["VERSION"]), str(read["METHOD"])) == ("2.0", "PUBLISH")
    uids = [str(event["UID"]) for event in read.events]
    assert len(uids) == len(set(uids))
    known = {str(zone["TZID"]) for zone in read.timezones}
    for zone in read.timezones:
        assert zone.subcomponents, "a zone has a rule at least"
        assert all(
            rule[name] is not None for rule in zone.subcomponents for name in ("DTSTART", "TZOFFSETFROM", "TZOFFSETTO")
        )
    for event in read.events:
        assert event["DTSTAMP"] and event["UID"] and event["LAST-MODIFIED"]
        assert event.end > event.start
        assert event["DTSTART"].params.get("TZID") in known | {None}
    return read


ENDED = {
    "given to somebody else": booking(interpreter_id=OTHER, former_assignments=[lost()], version=9),
    "released": booking(interpreter_id=None, status="requested", former_assignments=[lost()], version=5),
    "released, and nobody found": booking(interpreter_id=None, status="unfilled", former_assignments=[lost()], version=6),
    "released, and asked of others": booking(interpreter_id=None, status="offered", former_assignments=[lost()], version=7),
    "released, then cancelled": booking(interpreter_id=None, status="cancelled", former_assignments=[lost()], version=8),
    "given away, and done by another": booking(interpreter_id=OTHER, status="completed", outcome="done", former_assignments=[lost()]),
    "cancelled": booking(status="cancelled"),
    "opened again with nobody": booking(status="requested"),
    "over before it began": booking(status="completed", outcome="not_needed"),
    "cut short": booking(status="completed", outcome="cut_short"),
    "nobody came": booking(status="completed", outcome="patient_no_show"),
    "done": booking(status="completed", outcome="done"),
}  # fmt: skip


@pytest.mark.parametrize("how", ENDED)
def test_a_title_says_that_it_ended_in_both_languages(how: str) -> None:
    (event,) = checked(feed.calendar(ME, [ENDED[how]], TOKYO, NOW)).events
    title = str(event["SUMMARY"])
    assert title.startswith("【") and "】" in title and title.endswith("通訳 ウズベク語 Uzbek")
    assert any(word in title for word in ("Cancelled", "Released", "No interpreter needed", "Finished"))
    assert str(event["TRANSP"]) == "TRANSPARENT", "the time is free again"


@pytest.mark.parametrize("status", sorted(states.ASSIGNED))
def test_a_title_says_nothing_while_it_stands(status: str) -> None:
    (event,) = checked(feed.calendar(ME, [booking(status=status)], TOKYO, NOW)).events
    assert str(event["SUMMARY"]) == "通訳 ウズベク語 Uzbek"
    assert (str(event["STATUS"]), str(event["TRANSP"])) == ("CONFIRMED", "OPAQUE")


def test_every_state_and_every_outcome_has_a_title_or_stands() -> None:
    for status in states.STATES:
        for outcome in (None, *states.OUTCOMES):
            (event,) = checked(feed.calendar(ME, [booking(status=status, outcome=outcome)], TOKYO, NOW)).events
            stands = str(event["SUMMARY"]).startswith("通訳")
            assert stands == (status in states.ASSIGNED)


@pytest.mark.parametrize(
    "zone", ["Asia/Tokyo", "UTC", "Etc/GMT-13", "Europe/Dublin", "America/New_York", "Asia/Kathmandu"]
)
def test_an_empty_calendar_has_a_component(zone: str) -> None:
    read = checked(feed.calendar(ME, [], ZoneInfo(zone), NOW))
    assert read.events == []
    assert [str(one["TZID"]) for one in read.timezones] == [zone]
    assert checked(feed.calendar(ME, [booking()], ZoneInfo(zone), NOW)).events


ANY_TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=200) | st.sampled_from(
    ["a;b,c\\d:e\"f", "北" * 100, "👨‍👩‍👧‍👦" * 30, "\\n", "END:VEVENT", "ก" * 76, "x" * 74 + "é", "a\nb", "Ward 3;\r\nEND:VEVENT"]
)  # fmt: skip


@settings(deadline=None, derandomize=True, max_examples=30)
@given(st.lists(st.tuples(ANY_TEXT, ANY_TEXT, st.sampled_from([*ENDED])), max_size=6))
def test_a_feed_is_valid_whatever_is_in_it(rows: list[tuple[str, str, str]]) -> None:
    bookings = [
        ENDED[how] | {"_id": f"b{at}", "place": place, "reference": words}
        for at, (place, words, how) in enumerate(rows)
    ]
    read = checked(feed.calendar(ME, bookings, TOKYO, NOW))
    told = {str(event["UID"]): str(event["DESCRIPTION"]) for event in read.events}
    assert told == {f"b{at}": words.replace("\r\n", "\n") for at, (_, words, _) in enumerate(rows)}
