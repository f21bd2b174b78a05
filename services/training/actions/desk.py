"""What the pages of training's people read: the board, people in words, what happened, who waits where. Nothing is changed here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from services.training.actions import accepting, applying, holding, homes, may_read, programmes, standing
from services.training.dependencies import Dependencies
from services.training.rules import board, departments, people, requirements, states
from services.training.rules.requirements import Standing
from shared.auth import Caller
from shared.shares import shared_out

Document = dict[str, Any]
MOST_ROWS = 1000
ACCEPTABLE = (states.SUBMITTED, states.DOCUMENT_CHECK, states.RETURNED, states.UNDER_REVIEW, states.WAITLISTED)
BEFORE_START = (*ACCEPTABLE, *states.BEFORE_START)
HISTORY_LINES = 200


@dataclass(frozen=True)
class Row:
    """An application with what a line about it says; `standings` of its papers today."""

    application: Document
    name: str
    programme: Document
    standings: list[Standing]
    step: board.Step
    late: bool = False

    @property
    def missing(self) -> list[str]:
        """Codes that are the applicant's to bring."""
        return standing.missing_codes(self.standings)

    @property
    def to_check(self) -> list[str]:
        """Codes of papers that wait for the house."""
        return [one.code for one in self.standings if one.turn == requirements.HOSPITAL]

    @property
    def open_papers(self) -> int:
        """How many papers are not settled, whoever's turn they are."""
        return sum(1 for one in self.standings if one.state not in requirements.SETTLED)


@dataclass(frozen=True)
class Happening:
    """One thing that was said of an application; `type` without service and version."""

    time: datetime
    type: str
    data: Document
    by: str


def board_rows(deps: Dependencies, equal: Mapping[str, str], who: Caller, now: datetime) -> dict[str, list[Row]]:
    """Rows by stage, those first whose day comes first; a department sees who comes to it and who is here."""
    own = departments.bound_to(who.roles, who.departments)
    found = deps.store.on_the_board(dict(equal), MOST_ROWS, own)
    if own is not None:
        found = [one for one in found if one["status"] in board.PLACED]
    rows = rows_of(deps, found, who, now)
    staged = [(stage, row) for row in rows if (stage := board.stage_of(row.application, now))]
    return {stage: _in_order(row for named, row in staged if named == stage) for stage in board.STAGES}


