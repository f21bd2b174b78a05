"""The state table of bookings: every state with every command and every event of a visit."""

import itertools

import pytest

from services.interpreting.rules import states
from services.interpreting.rules.states import (
    CANCELLED,
    COMPLETED,
    CONFIRMED,
    IN_PROGRESS,
    OFFERED,
    REQUESTED,
    STATES,
    UNFILLED,
    CommandNotAllowed,
)

DRAWN = {
    (REQUESTED, OFFERED), (OFFERED, CONFIRMED), (CONFIRMED, IN_PROGRESS), (IN_PROGRESS, COMPLETED),
    (REQUESTED, CONFIRMED), (REQUESTED, IN_PROGRESS), (OFFERED, REQUESTED),
    (REQUESTED, UNFILLED), (OFFERED, UNFILLED), (UNFILLED, REQUESTED), (UNFILLED, CONFIRMED),
    (CONFIRMED, REQUESTED), (CONFIRMED, COMPLETED),
    (REQUESTED, CANCELLED), (OFFERED, CANCELLED), (UNFILLED, CANCELLED), (CONFIRMED, CANCELLED), (CANCELLED, REQUESTED),
}  # fmt: skip
BACK = {
    (IN_PROGRESS, CONFIRMED),
    (COMPLETED, IN_PROGRESS),
    (COMPLETED, CONFIRMED),
    (COMPLETED, REQUESTED),
}
ALLOWED = {
    REQUESTED: ["assign", "cancel", "offer"],
    OFFERED: ["assign", "cancel", "offer"],
    UNFILLED: ["assign", "cancel", "offer"],
    CONFIRMED: ["assign", "cancel", "release", "start"],
    IN_PROGRESS: ["complete", "correct"],
    COMPLETED: [],
    CANCELLED: [],
}


@pytest.mark.parametrize(("status", "to"), list(itertools.product(STATES, STATES)))
def test_only_what_is_drawn_may_move(status: str, to: str) -> None:
    assert states.can_change(status, to) == ((status, to) in DRAWN)
    assert states.can_change(status, to, correcting=True) == ((status, to) in DRAWN | BACK)


@pytest.mark.parametrize(("command", "status"), list(itertools.product(states.COMMANDS, STATES)))
def test_every_command_in_every_state(command: str, status: str) -> None:
    if command in ALLOWED[status]:
        states.require(command, status)
        return
    with pytest.raises(CommandNotAllowed) as refused:
        states.require(command, status)
    assert refused.value.allowed == ALLOWED[status]


@pytest.mark.parametrize(("event", "status"), list(itertools.product(states.VISIT_EFFECTS, STATES)))
def test_what_a_visit_does_is_drawn_and_every_end_has_an_outcome(event: str, status: str) -> None:
    followed = states.visit_effect(event, status)
    if followed is None:
        return
    to, outcome = followed
    assert states.can_change(status, to)
    assert (outcome in states.OUTCOMES) == (to == COMPLETED)


@pytest.mark.parametrize(
    ("event", "status", "then"),
    [
        ("completed", IN_PROGRESS, (COMPLETED, "done")),
        ("completed", CONFIRMED, (COMPLETED, "done")),
        ("completed", UNFILLED, None),
        ("no_show", CONFIRMED, (COMPLETED, "patient_no_show")),
        ("no_show", UNFILLED, (CANCELLED, None)),
        ("left", IN_PROGRESS, (COMPLETED, "cut_short")),
        ("left", CONFIRMED, (COMPLETED, "not_needed")),
        ("left", UNFILLED, None),
        ("completed", OFFERED, (UNFILLED, None)),
        ("left", OFFERED, (UNFILLED, None)),
        ("no_show", OFFERED, (CANCELLED, None)),
        ("cancelled", CONFIRMED, (CANCELLED, None)),
        ("cancelled", UNFILLED, (CANCELLED, None)),
        ("cancelled", CANCELLED, None),
        ("not_needed", IN_PROGRESS, (COMPLETED, "cut_short")),
        ("not_needed", REQUESTED, (CANCELLED, None)),
    ],
)
def test_named_cases(event: str, status: str, then: tuple[str, str | None] | None) -> None:
    assert states.visit_effect(event, status) == then


@pytest.mark.parametrize(("visit", "status"), list(itertools.product(states.CORRECTION_EFFECTS, STATES)))
def test_a_correction_goes_back_only_as_far_as_the_visit(visit: str, status: str) -> None:
    for started in (False, True):
        to = states.correction_effect(visit, status, started)
        if to is not None:
            assert states.can_change(status, to, correcting=True)
        assert (to == IN_PROGRESS) == (visit == "arrived" and status == COMPLETED and started)
        assert states.correction_effect("completed", status, started) is None
