"""Registers cases: an agency's referral, a case of the front desk, a walk-in."""

from datetime import timedelta

from services.intake.actions.patients import link_to, new_patient, sealed_blocks
from services.intake.actions.visits import check_listed, new_visit
from services.intake.dependencies import Dependencies
from services.intake.rules import cases, people
from services.intake.rules.needs import check_waiver
from services.intake.rules.next_action import FIRST
from services.intake.rules.records import Blocks, Case, CaseBody, CaseDetails, Needs, ReferralBody, VisitBody
from services.intake.rules.search_terms import terms_of
from shared.command_context import CommandContext
from shared.ids import new_id, year_in
from shared.sealing import DataKey, Document


def receive_referral(deps: Dependencies, organization_id: str, body: ReferralBody, context: CommandContext) -> Case:
    """Stores an agency's referral: three encrypted blocks and one batched insert, nothing else."""
    case, key, wrapped, _ = _new_case(deps, body, context, "agency")
    case |= {"organization_id": organization_id, "agency_reference": body["agency_reference"], "repeat": ""}
    case, events = cases.receive(case)
    return deps.store.add_case(case, key, wrapped, events, context)


def register_case(deps: Dependencies, body: CaseBody, context: CommandContext) -> Case:
    """Stores a case of the front desk. With a visit in the body it is a walk-in: case, visit and patient in one transaction."""
    visit = body.get("visit")
    case, key, wrapped, blocks = _new_case(deps, body, context, _channel(body))
    if linked := body.get("patient_id"):
        case = {**case, **link_to(deps, linked)}
    if visit is None:
        case, events = cases.register(case)
        if linked:
            return deps.store.add_with_patient(case, key, wrapped, None, events, context)
        return deps.store.add_case(case, key, wrapped, events, context)
    check_listed(deps, visit["department"], "#/visit/department")
    booked: VisitBody = {
        "department": visit["department"],
        "start": context.now,
        "end": context.now + timedelta(minutes=visit["minutes"]),
        "place": visit.get("place"),
    }
    if "modality" in visit:
        booked["modality"] = visit["modality"]
    if "interpreter" in visit:
        booked["interpreter"] = visit["interpreter"]
    visit_now = new_visit(booked, case, key, "#/visit") | {"status": "arrived", "on_demand": True}
    patient = None if linked else new_patient(deps, case, blocks, context)
    if patient:
        case["patient_id"] = patient.record["_id"]
    case, events = cases.register(case | {"visits": [visit_now]})
    return deps.store.add_with_patient(case, key, wrapped, patient, events, context)


def _new_case(
    deps: Dependencies, body: CaseDetails, context: CommandContext, channel: str
) -> tuple[Case, DataKey, Document, Blocks]:
    """Returns a case before its first state, its key, the wrapped key and the blocks that are encrypted in it."""
    people.check_person(body["patient"], context.now)
    check_waiver((body.get("needs") or Needs()).get("interpreter"), body["request"]["urgency"], "#/needs/interpreter")
    in_clear, blocks = people.split(body)
    case_id = new_id()
    key, wrapped = deps.store.keyring.new(case_id)
    case: Case = {
        "_id": case_id,
        "status": "received",
        "next": FIRST,
        "languages": in_clear["languages"],
        "interpreter": in_clear["interpreter"],
        "request": in_clear["request"],
        "payer": in_clear["payer"],
        "reference": deps.store.numbers.next(year_in(deps.settings.time_zone, context.now)),
        "channel": channel,
        "created_at": context.now,
        "updated_at": context.now,
        "agency_version": 1,
        "agency_updated_at": context.now,
        "sealed": sealed_blocks(key, blocks),
        "search": terms_of(deps.store.terms, blocks["identity"], blocks["contact"]),
        "visits": [],
        "messages": [],
        "documents": [],
    }
    return case, key, wrapped, blocks


def _channel(body: CaseBody) -> str:
    return str(body.get("channel") or ("walk_in" if body.get("visit") else "phone_or_mail"))
