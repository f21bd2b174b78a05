"""The tuberculosis screening before entry, as the office records it: an exemption with its proof, and when the entry was applied for.

An exemption the applicant names is a claim until then. Not here: who is asked for a certificate (rules/tuberculosis.py).
"""

from typing import Any

from services.training.actions import standing
from services.training.actions.draft import draft_of
from services.training.dependencies import Dependencies
from services.training.rules import states
from services.training.rules.faults import MoveNotDrawn
from shared.clock import rfc3339
from shared.command_context import CommandContext
from shared.errors import InvalidInput
from shared.events import training

Document = dict[str, Any]


def record(deps: Dependencies, application_id: str, facts: Document, context: CommandContext) -> Document:
    """`scheme` with its `proof` (null takes an exemption out), `applied_on` (null: not known). What is not named stays.

    Raises MoveNotDrawn where it is over, InvalidInput for an exemption without proof or a day to come.
    """
    draft = draft_of(deps.store, application_id, context, deps.settings.time_zone)
    if draft.status in states.OVER:
        raise MoveNotDrawn("application", draft.status, "screening", states.commands(draft.application))
    if facts.get("applied_on") and facts["applied_on"] > standing.today_of(deps, context.now).isoformat():
        raise InvalidInput([("#/applied_on", "expected today or a day before")])
    if facts.get("scheme") and not facts.get("proof"):
        raise InvalidInput([("#/proof", "expected what proves the exemption")])
    known = dict(draft.application.get("screening") or {})
    if "applied_on" in facts:
        known["applied_on"] = facts["applied_on"]
    if "scheme" in facts:
        known["verified"] = _seen(deps, application_id, facts, context) if facts["scheme"] else None
        draft.application["exempt_scheme"] = facts["scheme"]
    draft.application["screening"] = known
    draft.say(training.ApplicationUpdated, fields=("screening",))
    return draft.save()


def _seen(deps: Dependencies, application_id: str, facts: Document, context: CommandContext) -> Document:
    sealed = deps.store.keyring.open(application_id).seal("screening", facts["proof"])
    return {"scheme": facts["scheme"], "by": context.actor, "at": context.now, "sealed": sealed}


def shown(application: Document) -> Document | None:
    """How it stands, for who reads the application; None while no days are planned, and for who does not come to us.

    `verified` of an exemption: the office saw proof; `source_verified`: the line of the table was read in a ministry's own page.
    """
    visit = standing.visit_of(application)
    if visit is None or application["direction"] != "in":
        return None
    need, seen = standing.screening(application, visit), (application.get("screening") or {}).get("verified") or {}
    scheme, verified = application.get("exempt_scheme"), standing.verified_scheme(application)
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
