"""Asks an applicant for a second thing they know. Tries are counted per application, wrong and right alike; nobody is told of them."""

from datetime import datetime
from typing import Any

from services.training.actions import applying
from services.training.actions.parts import Parts
from services.training.rules import second_check as rules
from shared.window_limits import Limit

Document = dict[str, Any]
TRIES = Limit("application", hour=10, day=30, of="second_check")
RIGHT, WRONG, TOO_MANY = "right", "wrong", "too_many"


def question(parts: Parts, application: Document) -> str | None:
    """One of rules.QUESTIONS; None where nothing is known that could be asked."""
    return rules.question(applying.body_of(parts, application))


def answer(parts: Parts, application: Document, typed: str, now: datetime) -> str:
    """RIGHT, WRONG or TOO_MANY: then no answer counts, a right one neither."""
    if parts.store.count(TRIES, application["_id"], now) is not None:
        return TOO_MANY
    return RIGHT if rules.is_right(applying.body_of(parts, application), typed) else WRONG
