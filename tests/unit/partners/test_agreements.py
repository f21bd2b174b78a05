"""States and validation of agreements, and whether one is in force: tables, without a server."""

from datetime import date
from typing import Any

import pytest

from services.partners.rules import agreements as rules
from shared.errors import IllegalMove, InvalidInput

ALLOWED_MOVES = {
    ("draft", "submit", "in_review"),
    ("draft", "abandon", "abandoned"),
    ("in_review", "sign", "signed"),
    ("in_review", "abandon", "abandoned"),
    ("signed", "activate", "active"),
    ("active", "terminate", "terminated"),
}
COMMANDS_OF_ACTIVE = {"terminate", "renew", "give-notice"}
OPEN: dict[str, Any] = {"term": "open_ended", "ends": None}
RENEWING: dict[str, Any] = {"term": "self_renewing", "renews_months": 12}


def agreement(**other: Any) -> dict[str, Any]:
    """A contract of three years that is active."""
    return {
        "kind": "contract",
        "parent_id": None,
        "organization_ids": ["one"],
        "quota": [],
        "status": "active",
        "term": "fixed",
        "starts": "2024-04-01",
        "ends": "2027-03-31",
        "renews_months": None,
        "notice_months": None,
        "notice_given_on": None,
        "terminates_on": None,
    } | other


@pytest.mark.parametrize("status", rules.MOVES)
@pytest.mark.parametrize("command", ["submit", "sign", "activate", "terminate", "abandon"])
def test_only_allowed_moves(status: str, command: str) -> None:
    allowed = {(was, by): to for was, by, to in ALLOWED_MOVES}.get((status, command))
    if allowed:
        assert rules.next_status(agreement(status=status), command) == allowed
        return
    with pytest.raises(IllegalMove) as refused:
        rules.next_status(agreement(status=status), command)
    more = {"renew"} if status == "active" else set()
    assert set(refused.value.allowed) == {by for was, by, _ in ALLOWED_MOVES if was == status} | more


def test_every_state_is_reachable_and_the_last_four_are_final() -> None:
    reached = {to for _, _, to in ALLOWED_MOVES} | {to for states in rules.AUTOMATIC_MOVES.values() for to in states}
    assert reached | {"draft"} == set(rules.MOVES)
    assert {status for status, moves in rules.MOVES.items() if not moves} == set(rules.ENDED)


@pytest.mark.parametrize(
    ("other", "commands"),
    [
        (RENEWING, COMMANDS_OF_ACTIVE),
        (RENEWING | {"notice_given_on": "2026-01-01"}, {"terminate", "renew"}),
        (RENEWING | {"terminates_on": "2026-12-01"}, {"terminate", "renew"}),
        ({}, {"terminate", "renew"}),
        (OPEN, {"terminate", "renew"}),
        ({"status": "expired"}, set()),
    ],
)
def test_notice_can_be_given_of_a_self_renewing_agreement(other: dict[str, Any], commands: set[str]) -> None:
    assert set(rules.commands(agreement(**other))) == commands


@pytest.mark.parametrize(
    ("other", "first", "last", "in_force"),
    [
        ({}, "2026-01-01", "2026-12-31", True),
        ({}, "2024-04-01", "2027-03-31", True),
        ({}, "2024-03-31", "2024-04-10", False),
        ({}, "2027-03-31", "2027-04-01", False),
        ({"status": "signed"}, "2024-04-01", "2024-05-01", True),
        ({"status": "signed"}, "2024-03-31", "2024-05-01", False),
        *(({"status": status}, "2026-01-01", "2026-01-02", False) for status in rules.MOVES if status not in ("signed", "active")),
        (OPEN, "2090-01-01", "2090-02-01", True),
        (OPEN | {"terminates_on": "2090-02-02"}, "2090-01-01", "2090-02-01", True),
        (OPEN | {"terminates_on": "2090-02-01"}, "2090-01-01", "2090-02-01", False),
        (OPEN | {"starts": "2090-01-02"}, "2090-01-01", "2090-02-01", False),
        (RENEWING, "2027-03-01", "2035-01-01", True),
        (RENEWING | {"notice_given_on": "2026-12-01"}, "2027-03-01", "2027-03-31", True),
        (RENEWING | {"notice_given_on": "2026-12-01"}, "2027-03-01", "2027-04-01", False),
        (RENEWING | {"terminates_on": "2027-03-20"}, "2027-03-01", "2027-03-19", True),
        (RENEWING | {"terminates_on": "2027-03-20"}, "2027-03-01", "2027-03-20", False),
        ({"terminates_on": "2026-06-01"}, "2026-06-01", "2026-06-01", False),
    ],
)  # fmt: skip
def test_whether_it_is_in_force_for_a_whole_stay(other: dict[str, Any], first: str, last: str, in_force: bool) -> None:
    assert rules.in_force(agreement(**other), date.fromisoformat(first), date.fromisoformat(last)) is in_force


