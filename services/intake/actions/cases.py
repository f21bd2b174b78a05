"""The desk's commands on a case. Each loads it, asks the rules, saves it with what it says."""

from collections.abc import Callable
from typing import Any

from services.intake.actions import Case, Parts, case_to_change, with_mistake_noted, words
from services.intake.actions.patients import link_to, made_from
from services.intake.rules import moves, people, tables, visits
from services.intake.rules.needs import check_waiver
from services.intake.rules.terms import terms_of
from services.intake.store import NewPatient
from shared.events import Event
from shared.origin import Origin
from shared.sealing import BLOCKS

Decide = Callable[[Case], tuple[Case, list[Event]]]


def review(parts: Parts, case_id: str, origin: Origin) -> Case:
    return _command(parts, case_id, origin, lambda case: moves.review(case, origin.now))


def accept(parts: Parts, case_id: str, patient_id: str | None, origin: Origin, begins: bool = False) -> Case:
    """Takes the patient: linked to a known one, or made from what was told, in one transaction with the case.

    `begins`: a review that nobody began is begun in the same write.
    """
    case, begun = _begun(case_to_change(parts, case_id, origin), origin, begins)
    tables.case_target(case, "accept")
    made: NewPatient | None = None
    if patient_id:
        case |= link_to(parts, patient_id)
    elif not case.get("patient_id"):
        made = made_from(parts, case, _blocks(parts, case), origin)
        case["patient_id"] = made.document["_id"]
    case, events = moves.accept(case, origin.now, case["patient_id"], case.get("standing_interpreter"))
    return parts.store.save(case, [*begun, *events], origin, made, links=bool(patient_id))


def _begun(case: Case, origin: Origin, begins: bool) -> tuple[Case, list[Event]]:
    return moves.review(case, origin.now) if begins and case["status"] == "received" else (case, [])


def decline(parts: Parts, case_id: str, reason: str, message: str | None, origin: Origin) -> Case:
    """Declines, with a reason from the list and, where given, words for the agency."""
    return _command(parts, case_id, origin, lambda case: moves.decline(case, origin.now, reason), "decline", message)


def request_information(parts: Parts, case_id: str, message: str, origin: Origin, begins: bool = False) -> Case:
    """Asks the referrer for something; `begins` as in `accept`."""

    def decide(case: Case) -> tuple[Case, list[Event]]:
        case, begun = _begun(case, origin, begins)
        case, events = moves.request_information(case, origin.now)
        return case, [*begun, *events]

    return _command(parts, case_id, origin, decide, "information_request", message)


def record_information(parts: Parts, case_id: str, message: str, origin: Origin) -> Case:
    decide: Decide = lambda case: moves.record_information(case, origin.now)  # noqa: E731
    return _command(parts, case_id, origin, decide, "information", message)


def cancel(parts: Parts, case_id: str, reason: str | None, wanted_by: str | None, origin: Origin) -> Case:
    """Cancels the case; where the agency asked for it, its reason counts unless the desk names another."""

    def decide(case: Case) -> tuple[Case, list[Event]]:
        asked = case.get("cancellation") or {}
        who = wanted_by or ("agency" if asked else "hospital")
        return moves.cancel(case, origin.now, reason or asked.get("reason") or "other", who)

    return _command(parts, case_id, origin, decide)


def refuse_cancellation(parts: Parts, case_id: str, message: str, origin: Origin) -> Case:
    decide: Decide = lambda case: moves.refuse_cancellation(case, origin.now)  # noqa: E731
    return _command(parts, case_id, origin, decide, "cancellation_refused", message)


def complete(parts: Parts, case_id: str, outcome: str, origin: Origin) -> Case:
    return _command(parts, case_id, origin, lambda case: moves.complete(case, origin.now, outcome))


def reopen(parts: Parts, case_id: str, reason: str, origin: Origin) -> Case:
    """Opens a closed case again; the reason is kept as a note of the hospital's."""
    return _command(parts, case_id, origin, lambda case: moves.reopen(case, origin.now), "note", reason)


def take_back_closing(parts: Parts, case_id: str, origin: Origin) -> Case:
    """Declined, cancelled or completed by mistake: open again, waiting as before. Raises NothingToTakeBack."""
    case, events = moves.take_back_closing(case_to_change(parts, case_id, origin), origin.now)
    return parts.store.save(with_mistake_noted(case, origin), events, origin)


def take_back_registration(parts: Parts, case_id: str, origin: Origin) -> Case:
    """Registered by mistake: cancelled, and the patient made with it is found by no search. Raises NothingToTakeBack."""
    case = case_to_change(parts, case_id, origin)
    after, events = visits.take_back_registration(case, origin.now)
    return parts.store.take_back_registration(with_mistake_noted(after, origin), events, origin)


def mark_answered(parts: Parts, case_id: str, origin: Origin) -> Case:
    """The agency wrote, and no reply is needed. Raises NoReplyOwed."""
    return _command(parts, case_id, origin, lambda case: moves.mark_answered(case, origin.now))


def edit(parts: Parts, case_id: str, body: dict[str, Any], origin: Origin) -> Case:
    """Edits what was told: sections are merged, lists replaced; the result must still be a person and a request."""
    case = case_to_change(parts, case_id, origin)
    body = dict(body)
    changes: Case = {}
    if patient_id := body.pop("patient_id", None):
        changes = link_to(parts, patient_id)
    key = parts.store.keyring.open(case_id)
    whole = people.merged(people.joined(case, _blocks(parts, case)), body)
    people.check_person(whole["patient"], origin.now)
    check_waiver((whole.get("needs") or {}).get("interpreter"), whole["request"]["urgency"], "#/needs/interpreter")
    opened, blocks = people.split(whole)
    changes |= opened | {"sealed": {name: key.seal(name, block) for name, block in blocks.items()}}
    changes["search"] = terms_of(parts.store.terms, blocks["identity"], blocks["contact"])
    fields = [*people.named(body), *(["patient_id"] if patient_id else [])]
    case, events = moves.edit(case, origin.now, changes, fields)
    return parts.store.save(case, events, origin, links=bool(patient_id))


def _command(
    parts: Parts, case_id: str, origin: Origin, decide: Decide, kind: str = "", text: str | None = None
) -> Case:
    """Load, decide, save; `text` joins the case's messages as `kind`."""
    case, events = decide(case_to_change(parts, case_id, origin))
    if text:
        said = words(parts.store.keyring.open(case_id), origin, kind, "hospital", text)
        case = case | {"messages": [*case["messages"], said]}
    return parts.store.save(case, events, origin)


def _blocks(parts: Parts, case: Case) -> dict[str, Any]:
    key = parts.store.keyring.open(case["_id"])
    return {name: key.open(name, case["sealed"][name]) for name in BLOCKS}
