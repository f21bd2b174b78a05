"""Applications as the house reads them: one opened whole, many with one look-up of their keys."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from services.training.actions import applying, desk, links, may_read, overlapping_stays, screening, standing
from services.training.actions.programmes import find_programme
from services.training.dependencies import Dependencies
from services.training.rules import decisions, people, states, stored_papers
from services.training.rules.faults import PersonErased
from services.training.store.store import application_filter
from shared.auth import Caller
from shared.clock import rfc3339
from shared.paging import Window
from shared.sealing import Unreadable

Document = dict[str, Any]
SHOWN = ("reference", "status", "next", "programme_id", "kind", "direction", "period_id", "first_day", "last_day", "department", "group_id", "organization_id", "agreement_id", "asked_steps", "version")  # fmt: skip


def page(
    deps: Dependencies,
    equal: dict[str, str],
    statuses: Sequence[str],
    window: Window,
    who: Caller,
) -> list[Document]:
    """A page of applications as they are stored, each with its `overlaps` as this person may know of them."""
    found = deps.store.applications_page(application_filter(equal, statuses), window)
    hints = overlapping_stays.hints(deps, found, who)
    return [one | {"overlaps": [overlapping_stays.plain(hint) for hint in hints.get(one["_id"], ())]} for one in found]


def brief(application: Document) -> Document:
    """What stands in the open; nothing sealed is opened for it."""
    shown = {name: application[name] for name in SHOWN}
    decision, held, certificate = application["decision"], application["held"], application["certificate"]
    return shown | {
        "id": application["_id"],
        "held": held and {"reason": held["reason"], "since": rfc3339(held["since"])},
        "decision": decision and _decision(decision),
        "conditions": [one | {"met_at": one["met_at"] and rfc3339(one["met_at"])} for one in application["conditions"]],
        "reviews": [{"step": one["step"], "verdict": one["verdict"], "at": rfc3339(one["at"])} for one in application["reviews"]],
        "attendance": [{name: one[name] for name in ("day", "attended", "hours", "department")} for one in application["attendance"]],
        "certificate": certificate and _certificate(certificate),
    }  # fmt: skip


def _certificate(certificate: Document) -> Document:
    return {
        "issued_at": certificate["issued_at"] and rfc3339(certificate["issued_at"]),
        "fault": certificate.get("fault"),
    }


def _decision(decision: Document) -> Document:
    times = {name: decision.get(name) and rfc3339(decision[name]) for name in ("at", "announced_at", "answer_by")}
    return {name: decision.get(name) for name in ("outcome", "conditional", "reason")} | times


def view(deps: Dependencies, application: Document, who: Caller, today: date) -> Document:
    """One application, opened whole, as this person may read it: what was written, papers, how everything stands, what may be done."""
    key = deps.store.keyring.open(application["_id"])
    one, programme = standing.opened(application, key), find_programme(deps, application["programme_id"])
    rows = standing.standings(programme, one, today)
    seen = brief(application) | {
        "written": applying.body_under(key, application),
        "papers": one.papers,
        "standings": [stored_papers.plain(row) for row in rows],
        "start_faults": desk.start_faults(deps, one, programme, rows, today),
        "screening": screening.shown(application),
        "overlaps": overlaps_of(deps, application, who),
        "allowed": states.commands(application),
    }
    return may_read.as_read(programme, seen, who.roles)


def overlaps_of(deps: Dependencies, application: Document, who: Caller) -> list[Document]:
    """Other stays of who looks like the same person, as this one may know of them."""
    found = overlapping_stays.hints(deps, [application], who)
    return [overlapping_stays.plain(one) for one in found.get(application["_id"], ())]


def contact(deps: Dependencies, application_id: str) -> Document:
    """How to reach the applicant now; asked by notify while it sends, kept nowhere. Raises NoSuchApplication, PersonErased.

    Each time with a link of its own number: what notify says was sent ends those before.
    """
    application = applying.find_application(deps, application_id)
    try:
        written = applying.body_of(deps, application)
    except Unreadable:
        raise PersonErased() from None
    link, number = links.issue(deps, application, deps.clock())
    return {
        "email": written.get("email"),
        "name": (written.get("name") or {}).get("preferred") or people.display_name(written) or None,
        "language": application["language"],
        "status": decisions.as_told(application, deps.clock()),
        "link": link,
        "link_number": number,
    }
