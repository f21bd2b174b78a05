"""What an application still lacks: documents, passport, permission, screening, agreement; as its programme, the law and the hospital require.

Evaluated at every look, since dates move. `visit_of` accepts other dates, so that a move can show its consequences first.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from services.training.rules import agreements, hands_on, hosts, states
from services.training.rules.documents import duties, passports, requirements, stored_documents, tuberculosis, validity
from services.training.rules.documents.requirements import Requirement, RequirementStatus
from services.training.rules.documents.validity import Visit
from shared.clock import rfc3339

Document = dict[str, Any]


@dataclass(frozen=True)
class DecryptedApplication:
    """An application with what is needed of its sealed parts: the papers' dates, the passport, the licence."""

    application: Document
    identity: Document
    documents: list[Document]


def visit_of(application: Mapping[str, Any], **moved: str) -> Visit | None:
    """The stay, with the hospital's days; None where none is planned yet."""
    about = dict(application) | moved
    if not about.get("first_day") or not about.get("last_day"):
        return None
    departments = {one["department"] for one in about.get("rotations") or ()} or {about.get("department")}
    applied_on = (about.get("screening") or {}).get("applied_on")
    return Visit(
        date.fromisoformat(about["first_day"]),
        date.fromisoformat(about["last_day"]),
        about["kind"],
        about.get("profession"),
        about.get("nationality"),
        tuple(sorted(code for code in departments if code)),
        date.fromisoformat(applied_on) if applied_on else None,
    )


def requirements_of(programme: Document, application: Mapping[str, Any], visit: Visit) -> list[Requirement]:
    """The programme's papers, and what law and house add for this person and stay; what goes with an application is due with it."""
    rules = [stored_documents.requirement_of(one) for one in programme["requirements"]]
    need = screening_need(application, visit)
    duty = duties.screening_duty(claimed_scheme(application)) if need.state == tuberculosis.NEEDED else None
    asked = duties.with_duties(rules, visit.kind, application["direction"], duty)
    last = programme.get("apply_until")
    if application["status"] != states.DRAFT or not last:
        return asked
    due = min(date.fromisoformat(last), visit.first_day)
    return [replace(one, due_on=due) if one.stage == "application" else one for one in asked]


def screening_need(application: Mapping[str, Any], visit: Visit) -> tuberculosis.Need:
    """Whether the tuberculosis screening before entry is asked of this person for this stay; an exemption counts once it is verified.

    Asked of who comes to us alone.
    """
    if application["direction"] != "in":
        return tuberculosis.Need(tuberculosis.NOT_NEEDED, "not_coming")
    return tuberculosis.certificate_needed(
        application.get("nationality") or "",
        application.get("residence"),
        visit.first_day,
        visit.last_day,
        tuberculosis.screening_table(),
        applied_on=visit.applied_on,
        scheme=verified_scheme(application),
    )


def verified_scheme(application: Mapping[str, Any]) -> str | None:
    """The exempt scheme somebody comes under, where the office has seen proof of just that one."""
    scheme, seen = application.get("exempt_scheme"), (application.get("screening") or {}).get("verified") or {}
    return scheme if scheme and seen.get("scheme") == scheme else None


def claimed_scheme(application: Mapping[str, Any]) -> str | None:
    """The exempt scheme that is said to apply, while nobody has verified it."""
    return None if verified_scheme(application) else application.get("exempt_scheme")


def documents_of(one: DecryptedApplication) -> list[validity.SubmittedDocument]:
    return [stored_documents.document_of(paper) for paper in one.documents]


def statuses(programme: Document, one: DecryptedApplication, today: date, **moved: str) -> list[RequirementStatus]:
    """How every paper stands; nothing where no dates are planned."""
    visit = visit_of(one.application, **moved)
    if visit is None:
        return []
    rules = requirements_of(programme, one.application, visit)
    return requirements.statuses(rules, documents_of(one), visit, today)


def start_faults(
    programme: Document,
    one: DecryptedApplication,
    rows: Sequence[RequirementStatus],
    agreement: Document | None,
    host: Document | None,
    today: date,
) -> list[str]:
    """Codes of everything that refuses the start today. `rows`: how its papers stand today."""
    visit = visit_of(one.application)
    if visit is None:
        return ["no_dates"]
    faults = [] if visit.first_day <= today <= visit.last_day else ["not_in_period"]
    faults += [f"paper:{row.code}" for row in rows if _prevents_start(row, today)]
    return faults + foreseeable_faults(programme, one, agreement, host, today)