def _in_order(rows: Iterable[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (row.application["next"]["by"] or "9", row.application["first_day"] or "9"))


def rows_of(deps: Dependencies, applications: Sequence[Document], who: Caller, now: datetime) -> list[Row]:
    """Many lines: one look-up of keys and one of programmes, however many they are."""
    today = standing.today_of(deps, now)
    known_programmes = deps.store.programmes_by_id(one["programme_id"] for one in applications)
    rows = []
    for one in standing.open_all(deps, homes.known(deps, applications)):
        programme = known_programmes[one.application["programme_id"]]
        known = standing.standings(programme, one, today)
        missing = standing.missing_codes(known)
        step = board.next_step(one.application, missing, today, who.roles, who.departments)
        late = board.is_late(one.application, now)
        rows.append(Row(one.application, people.display_name(one.identity), programme, known, step, late))
    return rows


def drafts(deps: Dependencies, equal: Mapping[str, str]) -> int:
    """How many are being written."""
    return deps.store.count_applications(dict(equal) | {"status": states.DRAFT})


def open_rows(deps: Dependencies, equal: Mapping[str, str], who: Caller, now: datetime) -> list[Row]:
    """Everybody whose application is handed in and not over, for the grid of papers: papers to check first."""
    found = [one for one in deps.store.on_the_board(dict(equal), MOST_ROWS) if one["status"] not in states.OVER]
    rows = [row for row in rows_of(deps, found, who, now) if row.standings]
    return sorted(rows, key=lambda row: (-len(row.to_check), -len(row.missing), row.application["first_day"]))


def history(deps: Dependencies, application_id: str) -> list[Happening]:
    """What was said of it, in time: of a long one the last, and the last of each who acted."""
    latest = [_happening(line) for line in reversed(deps.store.lines_of(application_id))]
    return shared_out(latest, lambda one: one.by, HISTORY_LINES)[::-1]


def changes_since(deps: Dependencies, application_id: str, version: int) -> tuple[Document, list[Happening]]:
    """The application as it is, and what was done after it had that version."""
    application = applying.find_application(deps, application_id)
    return application, _unseen(deps.store.lines_of(application_id), application["version"] - version)


def programme_changes(deps: Dependencies, programme_id: str, version: int) -> tuple[Document, list[Happening]]:
    """The same of a programme."""
    programme = programmes.find_programme(deps, programme_id)
    return programme, _unseen(deps.store.programme_lines(programme_id), programme["version"] - version)


def _unseen(lines: list[Document], saves: int) -> list[Happening]:
    """A save raises the version by one and says all it says under one cause: so many from the end were not seen yet."""
    causes = [list(said) for _, said in groupby(lines, lambda line: line["causationid"])]
    return [_happening(line) for said in causes[-saves:] for line in said] if saves > 0 else []


def _happening(line: Document) -> Happening:
    short = str(line["type"]).removeprefix("training.").rpartition(".v")[0]
    return Happening(line["time"], short, line["data"], line["actor"])


def reviewers(deps: Dependencies) -> dict[str, dict[str, str]]:
    """By step of a review: accounts that may be named for it, with their names."""
    named = deps.store.copies.people_with
    return {"department": named("reviewer", "department", "training"), "chief": named("chief")}


def agreements_for(deps: Dependencies, application: Document) -> list[Document]:
    """Agreements of the partner concerned, with the one that stands already."""
    partner, named = application.get("organization_id"), application.get("agreement_id")
    found = deps.store.copies.agreements_with(partner) if partner else []
    if named and all(one["_id"] != named for one in found) and (own := deps.store.copies.agreement(named)):
        found = [own, *found]
    return found


def waiting_for(deps: Dependencies, who: Caller, now: datetime) -> list[tuple[Row, list[str]]]:
    """Applications whose review waits for this person, with the steps; whose day comes first is first."""
    found = homes.known(deps, deps.store.under_review(MOST_ROWS))
    known = deps.store.programmes_by_id(one["programme_id"] for one in found)
    steps = {one["_id"]: may_read.may_answer(known[one["programme_id"]], one, who) for one in found}
    rows = rows_of(deps, [one for one in found if steps[one["_id"]]], who, now)
    return [(row, steps[row.application["_id"]]) for row in _in_order(rows)]


# decisions


def to_decide(
    deps: Dependencies, equal: Mapping[str, str], who: Caller, now: datetime
) -> dict[str, dict[str, list[Row]]]:
    """By programme: whose review is through (`ready`), who waits for a place (`waiting`), what is not announced (`untold`)."""
    found = [one for one in deps.store.on_the_board(dict(equal), MOST_ROWS) if _decision_groups(one)]
    rows = rows_of(deps, found, who, now)
    groups: dict[str, dict[str, list[Row]]] = {}
    for row in rows:
        for name in _decision_groups(row.application):
            group = groups.setdefault(row.programme["_id"], {"ready": [], "waiting": [], "untold": []})
            group[name].append(row)
    for group in groups.values():
        group["ready"].sort(key=lambda row: (row.application["period_id"], row.application["submitted_at"]))
    return groups


def _decision_groups(application: Document) -> list[str]:
    names = []
    if application["status"] == states.UNDER_REVIEW and not application.get("asked_steps"):
        names.append("ready")
    if application["status"] == states.WAITLISTED:
        names.append("waiting")
    if states.untold(application):
        names.append("untold")
    return names


def waiting_positions(deps: Dependencies, programme: Document) -> dict[str, int]:
    """By application: its place on the waiting list of its period, from 1."""
    guards = deps.store.guards.periods(period["id"] for period in programme["periods"])
    return {
        one["application_id"]: position
        for guard in guards.values()
        for position, one in enumerate(guard["waiting"], start=1)
    }


def sealed_words(deps: Dependencies, application: Document) -> Document:
    """Words the house sealed: of reviewers by step, to the applicant, of the evaluation; None where there are none."""
    key = deps.store.keyring.open(application["_id"])
    returned, decision = application.get("returned"), application.get("decision") or {}
    evaluations, seen = application["evaluations"].items(), (application.get("screening") or {}).get("verified")
    return {
        "reviews": {one["step"]: key.open(f"review/{one['step']}", one["sealed"]) for one in application["reviews"]},
        "returned": key.open("returned", returned["sealed"]) if returned else None,
        "decision": key.open("decision", decision["sealed"]) if decision.get("sealed") else None,
        "screening": key.open("screening", seen["sealed"]) if seen else None,
        "evaluations": {of: key.open(f"evaluation/{of}", one["sealed"]) for of, one in evaluations},
    }


def start_faults(
    deps: Dependencies, one: standing.Opened, programme: Document, rows: Sequence[Standing], today: date
) -> list[str]:
    """Codes of what stands against the start: once it is confirmed all of today, before that what no paper and no day will mend.

    `rows`: how its papers stand today.
    """
    application = one.application
    if application["status"] not in BEFORE_START:
        return []
    agreement = deps.store.copies.agreement(application.get("agreement_id"))
    host = holding.host_of(deps.store, application)
    if application["status"] == states.CONFIRMED:
        return standing.faults_to_start(programme, one, rows, agreement, host, today)
    unready = accepting.faults(one, rows) if application["status"] in ACCEPTABLE else []
    ahead = standing.faults_ahead(programme, one, agreement, host, today)
    return unready + [code for code in ahead if code not in unready]


def programme_of(deps: Dependencies, application: Document) -> Document:
    return deps.store.programmes_by_id([application["programme_id"]])[application["programme_id"]]


def references(deps: Dependencies, ids: Iterable[str]) -> dict[str, str]:
    """By id, for telling which of many."""
    return {id_: one["reference"] for id_, one in deps.store.applications_by_id(ids).items()}
