"""Whether an agreement of partners carries a stay: of scope training, in force from the first day to the last.

Not here: when one is in force (shared/agreements.py), how agreements live (partners).
"""

from collections.abc import Mapping
from typing import Any

from services.training.rules.faults import AgreementMissing
from shared.agreements import why_not_in_force

Record = Mapping[str, Any]
SCOPE = "training"


def why_not(agreement: Record | None, first_day: str, last_day: str) -> str | None:
    """`none`, `scope`, `not_active`, `begins_later`, `ends_before`; None where it carries the stay."""
    if agreement is None:
        return "none"
    if SCOPE not in agreement["scopes"]:
        return "scope"
    return why_not_in_force(agreement, first_day, last_day)


def needed(application: Record) -> bool:
    """Who goes abroad needs one; who comes under one needs it as long as they name it. The chief may say why none is needed."""
    if application.get("agreement_waiver"):
        return False
    return application["direction"] == "out" or bool(application.get("agreement_id"))


def standing(application: Record, agreement: Record | None) -> str | None:
    """Why the application has to be held, or None."""
    if not needed(application):
        return None
    return why_not(agreement, application["first_day"], application["last_day"])


def check(application: Record, agreement: Record | None) -> None:
    """Raises AgreementMissing."""
    if standing(application, agreement) is not None:
        raise AgreementMissing()
