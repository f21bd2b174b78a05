"""The lists on the pages of training's staff: the board, documents to check, reviews, decisions to make or announce. Reads only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.training.actions import access, application_records
from services.training.dependencies import Dependencies
from services.training.rules import board, departments, people, readiness, states
from services.training.rules.documents import requirements
from services.training.rules.documents.requirements import RequirementStatus
from services.training.rules.records.applications import Application
from services.training.rules.records.programmes import Programme
from shared.auth import Caller

MAX_ROWS = 1000


@dataclass(frozen=True)
class ApplicationRow:
    """An application with what a row shows; `statuses` of its documents today."""

    application: Application
    name: str
    programme: Programme
    statuses: list[RequirementStatus]
    step: board.Step
    late: bool = False

    @property
    def missing(self) -> list[str]:
        """Codes of the documents the applicant has to provide."""
        return readiness.missing_codes(self.statuses)

    @property
    def to_check(self) -> list[str]:
        """Codes of the documents to be checked by the office."""
        return [one.code for one in self.statuses if one.turn == requirements.HOSPITAL]

    @property
    def open_documents(self) -> int:
        """How many documents are not settled, whoever has to act."""
        return sum(1 for one in self.statuses if one.state not in requirements.SETTLED)


def board_rows(
    deps: Dependencies, equal: Mapping[str, str], who: Caller, now: datetime
) -> dict[str, list[ApplicationRow]]:
    """Returns rows by stage, the earliest date first; a department sees who is coming and who is here."""
    own = departments.visible_departments(who.roles, who.departments)
    found = deps.store.board_applications(dict(equal), MAX_ROWS, own)
    if own is not None:
        found = [one for one in found if one["status"] in board.PLACED]
    rows = rows_of(deps, found, who, now)
    staged = [(stage, row) for row in rows if (stage := board.stage_of(row.application, now))]
    return {stage: _by_urgency(row for named, row in staged if named == stage) for stage in board.STAGES}


def _by_urgency(rows: Iterable[ApplicationRow]) -> list[ApplicationRow]:
    return sorted(rows, key=lambda row: (row.application["next"]["by"] or "9", row.application["first_day"] or "9"))


def rows_of(
    deps: Dependencies, applications: Sequence[Application], who: Caller, now: datetime
) -> list[ApplicationRow]:
    """Returns rows with one look-up of keys and one of programmes for all."""
    today = application_records.today_of(deps, now)
    known_programmes = deps.store.programmes_by_id(one["programme_id"] for one in applications)
    rows = []
    for one in application_records.decrypt_all(deps, access.with_homes(deps, applications)):
        programme = known_programmes[one.application["programme_id"]]
        known = readiness.statuses(programme, one, today)
        missing = readiness.missing_codes(known)
        step = board.next_step(one.application, missing, today, who.roles, who.departments)
        late = board.is_late(one.application, now)
        rows.append(ApplicationRow(one.application, people.display_name(one.identity), programme, known, step, late))
    return rows


def count_drafts(deps: Dependencies, equal: Mapping[str, str]) -> int:
    """Returns how many drafts there are."""
    return deps.store.count_applications(dict(equal) | {"status": states.DRAFT})


def open_rows(deps: Dependencies, equal: Mapping[str, str], who: Caller, now: datetime) -> list[ApplicationRow]:
    """Returns everybody whose application is submitted and not over, for the table of documents: documents to check first."""
    found = [one for one in deps.store.board_applications(dict(equal), MAX_ROWS) if one["status"] not in states.OVER]
    rows = [row for row in rows_of(deps, found, who, now) if row.statuses]
    return sorted(rows, key=lambda row: (-len(row.to_check), -len(row.missing), row.application["first_day"]))


def reviews_for(deps: Dependencies, who: Caller, now: datetime) -> list[tuple[ApplicationRow, list[str]]]:
    """Returns the applications that wait for this person's review, with the steps; the earliest date first."""
    found = access.with_homes(deps, deps.store.applications_under_review(MAX_ROWS))
    known = deps.store.programmes_by_id(one["programme_id"] for one in found)
    steps = {one["_id"]: access.answerable_steps(known[one["programme_id"]], one, who) for one in found}
    rows = rows_of(deps, [one for one in found if steps[one["_id"]]], who, now)
    return [(row, steps[row.application["_id"]]) for row in _by_urgency(rows)]


# decisions


def to_decide(
    deps: Dependencies, equal: Mapping[str, str], who: Caller, now: datetime
) -> dict[str, dict[str, list[ApplicationRow]]]:
    """Returns, by programme, applications whose review is complete (`ready`), on the waiting list (`waiting`), decided but not announced
    (`unannounced`)."""
    found = [one for one in deps.store.board_applications(dict(equal), MAX_ROWS) if _decision_groups(one)]
    rows = rows_of(deps, found, who, now)
    groups: dict[str, dict[str, list[ApplicationRow]]] = {}
    for row in rows:
        for name in _decision_groups(row.application):
            group = groups.setdefault(row.programme["_id"], {"ready": [], "waiting": [], "unannounced": []})
            group[name].append(row)
    for group in groups.values():
        group["ready"].sort(key=lambda row: (row.application["period_id"], row.application["submitted_at"]))
    return groups


def _decision_groups(application: Application) -> list[str]:
    names = []
    if application["status"] == states.UNDER_REVIEW and not application.get("asked_steps"):
        names.append("ready")
    if application["status"] == states.WAITLISTED:
        names.append("waiting")
    if states.is_unannounced(application):
        names.append("unannounced")
    return names


def waiting_positions(deps: Dependencies, programme: Programme) -> dict[str, int]:
    """Returns, by application, its position on the waiting list of its period, from 1."""
    occupancy = deps.store.occupancy.periods(period["id"] for period in programme["periods"])
    return {
        one["application_id"]: position
        for record in occupancy.values()
        for position, one in enumerate(record["waiting"], start=1)
    }