def foreseeable_faults(
    programme: Document, one: DecryptedApplication, agreement: Document | None, host: Document | None, today: date
) -> list[str]:
    """The same without papers and today: what would refuse the start whenever it came, to be told long before."""
    application, visit = one.application, visit_of(one.application)
    if visit is None:
        return []
    stopped = hosts.reason_against(host) if application["direction"] == "out" else None
    faults = [stopped] if stopped else []
    if agreements.hold_reason(application, agreement) or (application.get("hold") and not stopped):
        faults.append("held")
    faults += [f"condition:{one_['code'] or one_['id']}" for one_ in application["conditions"] if not one_["met_at"]]
    return faults + legal_faults(programme, one, visit, today)


def legal_faults(programme: Document, one: DecryptedApplication, visit: Visit, today: date) -> list[str]:
    """Passport of whoever crosses a border, and for hands-on training what the Act asks; codes."""
    faults = []
    if one.application["direction"] != "own":
        faults += [fault.code for fault in passport_faults(one, visit)]
    faults += [fault.code for fault in hands_on.hands_on_faults(hands_on_facts(programme, one), visit, today)]
    return faults


def passport_faults(one: DecryptedApplication, visit: Visit) -> list[passports.Fault]:
    """What is wrong with the passport for this stay: nothing known of it, or it ends before the last day."""
    until = (one.identity.get("passport") or {}).get("expires_on")
    return passports.passport_faults(date.fromisoformat(until) if until else None, visit.first_day, visit.last_day)


def hands_on_facts(programme: Document, one: DecryptedApplication) -> hands_on.Applicant:
    """What is known of who wants to lay hands on patients: licence, permission, supervisor."""
    licensed = (one.identity.get("licence") or {}).get("licensed_on")
    office = one.application.get("hands_on") or {}
    supervisor = office.get("supervisor") or programme.get("supervisor")
    permission, designation = office.get("permission"), programme.get("designation")
    return hands_on.Applicant(
        one.application.get("profession") or "",
        date.fromisoformat(licensed) if licensed else None,
        hands_on.Permission(
            permission["number"], date.fromisoformat(permission["from"]), date.fromisoformat(permission["until"])
        )
        if permission
        else None,
        hands_on.Supervisor(supervisor["name"], frozenset(supervisor.get("designated_for") or ()))
        if supervisor
        else None,
        bool(office.get("languages_shown")),
        hands_on.Designation(
            designation["number"],
            date.fromisoformat(designation["from"]),
            date.fromisoformat(designation["until"]) if designation.get("until") else None,
        )
        if designation
        else None,
    )


def missing_codes(rows: Iterable[RequirementStatus], owner: str = "applicant") -> list[str]:
    """Papers that are this owner's turn."""
    return [row.code for row in rows if row.turn == owner]


def _prevents_start(row: RequirementStatus, today: date) -> bool:
    """A paper not settled whose day is due: a season's vaccine may come after the start."""
    return row.state not in requirements.SETTLED and (row.due is None or row.due <= today)


def screening_status(application: Document) -> Document | None:
    """How it stands, for who reads the application; None while no days are planned, and for who does not come to us.

    `verified` of an exemption: the office saw proof; `source_verified`: the line of the table was read in a ministry's own page.
    """
    visit = visit_of(application)
    if visit is None or application["direction"] != "in":
        return None
    need, seen = screening_need(application, visit), (application.get("screening") or {}).get("verified") or {}
    scheme, verified = application.get("exempt_scheme"), verified_scheme(application)
    return {
        "state": need.state,
        "reason": need.reason,
        "since": need.since.isoformat() if need.since else None,
        "source": need.source,
        "source_verified": need.verified,
        "as_of": need.as_of.isoformat() if need.as_of else None,
        "scheme": scheme,
        "verified": bool(verified),
        "verified_at": rfc3339(seen["at"]) if verified else None,
        "applied_on": (application.get("screening") or {}).get("applied_on"),
    }
