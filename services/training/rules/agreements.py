"""Whether an agreement of partners covers a stay: of scope training, in force from the first day to the last.

Not here: when one is in force (shared/agreements.py), the life of agreements (partners).
"""

from services.training.rules.faults import AgreementMissing
from services.training.rules.records.applications import Application
from services.training.rules.records.read_copies import AgreementCopy
from shared.agreements import why_not_in_force

SCOPE = "training"


def reason_against(agreement: AgreementCopy | None, first_day: str, last_day: str) -> str | None:
    """Returns `none`, `scope`, `not_active`, `begins_later` or `ends_before`; None where the agreement covers the stay."""
    if agreement is None:
        return "none"
    if SCOPE not in agreement["scopes"]:
        return "scope"
    return why_not_in_force(agreement, first_day, last_day)


def is_needed(application: Application) -> bool:
    """Whether the stay needs an agreement: stays abroad do; a stay here under one does as long as it names it. The chief may waive it with a
    reason."""
    if application.get("agreement_waiver"):
        return False
    return application["direction"] == "out" or bool(application.get("agreement_id"))


def hold_reason(application: Application, agreement: AgreementCopy | None) -> str | None:
    """Returns why the application has to be put on hold, or None."""
    if not is_needed(application):
        return None
    return reason_against(agreement, application["first_day"], application["last_day"])


def check(application: Application, agreement: AgreementCopy | None) -> None:
    """Raises AgreementMissing where an agreement is needed, does not cover the stay and is not waived."""
    if hold_reason(application, agreement) is not None:
        raise AgreementMissing()
