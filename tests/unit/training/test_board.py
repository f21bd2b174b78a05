"""The board's stages and next acts, days nobody wrote down, the usual papers: plain values."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.training.rules import board, states
from services.training.rules.documents import stored_documents, usual_documents
from services.training.rules.programmes import KINDS
from services.training.rules.turn import with_next

NOW = datetime(2027, 2, 3, tzinfo=UTC)
TODAY = date(2027, 2, 3)
TOLD = {"announced_at": NOW, "outcome": "accepted"}
OFFICE = frozenset({"training"})


def application(status: str, **more: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "status": status,
        "decision": None,
        "hold": None,
        "asked_steps": [],
        "due": None,
        "overdue": None,
        "attendance": [],
        "direction": "in",
        "department": None,
        "rotations": [],
        "first_day": "2027-02-01",
        "last_day": "2027-02-12",
    }
    return plain | more


@pytest.mark.parametrize(
    ("status", "more", "stage"),
    [
        ("draft", {}, None),
        ("submitted", {}, "to_check"),
        ("document_check", {}, "to_check"),
        ("returned", {}, "returned"),
        ("under_review", {"asked_steps": ["chief"]}, "under_review"),
        ("under_review", {}, "to_decide"),
        ("accepted", {"decision": {"announced_at": None}}, "to_announce"),
        ("waitlisted", {"decision": {"announced_at": None}}, "to_announce"),
        ("rejected", {"decision": {"announced_at": None}}, "to_announce"),
        ("rejected", {"decision": TOLD}, None),
        ("accepted", {"decision": TOLD}, "offers"),
        ("waitlisted", {"decision": TOLD}, "waiting"),
        ("confirmed", {"decision": TOLD}, "confirmed"),
        ("deferred", {"decision": TOLD}, "confirmed"),
        ("active", {"decision": TOLD}, "active"),
        ("completed", {"decision": TOLD}, None),
        ("confirmed", {"decision": TOLD, "hold": {"reason": "none"}}, "attention"),
        ("submitted", {"due": NOW - timedelta(seconds=1)}, "attention"),
        ("submitted", {"due": NOW}, "to_check"),
        ("submitted", {"overdue": NOW}, "attention"),
        ("withdrawn", {"hold": {"reason": "none"}}, None),
    ],
)
def test_each_state_has_its_stage(status: str, more: dict[str, Any], stage: str | None) -> None:
    assert board.stage_of(application(status, **more), NOW) == stage


@pytest.mark.parametrize(
    ("status", "more", "missing", "step"),
    [
        ("submitted", {}, [], ("send", "check")),
        ("document_check", {}, [], ("page", "papers")),
        ("under_review", {}, [], ("page", "decide")),
        ("accepted", {"decision": {"announced_at": None}}, [], ("send", "announce")),
        ("confirmed", {"first_day": "2027-02-04"}, ["cv"], ("send", "chase")),
        ("confirmed", {"first_day": "2027-02-04"}, [], ("page", "look")),
        ("confirmed", {}, ["cv"], ("send", "start")),
        ("active", {}, [], ("send", "present")),
        ("active", {"attendance": [{"day": "2027-02-03"}]}, [], ("page", "look")),
        ("active", {"attendance": [{"day": "2027-02-03"}], "last_day": "2027-02-03"}, [], ("send", "complete")),
    ],
)
def test_one_act_comes_next(status: str, more: dict[str, Any], missing: list[str], step: tuple[str, str]) -> None:
    assert board.next_step(application(status, **more), missing, TODAY, OFFICE) == step


def test_who_may_not_only_looks() -> None:
    assert board.next_step(application("submitted"), [], TODAY, frozenset({"chief"})) == ("page", "look")
    ward, here = frozenset({"department"}), application("active", department="cardiology")
    assert board.next_step(here, [], TODAY, ward, {"cardiology", "surgery"}) == ("send", "present")
    assert board.next_step(here, [], TODAY, ward, {"surgery"}) == ("page", "look")
    assert board.next_step(here, [], TODAY, ward) == ("page", "look")
    assert board.next_step(application("submitted"), [], TODAY, frozenset({"admin"})) == ("send", "check")


def test_every_command_of_the_house_is_somebodys() -> None:
    drawn = {move.command for move in states.TRANSITIONS} - {*states.AUTOMATIC, "submit", "resubmit", "defer"}
    assert drawn <= set(board.ROLES_BY_COMMAND)


def test_working_days_without_a_record_up_to_today() -> None:
    known = application("active", attendance=[{"day": "2027-02-02"}])
    assert board.days_without_record(known, TODAY) == ["2027-02-03", "2027-02-01"]
    assert board.days_without_record(known, date(2027, 2, 8))[:3] == ["2027-02-08", "2027-02-05", "2027-02-04"]
    assert board.days_without_record(application("active", first_day=None), TODAY) == []


def test_a_refusal_that_nobody_was_told_of_is_the_offices_turn() -> None:
    plain = application("rejected", decision={"announced_at": None})
    assert with_next(plain, NOW, UTC)["next"]["what"] == "announce"  # type: ignore[arg-type]
    assert with_next(plain | {"decision": TOLD}, NOW, UTC)["next"]["what"] == "nothing"  # type: ignore[arg-type]


def test_usual_papers_are_sound_and_those_of_a_kind_come_first() -> None:
    for one in usual_documents.usual_documents():
        assert stored_documents.requirement_faults(one) == [], one["code"]
        assert set(one["name"]) == {"ja", "en"}
        assert set(one.get("ticked", ())) <= set(KINDS)
    codes = [one["code"] for one in usual_documents.proposed_for("elective")]
    assert len(set(codes)) == len(codes) and codes.index("liability_insurance") < codes.index("licence_copy")
    assert {"tb_test", "influenza", "hepatitis_b", "mmr", "export_control", "visa_letter", "lodging", "fee"} <= set(
        codes
    )


def test_a_reviewer_reads_no_passport_and_nothing_due_after_the_decision() -> None:
    assert board.readable_in_review({"code": "cv"})
    assert not board.readable_in_review({"code": "passport_copy"})
    assert not board.readable_in_review({"code": "tb_test", "stage": "post_decision"})
