"""The one thing to do next with a case, among all that its state table allows. Pure; words and buttons are the page's."""

from datetime import datetime
from typing import Any, NamedTuple

from services.intake.rules.tables import case_commands, visit_commands

Case = dict[str, Any]
Visit = dict[str, Any]


class Step(NamedTuple):
    """`what` is a command on the case, or on the visit where one is named; `tell` is to let the patient know when to come."""

    what: str
    visit_id: str | None = None


NOTHING = Step("nothing")
UNDECIDED = {"received": "review", "in_review": "accept", "awaiting_information": "record-information"}


def first_step(case: Case, tomorrow: datetime) -> Step:
    """`tomorrow` is when the hospital's day ends: who is booked for later is not waited for yet."""
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
    """Who is here is seen first, then who comes today, then who is told when to come; with nobody awaited the case is completed."""
    in_time = sorted(case["visits"], key=lambda visit: visit["start"])
    here = [visit for visit in in_time if visit["status"] == "arrived"]
    booked = [visit for visit in in_time if visit["status"] == "booked"]
    if here:
        return Step("complete-visit", here[0]["id"])
    if booked:
        return Step("arrive" if booked[0]["start"] < tomorrow else "tell", booked[0]["id"])
    return Step("complete")


def other_commands(case: Case, step: Step) -> list[str]:
    """What else may be done with the case, in the table's order; booking has its own place beside the visits, messages theirs."""
    shown = {"visits", "no-reply-needed", step.what} | (
        {"cancel", "refuse-cancellation"} if step.what == "answer-cancellation" else set()
    )
    return [command for command in case_commands(case) if command not in shown]


VISIBLE = {"booked": "arrive", "arrived": "complete"}
ON_THE_DAY = ("arrive", "no-show")


def visit_steps(visit: Visit, case: Case, tomorrow: datetime) -> tuple[str | None, list[str]]:
    """The visible command of a visit, and the others; nobody comes, or does not, before the day."""
    early = visit["start"] >= tomorrow
    commands = [command for command in visit_commands(visit, case) if not (early and command in ON_THE_DAY)]
    first = VISIBLE.get(visit["status"])
    return (first if first in commands else None), [command for command in commands if command != first]
