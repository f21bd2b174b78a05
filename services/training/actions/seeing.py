"""An application as its applicant sees it: what is missing, its papers one by one, what the house wrote, whose turn it is, by when.

What is decided but not announced looks like what is not decided: state, turn and day are made of what was told alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from services.training.actions import applying, standing
from services.training.dependencies import Dependencies
from services.training.rules import (
    decisions,
    hands_on,
    programmes,
    report,
    requirements,
    states,
    stored_papers,
    turn,
    validity,
)
from services.training.rules.faults import NotComplete
from services.training.rules.passports import Fault
from services.training.rules.requirements import Requirement, Standing
from shared.clock import parse_rfc3339

Document = dict[str, Any]
DECIDED_WITHIN = timedelta(days=sum(turn.PROMISED_DAYS[what] for what in ("check", "check_papers", "review", "decide", "announce")))  # fmt: skip
"""What was promised for each step from handing in to the letter; the same for all, whatever is decided already."""


@dataclass(frozen=True)
class Row:
    """A paper that is asked for, how it stands, and what was handed in for it, the last first."""

    asked: Requirement
    standing: Standing
    papers: list[Document] = field(default_factory=list)


@dataclass(frozen=True)
class Seen:
    """`state` as told; `by` a moment or a day (ISO); `missing` as (pointer, what is expected) of the written part; `hints`: what would
    refuse the start one day and is the applicant's to mend."""

    application: Document
    programme: Document
    body: Document
    state: str
    by: datetime | str | None
    missing: list[tuple[str, str]]
    rows: list[Row]
    others: list[Document]
    message: str | None
    hints: list[Fault] = field(default_factory=list)

    @property
    def lacking(self) -> list[Row]:
        """What is due with the application, the applicant's to bring, and not here: it cannot be handed in without."""
        return [row for row in self.open_papers if row.asked.stage == "application"]

    @property
    def editable(self) -> bool:
        return self.state in states.EDITABLE

    @property
    def open_papers(self) -> list[Row]:
        """What the applicant still has to bring."""
        return [row for row in self.rows if row.standing.turn == "applicant"]


def see(deps: Dependencies, application: Document, programme: Document, now: datetime) -> Seen:
    """Everything the applicant's page shows."""
    opened = standing.opened(application, deps.store.keyring.open(application["_id"]))
    body = applying.body_of(deps, application)
    rows, others = rows_of(programme, opened, standing.today_of(deps, now))
    state = decisions.as_told(application, now)
    missing = missing_of(deps, programme, body, application, now) if state in states.EDITABLE else []
    by = by_of(application, programme, state, rows)
    message, hints = (
        message_of(deps, application, state),
        hints_of(programme, opened, state, standing.today_of(deps, now)),
    )
    return Seen(application, programme, body, state, by, missing, rows, others, message, hints)


def hints_of(programme: Document, opened: standing.Opened, state: str, today: date) -> list[Fault]:
    """Of the passport, and the licence of who is to lay hands on patients; nothing once it is over, or while no days are planned."""
    visit = standing.visit_of(opened.application)
    if visit is None or state in states.OVER or opened.application["direction"] == "own":
        return []
    found = standing.passport_faults(opened, visit)
    of_law = hands_on.hands_on_faults(standing.hands_on_facts(programme, opened), visit, today)
    return found + [fault for fault in of_law if fault.code.startswith("licence_")]


def missing_of(
    deps: Dependencies, programme: Document, body: Document, application: Document, now: datetime
) -> list[tuple[str, str]]:
    """What keeps it from being handed in, but for papers and the deadline."""
    try:
        applying.check_whole(deps, programme, body, application, now)
    except NotComplete as incomplete:
        return incomplete.errors
    return []


