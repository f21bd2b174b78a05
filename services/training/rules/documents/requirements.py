"""Documents a programme requires, as rules relative to the visit: checked again whenever its dates move, never decided once and stored.

Not here: whether one document fits (validity.py), how they are stored (stored_documents.py).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from services.training.rules.documents.passports import stay_days
from services.training.rules.documents.validity import (
    ALWAYS,
    Reason,
    SubmittedDocument,
    Validity,
    Value,
    Visit,
    expected_dates,
    misfits,
    season_of,
    seasons,
)

OWNERS = ("applicant", "partner", "funder", "training", "department")
STAGES = ("application", "decision", "post_decision")
"""`application`: needed for submission; `decision`: before a place is given; `post_decision`: a condition of an offer."""
STATES = ("missing", "refused", "expires", "to_check", "accepted", "not_needed")
"""From worst to best; a document to check that will not fit is between `expires` and `to_check`."""
SETTLED = frozenset({"accepted", "not_needed"})
HOSPITAL = "hospital"
DUE_DAYS = 14


@dataclass(frozen=True, slots=True)
class AppliesTo:
    """Whom it is required of: any of each; empty is everybody. What is not known of a visit counts as a match."""

    kinds: tuple[str, ...] = ()
    professions: tuple[str, ...] = ()
    nationalities: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    min_days: int = 0


@dataclass(frozen=True, slots=True)
class Requirement:
    """One document a programme requires. `owner`: who provides it; `stage`: one of STAGES; `due_on`: a day that has precedence over the days
    counted from the start; `claimed`: an exemption that is claimed and was not verified, so that a document is neither here nor missing."""

    code: str
    name: Mapping[str, str]
    owner: str = "applicant"
    stage: str = "application"
    due_days_before_start: int = DUE_DAYS
    validity: Validity = ALWAYS
    applies_to: AppliesTo = AppliesTo()
    due_on: date | None = None
    claimed: str | None = None


@dataclass(frozen=True, slots=True)
class RequirementStatus:
    """The state of one requirement for one visit. `turn`: whose, None when settled; `due`: the last day that serves, None when settled; `wanted`:
    what a document must have to fit, while open (issued_from, valid_from, valid_until, doses, interval_days)."""

    code: str
    state: str
    stage: str
    owner: str
    turn: str | None = None
    due: date | None = None
    overdue: bool = False
    reason: Reason | None = None
    wanted: dict[str, Value] = field(default_factory=dict)
    paper: str | None = None


class WorsenedRequirement(NamedTuple):
    """A requirement whose state gets worse when a visit moves."""

    code: str
    before: RequirementStatus
    after: RequirementStatus


def statuses(
    requirements: Iterable[Requirement], documents: Iterable[SubmittedDocument], visit: Visit, today: date
) -> list[RequirementStatus]:
    """Returns the state of every requirement, in the programme's order."""
    known = list(documents)
    return [
        status_of(
            requirement, [document for document in known if document.requirement == requirement.code], visit, today
        )
        for requirement in requirements
    ]


def status_of(
    requirement: Requirement, documents: Sequence[SubmittedDocument], visit: Visit, today: date
) -> RequirementStatus:
    """Returns the state of one requirement; of several documents the one in the best state counts, of equals the last submitted."""
    if reason := _not_needed(requirement, visit):
        return RequirementStatus(requirement.code, "not_needed", requirement.stage, requirement.owner, reason=reason)
    found = [(_state_of(document, requirement.validity, visit, today), document) for document in documents]
    if not found and requirement.claimed:
        claim = Reason("exemption_unverified", {"scheme": requirement.claimed})
        return _open_status(requirement, "to_check", visit, today, claim, None)
    if not found:
        return _open_status(requirement, "missing", visit, today, None, None)
    (state, reason), document = max(reversed(found), key=lambda row: _rank(*row[0]))
    if state == "accepted":
        return RequirementStatus(requirement.code, state, requirement.stage, requirement.owner, paper=document.id)
    return _open_status(requirement, state, visit, today, reason, document)


