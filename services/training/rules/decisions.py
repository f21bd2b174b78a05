"""A decision as an application stores it: its conditions, and from when the time to answer runs."""

from datetime import datetime, timedelta

from services.training.rules.faults import AnswerTooLate
from services.training.rules.hands_on import HANDS_ON
from services.training.rules.programmes import ANSWER_DAYS
from services.training.rules.records.applications import Application, Condition, Decision, NewCondition
from services.training.rules.records.programmes import Programme
from services.training.rules.states import ACCEPTED, LAPSED, announced_status
from shared.clock import rfc3339


def new_condition(id_: str, stated: NewCondition) -> Condition:
    """Returns a condition that is not yet met; `code` where it is a document."""
    return {"id": id_, "code": stated.get("code"), "text": stated["text"], "due": stated.get("due"), "met_at": None}


def has_conditions(programme: Programme) -> bool:
    """Whether a place comes with documents due after the decision: hands-on training always does."""
    return programme.get("kind") == HANDS_ON or any(
        one.get("stage") == "post_decision" for one in programme["requirements"]
    )


def with_announcement(decision: Decision, now: datetime) -> Decision:
    """Returns the decision as announced now; an offer is to be answered within the programme's days."""
    answers = decision["outcome"] == "accepted"
    until = now + timedelta(days=decision.get("answer_days") or ANSWER_DAYS) if answers else None
    return decision | {"announced_at": now, "answer_by": until}


def has_lapsed(application: Application, now: datetime) -> bool:
    """Whether it is an offer that was not answered in time."""
    answer_by = application["decision"] and application["decision"]["answer_by"]
    return application["status"] == ACCEPTED and answer_by is not None and answer_by <= now


def status_for_applicant(application: Application, now: datetime) -> str:
    """Returns the state its applicant is shown now: an offer not answered in time has lapsed, a decision not announced is under review."""
    return LAPSED if has_lapsed(application, now) else announced_status(application)


def check_answered_in_time(application: Application, now: datetime) -> None:
    """Raises AnswerTooLate where the time to answer has passed."""
    decision = application["decision"]
    if has_lapsed(application, now) and decision and decision["answer_by"]:
        raise AnswerTooLate(rfc3339(decision["answer_by"]))