@pytest.mark.parametrize(
    ("other", "pointers"),
    [
        ({}, set()),
        ({"organization_ids": []}, {"#/organization_ids"}),
        ({"organization_ids": [], "kind": "accreditation"}, set()),
        ({"kind": "annex"}, {"#/parent_id"}),
        ({"kind": "annex", "parent_id": "x"}, set()),
        ({"parent_id": "x"}, {"#/parent_id"}),
        ({"ends": None}, {"#/ends"}),
        ({"ends": "2024-03-31"}, {"#/ends"}),
        ({"ends": "2024-04-01"}, set()),
        ({"term": "open_ended"}, {"#/ends"}),
        (OPEN, set()),
        ({"term": "self_renewing"}, {"#/renews_months"}),
        ({"term": "self_renewing", "ends": None}, {"#/renews_months", "#/ends"}),
        (RENEWING, set()),
        ({"renews_months": 12}, {"#/renews_months"}),
        ({"starts": "1026-04-01", "ends": "9999-12-31"}, {"#/starts", "#/ends"}),
        ({"quota": [{"direction": "in", "year": 2026, "people": n} for n in (1, 2)]}, {"#/quota/1"}),
        ({"quota": [{"direction": direction, "year": 2026, "people": 1} for direction in ("in", "out")]}, set()),
        ({"kind": "annex", "organization_ids": [], "term": "self_renewing"}, {"#/parent_id", "#/organization_ids", "#/renews_months"}),
    ],
)  # fmt: skip
def test_every_fault_is_named(other: dict[str, Any], pointers: set[str]) -> None:
    assert {pointer for pointer, _ in rules.find_faults(agreement(**other))} == pointers


def test_signed_terms_cannot_be_edited() -> None:
    for status in ("draft", "in_review"):
        rules.check_edit(agreement(status=status), rules.FIXED_BY_SIGNATURE)
    for status in ("signed", "active"):
        rules.check_edit(agreement(status=status), ["title", "owner", "ends", "quota"])
        with pytest.raises(rules.TermsAreSigned, match="starts, term"):
            rules.check_edit(agreement(status=status), ["title", "term", "starts"])
    for status in rules.ENDED:
        with pytest.raises(IllegalMove):
            rules.check_edit(agreement(status=status), [])


def test_signatures_are_in_the_past_and_include_our_side() -> None:
    ours = {"side": "ours", "name": "A", "title": "Director"}
    rules.check_signing([ours], "2026-11-23", "2026-11-23")
    with pytest.raises(InvalidInput) as refused:
        rules.check_signing([{**ours, "side": "theirs", "signed_on": "2026-11-24"}], "2026-11-25", "2026-11-23")
    pointers = {pointer for pointer, _ in refused.value.errors}
    assert pointers == {"#/signatories/0/signed_on", "#/signed_on", "#/signatories"}


@pytest.mark.parametrize(("on", "valid"), [("2024-03-31", False), ("2024-04-01", True), ("2027-03-31", True), ("2027-04-01", False)])  # fmt: skip
def test_the_termination_is_within_the_term(on: str, valid: bool) -> None:
    if valid:
        rules.check_end(agreement(), on)
        return
    with pytest.raises(InvalidInput):
        rules.check_end(agreement(), on)


@pytest.mark.parametrize(("on", "valid"), [("2024-03-31", False), ("2026-11-23", True), ("2026-11-24", False)])
def test_the_notice_is_within_the_term_and_not_in_the_future(on: str, valid: bool) -> None:
    if valid:
        rules.check_notice(agreement(), on, "2026-11-23")
        return
    with pytest.raises(InvalidInput):
        rules.check_notice(agreement(), on, "2026-11-23")
