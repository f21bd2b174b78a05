"""A decision as an application keeps it: its conditions, and from when the time to answer runs."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from services.training.rules.hands_on import HANDS_ON
from services.training.rules.programmes import ANSWER_DAYS

Document = dict[str, Any]


def condition(id_: str, given: Mapping[str, Any]) -> Document:
    """One that is to be met, `code` where it is a paper."""
    return {"id": id_, "code": given.get("code"), "text": given["text"], "due": given.get("due"), "met_at": None}


def has_conditions(programme: Mapping[str, Any]) -> bool:
    """Whether a place comes with papers that are due after the decision: hands-on training always does."""
    return programme.get("kind") == HANDS_ON or any(
        one.get("stage") == "post_decision" for one in programme["requirements"]
    )


def announced(decision: Document, now: datetime) -> Document:
    """As it is once told; an offer is to be answered within the programme's days."""
    answers = decision["outcome"] == "accepted"
    until = now + timedelta(days=decision.get("answer_days") or ANSWER_DAYS) if answers else None
    return decision | {"announced_at": now, "answer_by": until}
