"""What an application still lacks: documents, passport, permission, screening, agreement; as its programme, the law and the hospital require.

Evaluated at every look, since dates move. `visit_of` accepts other dates, so that a move can show its consequences first.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from services.training.rules import agreements, hands_on, hosts, states
from services.training.rules.documents import duties, passports, requirements, stored_documents, tuberculosis, validity
from services.training.rules.documents.requirements import Requirement, RequirementStatus
from services.training.rules.documents.validity import Visit
from services.training.rules.records.applicants import Identity
from services.training.rules.records.applications import Application
from services.training.rules.records.documents import DecryptedDocument
from services.training.rules.records.programmes import Programme
from services.training.rules.records.read_copies import AgreementCopy, OrganizationCopy
from shared.clock import rfc3339


@dataclass(frozen=True)
class DecryptedApplication:
    """An application with what is needed of its encrypted parts: the documents' dates, the passport, the licence."""

    application: Application
    identity: Identity
    documents: list[DecryptedDocument]


def visit_of(application: Application, first_day: str | None = None, last_day: str | None = None) -> Visit | None:
    """Returns the stay in the hospital's days, or on other dates; None while no dates are planned."""
    first, last = first_day or application.get("first_day"), last_day or application.get("last_day")
    if not first or not last:
        return None
    departments: set[str | None] = {one["department"] for one in application.get("rotations") or ()}
    departments = departments or {application.get("department")}
    applied_on = (application.get("screening") or {}).get("applied_on")
    return Visit(
        date.fromisoformat(first),
        date.fromisoformat(last),
        application["kind"],
        application.get("profession"),
        application.get("nationality"),
        tuple(sorted(code for code in departments if code)),
        date.fromisoformat(applied_on) if applied_on else None,
    )


def requirements_of(programme: Programme, application: Application, visit: Visit) -> list[Requirement]:
    """Returns the programme's documents and those that law and hospital require for this person and stay; before submission those due with it are
    due by the deadline."""
    rules = [stored_documents.requirement_of(one) for one in programme["requirements"]]
    need = screening_need(application, visit)
    duty = duties.screening_duty(claimed_scheme(application)) if need.state == tuberculosis.NEEDED else None
    required = duties.with_duties(rules, visit.kind, application["direction"], duty)
    last = programme.get("apply_until")
    if application["status"] != states.DRAFT or not last:
        return required
    due = min(date.fromisoformat(last), visit.first_day)
    return [replace(one, due_on=due) if one.stage == "application" else one for one in required]


def screening_need(application: Application, visit: Visit) -> tuberculosis.Need:
    """Returns whether the tuberculosis screening before entry is needed for this stay; an exemption counts once it is verified.

    Only incoming trainees need it.
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


def verified_scheme(application: Application) -> str | None:
    """Returns the exempt scheme for which the office has seen proof, or None."""
    scheme, proof = application.get("exempt_scheme"), (application.get("screening") or {}).get("verified")
    return scheme if scheme and proof and proof["scheme"] == scheme else None


def claimed_scheme(application: Application) -> str | None:
    """Returns the exempt scheme that is claimed and not verified, or None."""
    return None if verified_scheme(application) else application.get("exempt_scheme")


def documents_of(one: DecryptedApplication) -> list[validity.SubmittedDocument]:
    return [stored_documents.document_of(document) for document in one.documents]


def statuses(programme: Programme, one: DecryptedApplication, today: date) -> list[RequirementStatus]:
    """Returns the state of every required document; nothing while no dates are planned."""
    visit = visit_of(one.application)
    if visit is None:
        return []
    rules = requirements_of(programme, one.application, visit)
    return requirements.statuses(rules, documents_of(one), visit, today)


def start_faults(
    programme: Programme,
    one: DecryptedApplication,
    rows: Sequence[RequirementStatus],
    agreement: AgreementCopy | None,
    host: OrganizationCopy | None,
    today: date,
) -> list[str]:
    """Returns the codes of everything that prevents the start today. `rows`: the states of its documents today."""
    visit = visit_of(one.application)
    if visit is None:
        return ["no_dates"]
    faults = [] if visit.first_day <= today <= visit.last_day else ["not_in_period"]
    faults += [f"paper:{row.code}" for row in rows if _prevents_start(row, today)]
    return faults + foreseeable_faults(programme, one, agreement, host, today)


def foreseeable_faults(
    programme: Programme,
    one: DecryptedApplication,
    agreement: AgreementCopy | None,
    host: OrganizationCopy | None,
    today: date,
) -> list[str]:
    """Returns the same without documents and today's date: what would prevent the start on any day, to be shown long before."""
    application, visit = one.application, visit_of(one.application)
    if visit is None:
        return []
    stopped = hosts.reason_against(host) if application["direction"] == "out" else None
    faults = [stopped] if stopped else []
    if agreements.hold_reason(application, agreement) or (application.get("hold") and not stopped):
        faults.append("held")
    faults += [f"condition:{one_['code'] or one_['id']}" for one_ in application["conditions"] if not one_["met_at"]]
    return faults + legal_faults(programme, one, visit, today)


def legal_faults(programme: Programme, one: DecryptedApplication, visit: Visit, today: date) -> list[str]:
    """Returns codes: the passport of anyone who crosses a border, and what the Act requires for hands-on training."""
    faults = []
    if one.application["direction"] != "own":
        faults += [fault.code for fault in passport_faults(one, visit)]
    faults += [fault.code for fault in hands_on.hands_on_faults(hands_on_facts(programme, one), visit, today)]
    return faults


def passport_faults(one: DecryptedApplication, visit: Visit) -> list[passports.Fault]:
    """Returns what is wrong with the passport for this stay: not known, or it ends before the last day."""
    until = (one.identity.get("passport") or {}).get("expires_on")
    return passports.passport_faults(date.fromisoformat(until) if until else None, visit.first_day, visit.last_day)


def hands_on_facts(programme: Programme, one: DecryptedApplication) -> hands_on.Applicant:
    """Returns what is known for hands-on training: licence, permission, supervisor."""
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
            date.fromisoformat(until) if (until := designation.get("until")) else None,
        )
        if designation
        else None,
    )


def missing_codes(rows: Iterable[RequirementStatus], owner: str = "applicant") -> list[str]:
    """Returns the documents that this owner has to provide."""
    return [row.code for row in rows if row.turn == owner]


def _prevents_start(row: RequirementStatus, today: date) -> bool:
    """Whether a document is not settled and due: a season's vaccine may be due after the start."""
    return row.state not in requirements.SETTLED and (row.due is None or row.due <= today)


def screening_status(application: Application) -> dict[str, object] | None:
    """Returns the screening as readers of the application see it; None while no dates are planned, and for stays that are not incoming.

    `verified` of an exemption: the office saw proof; `source_verified`: the line of the table was read on a ministry's own page.
    """
    visit = visit_of(application)
    if visit is None or application["direction"] != "in":
        return None
    need, proof = screening_need(application, visit), (application.get("screening") or {}).get("verified")
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
        "verified_at": rfc3339(proof["at"]) if verified and proof else None,
        "applied_on": (application.get("screening") or {}).get("applied_on"),
    }
