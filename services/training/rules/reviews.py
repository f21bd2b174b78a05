"""The review chain: which steps are asked now, their answers, whether a decision is possible.

`review` of a programme: {"order": "in_order" | "parallel", "steps": ["department", "chief"], "reviewers": {step: [account id]}}. An application's
`reviews`: [{"step", "verdict", "at", "by", "sealed"}], one answer for each step.
"""

from collections.abc import Sequence

from services.training.rules.faults import NotYourReview, ReviewNotReady, ReviewsOpen
from services.training.rules.records.applications import Verdict
from services.training.rules.records.programmes import ReviewChain

STEPS = ("department", "chief")
ORDERS = ("in_order", "parallel")
VERDICTS = ("approve", "reject")
HEADS = frozenset({"department", "reviewer", "admin"})
"""Roles that may answer for a department about its own people."""
Answers = Sequence[Verdict]


def open_steps(review: ReviewChain, answers: Answers) -> list[str]:
    """Returns the steps whose answer is awaited; none once one of them was negative."""
    if any(one["verdict"] == "reject" for one in answers):
        return []
    answered = {one["step"] for one in answers}
    left = [step for step in review["steps"] if step not in answered]
    return left[:1] if review["order"] == "in_order" else left


def named_reviewers(review: ReviewChain, steps: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Returns the accounts named for these steps; a step without named accounts is open to everybody with its role."""
    found = review.get("reviewers") or {}
    return {step: tuple(found[step]) for step in steps if found.get(step)}


def check_asked(review: ReviewChain, answers: Answers, step: str) -> None:
    """Raises ReviewNotReady."""
    waiting = open_steps(review, answers)
    if step not in waiting:
        raise ReviewNotReady(waiting)


def is_named(review: ReviewChain, step: str, account_id: str) -> bool:
    """Whether the programme names this account for the step."""
    return account_id in ((review.get("reviewers") or {}).get(step) or ())


def check_reviewer(
    review: ReviewChain,
    step: str,
    account_id: str,
    roles: frozenset[str],
    direction: str = "in",
    applicant_id: str | None = None,
) -> None:
    """Raises NotYours unless the account is named for the step or, where nobody is named, has a role for it; an admin always may.

    The applicant never may. By role, the chief's step is for the chief only. For a stay abroad the department's step is for the head of the
    applicant's department: the training office may not answer in its place.
    """
    if account_id == applicant_id:
        raise NotYourReview()
    if direction == "out" and step == "department" and ("training" in roles or not roles & HEADS):
        raise NotYourReview()
    if is_named(review, step, account_id) or "admin" in roles:
        return
    by_role = {"chief": {"chief"}, "department": {"reviewer", "department", "training"}}[step]
    if named_reviewers(review, [step]) or not by_role & roles:
        raise NotYourReview()


def is_approved_by(answers: Answers, step: str) -> bool:
    """Whether this step recommends the application."""
    return any(one["step"] == step and one["verdict"] == "approve" for one in answers)


def check_supported(review: ReviewChain, answers: Answers) -> None:
    """Raises ReviewsOpen unless every step approves."""
    approving = {one["step"] for one in answers if one["verdict"] == "approve"}
    lacking = [step for step in review["steps"] if step not in approving]
    if lacking:
        raise ReviewsOpen(lacking)
