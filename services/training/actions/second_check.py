"""Asks an applicant for a second thing they know. Tries are counted, wrong and right alike; nobody is told of them."""

from datetime import datetime
from typing import Any

from services.training.actions import applying
from services.training.actions.links import Opened
from services.training.actions.stranger_mail import hashed_source
from services.training.dependencies import Dependencies
from services.training.rules import second_check as rules
from shared.window_limits import Limit

Document = dict[str, Any]
OF = "second_check"
BY_SOURCE = Limit("source", hour=10, day=20, of=OF)
"""From one network address, for one application."""
BY_LINK = Limit("link", hour=30, day=30, of=OF)
"""By whoever holds one issue: who has a newer one, or comes from elsewhere, is not locked out by them."""
IN_ALL = Limit("application", hour=50, day=50, of=OF)
"""However many links and addresses somebody has: of some 30 000 days of birth."""
RIGHT, WRONG, TOO_MANY = "right", "wrong", "too_many"


def question(deps: Dependencies, application: Document) -> str | None:
    """One of rules.QUESTIONS; None where nothing is known that could be asked."""
    return rules.question(applying.body_of(deps, application))


def answer(deps: Dependencies, opened: Opened, typed: str, source: str, now: datetime) -> str:
    """RIGHT, WRONG or TOO_MANY: then no answer counts, a right one neither. `source` is a network address.

    What one of the limits refuses counts for none after it.
    """
    application = opened.application
    id_ = application["_id"]
    counted = ((BY_SOURCE, f"{id_}/{hashed_source(deps, source)}"), (BY_LINK, f"{id_}/{opened.number}"), (IN_ALL, id_))
    if any(deps.store.count(limit, who, now) is not None for limit, who in counted):
        return TOO_MANY
    return RIGHT if rules.is_right(applying.body_of(deps, application), typed) else WRONG
