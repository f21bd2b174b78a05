"""Commands of the front desk on a case. Each loads the case, applies a rule, and saves the case with the events it publishes."""

from collections.abc import Callable

from services.intake.actions.access import case_to_change
from services.intake.actions.messages import new_message, with_undo_note
from services.intake.actions.patients import link_to, new_patient, opened_blocks, sealed_blocks
from services.intake.dependencies import Dependencies
from services.intake.rules import cases, people, tables, visits
from services.intake.rules.needs import check_waiver
from services.intake.rules.records import Blocks, Case, CaseChanges, CaseEdit, Needs
from services.intake.rules.search_terms import terms_of
from services.intake.store.store import NewPatient
from shared.command_context import CommandContext
from shared.events import Event

Decide = Callable[[Case], tuple[Case, list[Event]]]


def review(deps: Dependencies, case_id: str, context: CommandContext) -> Case:
    return _command(deps, case_id, context, lambda case: cases.review(case, context.now))


def accept(
    deps: Dependencies, case_id: str, patient_id: str | None, context: CommandContext, begins: bool = False
) -> Case:
    """Accepts a case: links it to a registered patient, or registers a new one from its details, in one transaction.

    `begins`: a review that has not started yet starts in the same write.
    """
    case, begun = _begun(case_to_change(deps, case_id, context), context, begins)
    tables.case_target(case, "accept")
    made: NewPatient | None = None
    if patient_id:
        case = {**case, **link_to(deps, patient_id)}
    elif not case.get("patient_id"):
        made = new_patient(deps, case, _blocks(deps, case), context)
        case["patient_id"] = made.record["_id"]
    case, events = cases.accept(case, context.now, str(case["patient_id"]), case.get("standing_interpreter"))
    return deps.store.save(case, [*begun, *events], context, made, links=bool(patient_id))


def _begun(case: Case, context: CommandContext, begins: bool) -> tuple[Case, list[Event]]:
    return cases.review(case, context.now) if begins and case["status"] == "received" else (case, [])


def decline(deps: Dependencies, case_id: str, reason: str, message: str | None, context: CommandContext) -> Case:
    """Declines a case with a reason from the list and an optional message for the agency."""
    return _command(deps, case_id, context, lambda case: cases.decline(case, context.now, reason), "decline", message)


def request_information(
    deps: Dependencies, case_id: str, message: str, context: CommandContext, begins: bool = False
) -> Case:
    """Requests information from the agency; `begins` as in `accept`."""

    def decide(case: Case) -> tuple[Case, list[Event]]:
        case, begun = _begun(case, context, begins)
        case, events = cases.request_information(case, context.now)
        return case, [*begun, *events]

    return _command(deps, case_id, context, decide, "information_request", message)


def record_information(deps: Dependencies, case_id: str, message: str, context: CommandContext) -> Case:
    decide: Decide = lambda case: cases.record_information(case, context.now)  # noqa: E731
    return _command(deps, case_id, context, decide, "information", message)


def cancel(
    deps: Dependencies, case_id: str, reason: str | None, wanted_by: str | None, context: CommandContext
) -> Case:
    """Cancels a case. If the agency requested it, its reason is recorded unless the front desk enters another one."""

    def decide(case: Case) -> tuple[Case, list[Event]]:
        requested = case.get("cancellation")
        who = wanted_by or ("agency" if requested else "hospital")
        return cases.cancel(case, context.now, reason or (requested and requested["reason"]) or "other", who)

    return _command(deps, case_id, context, decide)


def refuse_cancellation(deps: Dependencies, case_id: str, message: str, context: CommandContext) -> Case:
    decide: Decide = lambda case: cases.refuse_cancellation(case, context.now)  # noqa: E731
    return _command(deps, case_id, context, decide, "cancellation_refused", message)


def complete(deps: Dependencies, case_id: str, outcome: str, context: CommandContext) -> Case:
    return _command(deps, case_id, context, lambda case: cases.complete(case, context.now, outcome))


def reopen(deps: Dependencies, case_id: str, reason: str, context: CommandContext) -> Case:
    """Reopens a closed case; the reason is stored as an internal note."""
    return _command(deps, case_id, context, lambda case: cases.reopen(case, context.now), "note", reason)


def take_back_closing(deps: Dependencies, case_id: str, context: CommandContext) -> Case:
    """Undoes a closing by mistake: the case is open again, with its deadlines as before. Raises CannotUndo."""
    case, events = cases.take_back_closing(case_to_change(deps, case_id, context), context.now)
    return deps.store.save(with_undo_note(case, context), events, context)


def take_back_registration(deps: Dependencies, case_id: str, context: CommandContext) -> Case:
    """Undoes a registration by mistake: cancels the case and removes the patient registered with it from searches. Raises CannotUndo."""
    case = case_to_change(deps, case_id, context)
    after, events = visits.take_back_registration(case, context.now)
    return deps.store.take_back_registration(with_undo_note(after, context), events, context)


def mark_answered(deps: Dependencies, case_id: str, context: CommandContext) -> Case:
    """Records that the agency's message needs no reply. Raises NoReplyOwed."""
    return _command(deps, case_id, context, lambda case: cases.mark_answered(case, context.now))


def edit(deps: Dependencies, case_id: str, body: CaseEdit, context: CommandContext) -> Case:
    """Edits the details of a case: sections are merged, lists replaced; the result must still be valid."""
    case = case_to_change(deps, case_id, context)
    body = body.copy()
    patient_id = body.pop("patient_id", None)
    link = link_to(deps, patient_id) if patient_id else None
    key = deps.store.keyring.open(case_id)
    whole = people.edited(people.joined(case, _blocks(deps, case)), body)
    people.check_person(whole["patient"], context.now)
    check_waiver((whole.get("needs") or Needs()).get("interpreter"), whole["request"]["urgency"], "#/needs/interpreter")
    in_clear, blocks = people.split(whole)
    search = terms_of(deps.store.terms, blocks["identity"], blocks["contact"])
    changes: CaseChanges = {**in_clear, "sealed": sealed_blocks(key, blocks), "search": search, **(link or {})}
    fields = [*people.edited_fields(body), *(["patient_id"] if patient_id else [])]
    case, events = cases.edit(case, context.now, changes, fields)
    return deps.store.save(case, events, context, links=bool(patient_id))


def _command(
    deps: Dependencies, case_id: str, context: CommandContext, decide: Decide, kind: str = "", text: str | None = None
) -> Case:
    """Loads, decides and saves; `text` is added to the case's messages as `kind`."""
    case, events = decide(case_to_change(deps, case_id, context))
    if text:
        message = new_message(deps.store.keyring.open(case_id), context, kind, "hospital", text)
        case = case | {"messages": [*case["messages"], message]}
    return deps.store.save(case, events, context)


def _blocks(deps: Dependencies, case: Case) -> Blocks:
    return opened_blocks(deps.store.keyring.open(case["_id"]), case["sealed"])
