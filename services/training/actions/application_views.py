"""One application for staff, as far as they may read it, and its address for notify; hints on overlapping stays; its history. Reads only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any, NamedTuple

from services.training.actions import access, agreements, application_records, links
from services.training.actions.programmes import find_programme
from services.training.dependencies import Dependencies
from services.training.rules import decisions, overlaps, people, readiness, states
from services.training.rules.documents import stored_documents
from services.training.rules.documents.requirements import RequirementStatus
from services.training.rules.faults import PersonErased
from services.training.rules.records.applications import Application, Certificate, Decision, StayFields
from services.training.rules.records.programmes import Programme
from services.training.rules.records.read_copies import AgreementCopy, EventEntry
from services.training.store.store import Store, application_filter
from shared.auth import Caller
from shared.clock import rfc3339
from shared.paging import Window
from shared.sealing import Unreadable
from shared.shares import shared_out

SUMMARY_FIELDS = ("reference", "status", "next", "programme_id", "kind", "direction", "period_id", "first_day", "last_day", "department", "group_id", "organization_id", "agreement_id", "asked_steps", "version")  # fmt: skip


class ApplicationRow(Application):
    """An application with its overlaps, for a list."""

    overlaps: list[dict[str, object]]


def applications_page(
    deps: Dependencies,
    equal: dict[str, str],
    statuses: Sequence[str],
    window: Window,
    who: Caller,
) -> list[ApplicationRow]:
    """Returns a page of applications as stored, each with the `overlaps` that this person may know of."""
    found = deps.store.applications_page(application_filter(equal, statuses), window)
    hints = overlap_hints(deps, found, who)
    return [{**one, "overlaps": [hint_to_json(hint) for hint in hints.get(one["_id"], ())]} for one in found]


def summary(application: Application) -> dict[str, object]:
    """Returns the fields that are not encrypted."""
    stored: Mapping[str, object] = application
    fields = {name: stored[name] for name in SUMMARY_FIELDS}
    decision, hold, certificate = application["decision"], application["hold"], application["certificate"]
    return fields | {
        "id": application["_id"],
        "held": hold and {"reason": hold["reason"], "since": rfc3339(hold["since"])},
        "decision": decision and _decision_summary(decision),
        "conditions": [one | {"met_at": one["met_at"] and rfc3339(one["met_at"])} for one in application["conditions"]],
        "reviews": [{"step": one["step"], "verdict": one["verdict"], "at": rfc3339(one["at"])} for one in application["reviews"]],
        "attendance": [{name: one[name] for name in ("day", "attended", "hours", "department")} for one in application["attendance"]],
        "certificate": certificate and _certificate_summary(certificate),
    }  # fmt: skip


def _certificate_summary(certificate: Certificate) -> dict[str, object]:
    return {
        "issued_at": certificate["issued_at"] and rfc3339(certificate["issued_at"]),
        "fault": certificate.get("fault"),
    }


def _decision_summary(decision: Decision) -> dict[str, object]:
    times = {"at": decision["at"], "announced_at": decision["announced_at"], "answer_by": decision["answer_by"]}
    return {
        "outcome": decision["outcome"],
        "conditional": decision["conditional"],
        "reason": decision["reason"],
        **{name: time and rfc3339(time) for name, time in times.items()},
    }


def staff_view(deps: Dependencies, application: Application, who: Caller, today: date) -> dict[str, object]:
    """Returns one application, decrypted, as this person may read it: its fields, documents and their states, possible commands."""
    key = deps.store.keyring.open(application["_id"])
    one, programme = application_records.decrypted(application, key), find_programme(deps, application["programme_id"])
    rows = readiness.statuses(programme, one, today)
    seen = summary(application) | {
        "written": application_records.body_under(key, application),
        "papers": one.documents,
        "standings": [stored_documents.status_to_json(row) for row in rows],
        "start_faults": start_faults(deps, one, programme, rows, today),
        "screening": readiness.screening_status(application),
        "overlaps": overlaps_of(deps, application, who),
        "allowed": states.commands(application),
    }
    return access.as_readable(programme, seen, who.roles)


def overlaps_of(deps: Dependencies, application: Application, who: Caller) -> list[dict[str, object]]:
    """Returns other stays of the same person, as the caller may know of them."""
    found = overlap_hints(deps, [application], who)
    return [hint_to_json(one) for one in found.get(application["_id"], ())]


def contact(deps: Dependencies, application_id: str) -> dict[str, object]:
    """Returns how to reach the applicant now: notify asks for it while it sends, and nothing stores it. Raises NoSuchApplication, PersonErased.

    Each call issues a link with a number of its own; once notify reports it as sent, earlier ones are no longer valid.
    """
    application = application_records.find_application(deps, application_id)
    try:
        written = application_records.body_of(deps, application)
    except Unreadable:
        raise PersonErased() from None
    link, number = links.issue(deps, application, deps.clock())
    return {
        "email": written.get("email"),
        "name": (written.get("name") or {}).get("preferred") or people.display_name(written) or None,
        "language": application["language"],
        "status": decisions.status_for_applicant(application, deps.clock()),
        "link": link,
        "link_number": number,
    }


MAX_OVERLAPS = 20


class OverlapHint(NamedTuple):
    """An overlap for one reader; without `other` where they may not read that application."""

    other: StayFields | None
    first_day: str | None = None
    last_day: str | None = None
    by: tuple[str, ...] = ()


def overlap_hints(deps: Dependencies, applications: Sequence[Application], who: Caller) -> dict[str, list[OverlapHint]]:
    """Returns, by application that has any, its overlaps as this person may know of them."""
    found = overlaps_in(deps.store, applications)
    if access.can_read_all(who.roles):
        return {id_: [OverlapHint(*one) for one in rows] for id_, rows in found.items()}
    others = access.with_homes(deps, {one.other["_id"]: one.other for rows in found.values() for one in rows}.values())
    programmes = deps.store.programmes_by_id(other["programme_id"] for other in others)
    readable = {other["_id"] for other in others if access.can_read(programmes[other["programme_id"]], other, who)}
    return {
        id_: [OverlapHint(*one) if one.other["_id"] in readable else OverlapHint(None) for one in rows]
        for id_, rows in found.items()
    }


def hints_for_dates(
    deps: Dependencies, application: Application, first_day: str, last_day: str, who: Caller
) -> list[OverlapHint]:
    """Returns its overlaps if its stay were on other dates."""
    moved = application | {"first_day": first_day, "last_day": last_day}
    return overlap_hints(deps, [moved], who).get(application["_id"], [])


def overlaps_in(store: Store, applications: Sequence[Application]) -> dict[str, list[overlaps.Overlap]]:
    """Returns, by application that has any, all its overlaps; within the transaction of `store` where there is one."""
    looked_at = [one for one in applications if overlaps.has_days(one)]
    keys = sorted({key for one in looked_at for key in one.get("match_keys") or ()})
    if not keys:
        return {}
    first, last = min(one["first_day"] for one in looked_at), max(one["last_day"] for one in looked_at)
    others = store.overlapping_stays(keys, first, last)
    return {id_: rows[:MAX_OVERLAPS] for id_, rows in overlaps.overlaps(looked_at, others).items() if rows}


def hint_to_json(hint: OverlapHint) -> dict[str, object]:
    """Returns a hint as the API shows it."""
    other = hint.other
    return {
        "application_id": other and other["_id"],
        "reference": other and other["reference"],
        "status": other and other["status"],
        "programme_id": other and other["programme_id"],
        "first_day": hint.first_day,
        "last_day": hint.last_day,
        "by": list(hint.by),
    }


ACCEPTABLE = (states.SUBMITTED, states.DOCUMENT_CHECK, states.RETURNED, states.UNDER_REVIEW, states.WAITLISTED)
BEFORE_START = (*ACCEPTABLE, *states.BEFORE_START)
HISTORY_LINES = 200


@dataclass(frozen=True)
class HistoryEntry:
    """One event of an application; `type` without service and version."""

    time: datetime
    type: str
    data: Mapping[str, Any]
    by: str


def history(deps: Dependencies, application_id: str) -> list[HistoryEntry]:
    """Returns its events in order: of a long history the last, and the last of each actor."""
    latest = [_history_entry(line) for line in reversed(deps.store.events_of_application(application_id))]
    return shared_out(latest, lambda one: one.by, HISTORY_LINES)[::-1]


def changes_since(deps: Dependencies, application_id: str, version: int) -> tuple[Application, list[HistoryEntry]]:
    """Returns the application as it is now, and the events after it had that version."""
    application = application_records.find_application(deps, application_id)
    return application, _entries_since(
        deps.store.events_of_application(application_id), application["version"] - version
    )


def programme_changes(deps: Dependencies, programme_id: str, version: int) -> tuple[Programme, list[HistoryEntry]]:
    """Returns the same of a programme."""
    programme = find_programme(deps, programme_id)
    return programme, _entries_since(deps.store.events_of_programme(programme_id), programme["version"] - version)


def _entries_since(lines: list[EventEntry], saves: int) -> list[HistoryEntry]:
    """A save raises the version by one and publishes its events under one cause: the last `saves` causes are the new ones."""
    causes = [list(events) for _, events in groupby(lines, lambda line: line["causationid"])]
    return [_history_entry(line) for events in causes[-saves:] for line in events] if saves > 0 else []


def _history_entry(line: EventEntry) -> HistoryEntry:
    short = str(line["type"]).removeprefix("training.").rpartition(".v")[0]
    return HistoryEntry(line["time"], short, line["data"], line["actor"])


def reviewers(deps: Dependencies) -> dict[str, dict[str, str]]:
    """Returns, by step of a review, the accounts that may be named for it, with their usernames."""
    named = deps.store.copies.usernames_with_roles
    return {"department": named("reviewer", "department", "training"), "chief": named("chief")}


def agreements_for(deps: Dependencies, application: Application) -> list[AgreementCopy]:
    """Returns the agreements of the application's partner, and the one it is under."""
    partner, named = application.get("organization_id"), application.get("agreement_id")
    found = deps.store.copies.agreements_with(partner) if partner else []
    if named and all(one["_id"] != named for one in found) and (own := deps.store.copies.agreement(named)):
        found = [own, *found]
    return found


