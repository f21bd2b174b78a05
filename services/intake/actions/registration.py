"""How a case comes into the house: an agency's referral, the desk's own case, a walk-in."""

from datetime import timedelta
from typing import Any

from services.intake.actions.patients import link_to, made_from
from services.intake.actions.visits import listed, new_visit
from services.intake.dependencies import Dependencies
from services.intake.rules import agency_view, cases, people
from services.intake.rules.needs import check_waiver
from services.intake.rules.records import Case
from services.intake.rules.search_terms import terms_of
from shared.command_context import CommandContext
from shared.ids import new_id, year_in
from shared.sealing import DataKey


def receive_referral(deps: Dependencies, organization_id: str, body: dict[str, Any], context: CommandContext) -> Case:
    """Stores an agency's referral: three blocks sealed, one grouped insert, nothing else on the way."""
    case, key, wrapped, _ = _new_case(deps, body, context, "agency")
    case |= {"organization_id": organization_id, "agency_reference": body["agency_reference"], "repeat": ""}
    case, events = cases.received(case)
    return deps.store.add_case(case, key, wrapped, events, context)


def register_case(deps: Dependencies, body: dict[str, Any], context: CommandContext) -> Case:
    """Stores a case the desk brings. With a visit in the body it is a walk-in: case, visit and patient in one act."""
    visit = body.get("visit")
    case, key, wrapped, blocks = _new_case(deps, body, context, _channel(body))
    if linked := body.get("patient_id"):
        case |= link_to(deps, linked)
    if visit is None:
        case, events = cases.registered(case)
        if linked:
            return deps.store.add_with_patient(case, key, wrapped, None, events, context)
        return deps.store.add_case(case, key, wrapped, events, context)
    listed(deps, visit["department"], "#/visit/department")
    period = {"start": context.now, "end": context.now + timedelta(minutes=visit["minutes"])}
    here = new_visit(visit | period, case, key, "#/visit") | {"status": "arrived", "on_demand": True}
    patient = None if linked else made_from(deps, case, blocks, context)
    if patient:
        case["patient_id"] = patient.document["_id"]
    case, events = cases.registered(case | {"visits": [here]})
    return deps.store.add_with_patient(case, key, wrapped, patient, events, context)


def _new_case(
    deps: Dependencies, body: dict[str, Any], context: CommandContext, channel: str
) -> tuple[Case, DataKey, dict[str, Any], dict[str, Any]]:
    """A case before its first state, with its key and what is sealed in it."""
    people.check_person(body["patient"], context.now)
    check_waiver((body.get("needs") or {}).get("interpreter"), body["request"]["urgency"], "#/needs/interpreter")
    opened, blocks = people.split(body)
    case_id = new_id()
    key, wrapped = deps.store.keyring.new(case_id)
    case = opened | {
        "_id": case_id,
        "reference": deps.store.numbers.next(year_in(deps.settings.time_zone, context.now)),
        "channel": channel,
        "created_at": context.now,
        "updated_at": context.now,
        **agency_view.first(context.now),
        "sealed": {name: key.seal(name, block) for name, block in blocks.items()},
        "search": terms_of(deps.store.terms, blocks["identity"], blocks["contact"]),
        "visits": [],
        "messages": [],
        "documents": [],
    }
    return case, key, wrapped, blocks


def _channel(body: dict[str, Any]) -> str:
    return str(body.get("channel") or ("walk_in" if body.get("visit") else "phone_or_mail"))
