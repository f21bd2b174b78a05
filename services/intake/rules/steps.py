"""Chooses the next step for a case among all its state table allows. Pure functions; texts and buttons are in the pages."""

from datetime import datetime
from typing import NamedTuple

from services.intake.rules.records import Case, Visit
from services.intake.rules.tables import case_commands, visit_commands


class Step(NamedTuple):
    """`what` is a command on the case, or on the visit named; `tell` stands for telling the patient when to come."""

    what: str
    visit_id: str | None = None


NOTHING = Step("nothing")
UNDECIDED = {"received": "review", "in_review": "accept", "awaiting_information": "record-information"}


def first_step(case: Case, tomorrow: datetime) -> Step:
    """Returns the next step. `tomorrow` is the end of the hospital's day: a patient booked for later is not expected yet."""
    if case.get("cancellation"):
        return Step("answer-cancellation")
    if case["status"] in UNDECIDED:
        return Step(UNDECIDED[case["status"]])
    if case["status"] == "accepted":
        return Step("visits")
    if case["status"] not in ("scheduled", "in_care"):
        return NOTHING
    return _of_visits(case, tomorrow)


def _of_visits(case: Case, tomorrow: datetime) -> Step:
    """Returns the step for a patient who is here, else for one due today, else for a later visit; with no visit left, completes the case."""
    in_time = sorted(case["visits"], key=lambda visit: visit["start"])
    here = [visit for visit in in_time if visit["status"] == "arrived"]
    booked = [visit for visit in in_time if visit["status"] == "booked"]
    if here:
        return Step("complete-visit", here[0]["id"])
    if booked:
        return Step("arrive" if booked[0]["start"] < tomorrow else "tell", booked[0]["id"])
    return Step("complete")


def other_commands(case: Case, step: Step) -> list[str]:
    """Returns the other commands, in the table's order, without booking and messages, which have their own place on the page."""
    elsewhere = {"visits", "no-reply-needed", step.what} | (
        {"cancel", "refuse-cancellation"} if step.what == "answer-cancellation" else set()
    )
    return [command for command in case_commands(case) if command not in elsewhere]


VISIBLE = {"booked": "arrive", "arrived": "complete"}
ON_THE_DAY = ("arrive", "no-show")


def visit_steps(visit: Visit, case: Case, tomorrow: datetime) -> tuple[str | None, list[str]]:
    """Returns the visible command of a visit and the others. Arrival and no-show are possible from the visit's day on."""
    early = visit["start"] >= tomorrow
    commands = [command for command in visit_commands(visit, case) if not (early and command in ON_THE_DAY)]
    first = VISIBLE.get(visit["status"])
    return (first if first in commands else None), [command for command in commands if command != first]