def is_needed(requirement: Requirement, visit: Visit) -> bool:
    """Whether it is required for this visit at all."""
    return _not_needed(requirement, visit) is None


def worsened_by_move(
    old_rules: Iterable[Requirement],
    new_rules: Iterable[Requirement],
    documents: Sequence[SubmittedDocument],
    old_visit: Visit,
    new_visit: Visit,
    today: date,
) -> list[WorsenedRequirement]:
    """Returns what gets worse when the visit moves: a worse state (also: newly required), or the same with its due day passed. First due first.

    What only the longer stay requires is in `new_rules` alone: before the move it was not needed.
    """
    before = {row.code: row for row in statuses(old_rules, documents, old_visit, today)}
    after = statuses(new_rules, documents, new_visit, today)
    pairs = [
        (before.get(new.code) or RequirementStatus(new.code, "not_needed", new.stage, new.owner), new) for new in after
    ]
    worse = [WorsenedRequirement(old.code, old, new) for old, new in pairs if _is_worse(old, new)]
    return sorted(worse, key=lambda row: (row.after.due or date.max, row.code))


def _is_worse(old: RequirementStatus, new: RequirementStatus) -> bool:
    """Whether the move makes it worse. What is newly required and accepted already is no work for anybody."""
    if new.state in SETTLED:
        return False
    ranks = _rank(old.state, old.reason), _rank(new.state, new.reason)
    return ranks[1] < ranks[0] or (ranks[0] == ranks[1] and new.overdue and not old.overdue)


def _rank(state: str, reason: Reason | None) -> float:
    """Returns the rank: a document to check that will not fit is better than an accepted one that does not, worse than one that fits."""
    return STATES.index(state) - (0.5 if state == "to_check" and reason else 0)


def _open_status(
    requirement: Requirement,
    state: str,
    visit: Visit,
    today: date,
    reason: Reason | None,
    document: SubmittedDocument | None,
) -> RequirementStatus:
    due = _due(requirement, visit, today)
    turn = HOSPITAL if state == "to_check" else requirement.owner
    wanted = expected_dates(requirement.validity, visit, today)
    known = document.id if document else None
    return RequirementStatus(
        requirement.code, state, requirement.stage, requirement.owner, turn, due, due < today, reason, wanted, known
    )


def _due(requirement: Requirement, visit: Visit, today: date) -> date:
    """Returns the named day, else so many days before the start, or before the season where that starts later."""
    if requirement.due_on:
        return requirement.due_on
    season = season_of(requirement.validity.season, visit, today)
    start = max(visit.first_day, season.since) if season else visit.first_day
    return start - timedelta(days=requirement.due_days_before_start)


def _state_of(document: SubmittedDocument, validity: Validity, visit: Visit, today: date) -> tuple[str, Reason | None]:
    if document.status == "refused":
        return "refused", Reason("refused", {"why": document.why or ""})
    misfit = next(misfits(document, validity, visit, today), None)
    if document.status == "accepted":
        return ("expires", misfit) if misfit else ("accepted", None)
    return "to_check", misfit


def _not_needed(requirement: Requirement, visit: Visit) -> Reason | None:
    to, days = requirement.applies_to, stay_days(visit.first_day, visit.last_day)
    if to.kinds and visit.kind not in to.kinds:
        return Reason("other_kind", {"kind": visit.kind})
    if visit.profession and to.professions and visit.profession not in to.professions:
        return Reason("other_profession", {"profession": visit.profession})
    if visit.nationality and to.nationalities and visit.nationality not in to.nationalities:
        return Reason("other_nationality", {"nationality": visit.nationality})
    if visit.departments and to.departments and not set(visit.departments) & set(to.departments):
        return Reason("other_department", {})
    if days < to.min_days:
        return Reason("short_stay", {"days": days, "min_days": to.min_days})
    season = requirement.validity.season
    if season and not seasons(season, visit):
        return Reason("out_of_season", {"since": season.since, "until": season.until})
    return None
