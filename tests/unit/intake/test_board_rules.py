"""What a line of the board says: the one move that shows in each state, what is missing, counts. And of triage: groups, actions, replies."""

from datetime import timedelta
from string import Formatter

import pytest

from services.intake.rules import board, replies, tables, triage
from services.intake.rules.days import until_next_working_day
from services.intake.rules.values import DECLINE_REASONS
from tests.unit.intake.cases import NOW, case, visit


@pytest.mark.parametrize(
    ("status", "shows", "others"),
    [
        ("booked", "arrive", {"no-show", "cancel-patient", "cancel-agency", "cancel-hospital"}),
        ("arrived", "complete", {"leave", "correct-booked"}),
        ("completed", None, {"correct-arrived"}),
        ("no_show", "correct-arrived", {"correct-booked"}),
        ("left", None, {"correct-arrived"}),
        ("cancelled", None, {"correct-booked"}),
    ],
)
def test_one_move_shows_in_each_state(status, shows, others):
    of = case("in_care", visit(status))
    moves = board.moves(of["visits"][0], of, begun=True)
    assert board.next_move(of["visits"][0], moves) == shows
    assert set(moves) - {shows} == others
    assert moves[:1] == ((shows,) if shows else moves[:1])


@pytest.mark.parametrize("case_status", tables.CASE_STATES)
@pytest.mark.parametrize("status", tables.VISIT_STATES)
def test_no_move_is_offered_that_is_not_drawn(case_status, status):
    of = case(case_status, visit(status))
    drawn = tables.visit_commands(of["visits"][0], of)
    for move in board.moves(of["visits"][0], of, begun=True):
        kind, _, what = move.partition("-")
        if kind == "correct":
            assert tables.undo_path(of["visits"][0], of, what)
        else:
            assert (kind if kind == "cancel" else move) in drawn


@pytest.mark.parametrize(
    ("interpreter", "more", "missing"),
    [
        ("confirmed", {}, ()),
        ("provided", {}, ()),
        ("unfilled", {}, ("interpreter",)),
        ("requested", {"unanswered": NOW}, ("interpreter", "answer")),
        ("not_needed", {"cancellation": {"reason": "other", "requested_at": NOW}}, ("answer",)),
    ],
)
def test_what_is_missing(interpreter, more, missing):
    of = case("scheduled", visit(), **more)
    assert board.missing(of["visits"][0], of, interpreter) == missing
    assert board.missing(visit("completed"), of, interpreter) == (), "what is over lacks nothing"


def test_who_is_here_waits_from_when_they_came_and_who_is_not_is_late():
    soon = NOW + timedelta(days=1, minutes=40)
    assert board.clock(visit("arrived", arrived_at=NOW + timedelta(days=1)), soon) == ("waits", ("long", 40))
    assert board.clock(visit("arrived"), soon) == ("waits", ("long", 40)), "a walk-in came when it began"
    assert board.clock(visit("booked"), soon) == ("late", ("very_late", 40))
    assert board.clock(visit("booked"), NOW) is None and board.clock(visit("completed"), soon) is None


def test_counts_are_of_all_that_is_not_cancelled():
    rows = [(visit("booked"), ("interpreter",)), (visit("arrived"), ()), (visit("left"), ()), (visit("cancelled"), ())]
    assert board.counted(rows) == {"all": 3, "to_come": 1, "here": 1, "done": 1, "cancelled": 1, "interpreter": 1}


@pytest.mark.parametrize(
    ("status", "more", "group", "action"),
    [
        ("received", {}, "new", "review"),
        ("received", {"unanswered": NOW}, "new", "review"),
        ("in_review", {}, "us", "accept"),
        ("awaiting_information", {}, "them", "record"),
        ("awaiting_information", {"unanswered": NOW}, "us", "record"),
        ("accepted", {}, "answered", "book"),
        ("accepted", {"unanswered": NOW}, "us", "message"),
        ("scheduled", {"cancellation": {"reason": "other", "requested_at": NOW}}, "us", "cancellation"),
        ("declined", {}, "answered", "open"),
    ],
)
def test_triage_by_whose_turn_it_is(status, more, group, action):
    of = case(status, **more)
    assert (triage.group_of(of), triage.next_action(of)) == (group, action)
    assert action not in triage.menu(of)


def test_what_is_promised_first_counts_and_emergencies_come_before_all():
    early, late = case("received", _id="a", turned_at=NOW), case("received", _id="b", turned_at=NOW + timedelta(days=2))
    emergency = late | {"_id": "c", "request": {"department": "cardiology", "urgency": "emergency"}}
    ordered = triage.in_order([emergency | {"_id": "c"}, late, early])
    assert [each["_id"] for each in ordered] == ["c", "a", "b"]
    both = case("in_review", turned_at=NOW + timedelta(days=3), unanswered=NOW)
    assert triage.promised(both) == triage.promised(case("accepted", unanswered=NOW))
    assert triage.promised(case("accepted")) is None


def test_until_the_next_working_day():
    from datetime import date

    assert until_next_working_day(date(2026, 11, 25)) == [date(2026, 11, 26)]
    assert until_next_working_day(date(2026, 11, 20)) == [date(2026, 11, day) for day in (21, 22, 23, 24)]


def test_replies_stand_in_both_languages_with_fields_that_there_are():
    known = replies.replies()
    names = {reply.name for reply in known}
    assert {(reply.name, reply.language) for reply in known} == {(n, lang) for n in names for lang in replies.LANGUAGES}
    for reply in known:
        assert reply.purpose in replies.PURPOSES and reply.title
        used = {name for _, name, _, _ in Formatter().parse(reply.text) if name}
        assert used <= set(replies.FIELDS) and "agency_reference" in used
        assert (reply.purpose == "decline") == (reply.reason in DECLINE_REASONS)
    assert {reply.purpose for reply in known} == set(replies.PURPOSES)


def test_replies_are_filled_in_the_readers_language_first():
    fields = dict.fromkeys(replies.FIELDS, "") | {"agency_reference": "BKK-1"}
    for language in replies.LANGUAGES:
        filled = replies.replies_for("ask", language, fields)
        assert filled[0].language == language and "BKK-1" in filled[0].text and "{" not in filled[0].text
        assert replies.NO_NAME[language] in filled[0].text, "where nobody is named"
    assert replies.reply_language("ja", False) == "ja" and replies.reply_language("th", True) == "en"
    assert replies.reply_language(None, True) == "ja" and replies.reply_language(None, False) == "en"
