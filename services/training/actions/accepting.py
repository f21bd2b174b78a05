"""What has to be there before a place is given: asked of whoever goes abroad, when they are accepted and when they move up a waiting list."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from services.training.actions import holding, standing
from services.training.actions.standing import Opened
from services.training.rules import agreements, hosts, reviews
from services.training.rules.faults import MayNotAccept
from services.training.rules.requirements import SETTLED, Standing
from services.training.store.store import Store
from shared.errors import Refusal

Document = dict[str, Any]


def check(store: Store, application: Document, programme: Document, today: date) -> None:
    """Raises HostNotActive, AgreementMissing, MayNotAccept. `application` may lack what was written and handed in."""
    hosts.check(holding.host_of(store, application))
    agreements.check(application, store.copies.agreement(application.get("agreement_id")))
    if application["direction"] != "out":
        return
    whole = store.applications_by_id([application["_id"]])[application["_id"]] | application
    key = store.keyring.open_many([whole["_id"]]).get(whole["_id"])
    one = standing.opened(whole, key)
    if found := faults(one, standing.standings(programme, one, today)):
        raise MayNotAccept(found)


def may_take(store: Store, application: Document, programme: Document, today: date) -> bool:
    """The same as a question."""
    try:
        check(store, application, programme, today)
    except Refusal:
        return False
    return True


def faults(one: Opened, rows: Sequence[Standing]) -> list[str]:
    """Codes of what somebody who goes abroad lacks: the department's word, a note on the risks, papers due before the decision.

    `rows`: how its papers stand.
    """
    if one.application["direction"] != "out":
        return []
    found = [] if reviews.approved(one.application["reviews"], "department") else ["department_approval"]
    found += [] if one.application.get("risk_noted") else ["risk_note"]
    return found + [f"paper:{row.code}" for row in rows if row.stage == "decision" and row.state not in SETTLED]