def sealed_texts(deps: Dependencies, application: Application) -> dict[str, object]:
    """Returns the hospital's encrypted texts: of reviewers by step, to the applicant, of the evaluations; None where there are none."""
    key = deps.store.keyring.open(application["_id"])
    returned, decision = application.get("returned"), application["decision"]
    evaluations, seen = application["evaluations"].items(), (application.get("screening") or {}).get("verified")
    return {
        "reviews": {one["step"]: key.open(f"review/{one['step']}", one["sealed"]) for one in application["reviews"]},
        "returned": key.open("returned", returned["sealed"]) if returned else None,
        "decision": key.open("decision", decision["sealed"]) if decision and decision.get("sealed") else None,
        "screening": key.open("screening", seen["sealed"]) if seen else None,
        "evaluations": {of: key.open(f"evaluation/{of}", one["sealed"]) for of, one in evaluations},
    }


def start_faults(
    deps: Dependencies,
    one: readiness.DecryptedApplication,
    programme: Programme,
    rows: Sequence[RequirementStatus],
    today: date,
) -> list[str]:
    """Returns the codes of what prevents the start: after confirmation everything as of today, before it what neither a document nor the date will
    resolve.

    `rows`: the states of its documents today.
    """
    application = one.application
    if application["status"] not in BEFORE_START:
        return []
    agreement = deps.store.copies.agreement(application.get("agreement_id"))
    host = agreements.host_of(deps.store, application)
    if application["status"] == states.CONFIRMED:
        return readiness.start_faults(programme, one, rows, agreement, host, today)
    unready = agreements.acceptance_faults(one, rows) if application["status"] in ACCEPTABLE else []
    ahead = readiness.foreseeable_faults(programme, one, agreement, host, today)
    return unready + [code for code in ahead if code not in unready]


def programme_of(deps: Dependencies, application: Application) -> Programme:
    return deps.store.programmes_by_id([application["programme_id"]])[application["programme_id"]]


def references(deps: Dependencies, ids: Iterable[str]) -> dict[str, str]:
    """Returns the references by id."""
    return {id_: one["reference"] for id_, one in deps.store.applications_by_id(ids).items()}