def plan_faults(programme: Document, plan: Mapping[str, Any], today: date) -> list[tuple[str, str]]:
    """What in a plan does not fit its period; nothing while it is not whole. A profession is the other step's."""
    if not (plan.get("period_id") and plan.get("first_day") and plan.get("last_day")):
        return []
    found = programmes.fit_faults(programme, plan, today)
    return [(pointer, detail) for pointer, detail in found if pointer != "#/profession"]


def rows_of(programme: Document, opened: standing.Opened, today: date) -> tuple[list[Row], list[Document]]:
    """Papers asked for, and those that were handed in for nothing that is asked."""
    application, visit = opened.application, standing.visit_of(opened.application)
    if visit is None:
        asked = [stored_papers.requirement_of(one) for one in programme["requirements"]]
    else:
        asked = standing.requirements_of(programme, application, visit)
    if (
        visit
        and application["status"] in (states.ACTIVE, states.COMPLETED)
        and all(one.code != report.CODE for one in asked)
    ):
        asked.append(report.asked_after(visit.first_day, visit.last_day))
    rows = [_row(one, opened, visit, today) for one in asked]
    codes = {one.code for one in asked}
    return rows, [paper for paper in opened.papers if paper["requirement"] not in codes]


def _row(asked: Requirement, opened: standing.Opened, visit: validity.Visit | None, today: date) -> Row:
    given = [paper for paper in opened.papers if paper["requirement"] == asked.code]
    known = [stored_papers.paper_of(paper) for paper in given]
    stands = requirements.evaluate(asked, known, visit, today) if visit else _undated(asked, known)
    return Row(asked, stands, given[::-1])


def _undated(asked: Requirement, papers: Sequence[validity.Paper]) -> Standing:
    """While no days are planned nothing can be said but what was handed in."""
    state = papers[-1].status if papers else "missing"
    reason = validity.Reason("refused", {"why": papers[-1].why or ""}) if state == "refused" else None
    whose = {"accepted": None, "to_check": requirements.HOSPITAL}.get(state, asked.owner)
    return Standing(asked.code, state, asked.stage, asked.owner, whose, reason=reason)


def by_of(application: Document, programme: Document, state: str, rows: Sequence[Row]) -> datetime | str | None:
    """By when whoever's turn it is has promised, or has to."""
    if state == states.DRAFT:
        deadline: datetime | None = programme["deadline"]
        return deadline
    if state == states.UNDER_REVIEW:
        return application["submitted_at"] + DECIDED_WITHIN if application["submitted_at"] else None
    if state == states.LAPSED:
        return None
    if state == states.CONFIRMED:
        due = [row.standing.due for row in rows if row.standing.turn == "applicant" and row.standing.due]
        return min(due).isoformat() if due else str(application["first_day"])
    told = application["next"]["by"]
    return parse_rfc3339(told) if told else None


def message_of(deps: Dependencies, application: Document, state: str) -> str | None:
    """What the house wrote with a return or a refusal."""
    block, kept = {
        states.RETURNED: ("returned", application.get("returned")),
        states.REJECTED: ("decision", application.get("decision")),
    }.get(state, ("", None))
    if not kept or not kept.get("sealed"):
        return None
    told: str = deps.store.keyring.open(application["_id"]).open(block, kept["sealed"])
    return told or None


def evaluation_of(deps: Dependencies, application: Document) -> Document:
    """What the trainee said of the programme so far, as the form has it."""
    given = (application.get("evaluations") or {}).get("programme")
    if not given:
        return {}
    text = deps.store.keyring.open(application["_id"]).open("evaluation/programme", given["sealed"])
    return {"scores": given["scores"], "text": text}


def shown_rotations(application: Document, programme: Document) -> list[Document]:
    """Rotations as the applicant planned them: the one that follows from the plan itself is none of theirs."""
    rotations: list[Document] = application.get("rotations") or []
    whole = (programme["department"], application["first_day"], application["last_day"])
    if len(rotations) == 1 and tuple(rotations[0][name] for name in ("department", "first_day", "last_day")) == whole:
        return []
    return rotations
