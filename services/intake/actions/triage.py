"""Triage: cases that wait for an answer, grouped and in order of their due time; one referral with what is needed to answer it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.intake.actions import record_search, views
from services.intake.actions.access import case_to_read
from services.intake.actions.search_results import Item
from services.intake.dependencies import Dependencies
from services.intake.rules import replies, triage
from services.intake.rules.records import Case, Clinical, Identity, Organization, OrganizationContact
from services.intake.rules.response_times import TimeStatus
from shared.sealing import DataKey
from shared.shares import shared_out

MAX_SHOWN, MAX_READ = 100, 300
FIRST_WORDS = 160


@dataclass(frozen=True)
class Referral:
    """One row of triage; `person` is empty where the data were erased."""

    case: Case
    person: Identity
    agency: str | None
    reason: str
    by: datetime | None
    time_status: TimeStatus | None
    since: datetime
    action: str
    menu: tuple[str, ...]


@dataclass(frozen=True)
class Group:
    """`count` may be more than are shown; MAX_COUNTED stands for that many or more."""

    name: str
    referrals: Sequence[Referral]
    count: int


def groups(deps: Dependencies, now: datetime) -> list[Group]:
    """Returns all groups, what is due first at the top, with a share for each agency; names and agencies take one query each."""
    found = _found(deps, now)
    by_group = {
        name: shared_out(triage.in_order(cases), lambda case: case.get("organization_id"), MAX_SHOWN)
        for name, cases in found.items()
    }
    by_id = referrals_by_id(deps, [case for cases in by_group.values() for case in cases], now)
    return [
        Group(name, [by_id[case["_id"]] for case in by_group[name]], _count(deps, name, found)) for name in by_group
    ]


def _found(deps: Dependencies, now: datetime) -> dict[str, list[Case]]:
    waiting = deps.store.worklists
    cases = {case["_id"]: case for status in triage.GROUP_OF for case in waiting.oldest_of_each(status, MAX_READ)}
    cases |= {case["_id"]: case for case in waiting.oldest("accepted", MAX_READ)}
    cases |= {case["_id"]: case for case in waiting.owed(MAX_READ)}
    since = now - triage.ANSWERED_FOR
    cases |= {case["_id"]: case for case in waiting.changed_since(("declined",), since, MAX_SHOWN)}
    found: dict[str, list[Case]] = {name: [] for name in triage.GROUPS}
    for case in cases.values():
        found[triage.group_of(case)].append(case)
    return found


def _count(deps: Dependencies, name: str, found: Mapping[str, Sequence[Case]]) -> int:
    """Counts in the database only where there may be more cases than were read."""
    if len(found[name]) < MAX_READ:
        return len(found[name])
    status = next((status for status, group in triage.GROUP_OF.items() if group == name), "accepted")
    return max(len(found[name]), deps.store.worklists.count(status))


def referrals_by_id(deps: Dependencies, cases: Sequence[Case], now: datetime) -> dict[str, Referral]:
    """Returns referrals by case id; keys and agencies take one query each."""
    keys = deps.store.keyring.open_many([case["_id"] for case in cases])
    agencies = deps.store.copies.organization_names(
        case["organization_id"] for case in cases if case.get("organization_id")
    )
    return {case["_id"]: _line(case, keys.get(case["_id"]), agencies, now) for case in cases}


def _line(case: Case, key: DataKey | None, agencies: Mapping[str, str], now: datetime) -> Referral:
    person: Identity = key.open("identity", case["sealed"]["identity"]) if key else {}
    clinical: Clinical = key.open("clinical", case["sealed"]["clinical"]) if key else {}
    return Referral(
        case,
        person,
        agencies.get(case.get("organization_id") or ""),
        _first_words(clinical.get("reason") or ""),
        triage.promised(case),
        triage.answer_status_of(case, now),
        triage.since(case),
        triage.next_action(case),
        triage.menu(case),
    )


def _first_words(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= FIRST_WORDS else line[: FIRST_WORDS - 1].rstrip() + "…"


def answer_view(deps: Dependencies, case_id: str, now: datetime) -> tuple[Referral, views.View, list[Item]]:
    """Returns a referral, its case as the front desk sees it, and possible duplicates. Raises NoSuchCase."""
    case = case_to_read(deps, case_id)
    referral = referrals_by_id(deps, [case], now)[case_id]
    open_to_hints = not case.get("patient_id") and bool(referral.person)
    hints = record_search.duplicates_of_case(deps, case_id) if open_to_hints else []
    return referral, views.view(deps, case, views.DESK), hints


def referral(deps: Dependencies, case_id: str, now: datetime) -> Referral:
    """Returns a referral in its current state. Raises NoSuchCase."""
    return referrals_by_id(deps, [case_to_read(deps, case_id)], now)[case_id]


def replies_for(deps: Dependencies, case: Case, department: str, clerk: str) -> dict[str, list[replies.Reply]]:
    """Returns reply templates by purpose, those in the agency contact's language first."""
    organization_id = case.get("organization_id")
    about = deps.store.copies.organization(organization_id) if organization_id else Organization()
    contacts = about.get("contacts") or [OrganizationContact()]
    language = replies.reply_language(contacts[0].get("language"), case["channel"] in ("japanese_clinic", "from_ward"))
    fields = {
        "organization": about.get("name") or "",
        "agency_reference": case.get("agency_reference") or case["reference"],
        "reference": case["reference"],
        "department": department,
        "clerk": clerk,
    }
    return {purpose: replies.replies_for(purpose, language, fields) for purpose in replies.PURPOSES}
