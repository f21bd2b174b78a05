"""Whether a visit needs an interpreter, and who brings one. Family only as a recorded waiver, a child only in an emergency."""

from typing import Any

from shared.errors import InvalidInput
from shared.events.intake import InterpreterNeed

ENOUGH_JAPANESE = ("native", "fluent", "daily")
PROVIDERS = ("hospital", "agency", "staff", "patient", "family")
BOOKING_STATES = ("requested", "offered", "confirmed", "unfilled", "in_progress", "completed", "cancelled")
"""As interpreting says them."""
INTERPRETER_STATES = ("not_needed", "provided", *BOOKING_STATES)
Need = dict[str, Any]


def speaks_japanese(languages: list[dict[str, Any]]) -> bool:
    """Japanese stated at `daily` or better."""
    return any(
        language["tag"].partition("-")[0] == "ja" and language.get("level") in ENOUGH_JAPANESE for language in languages
    )


def need_of(visit: dict[str, Any], case: dict[str, Any]) -> InterpreterNeed:
    """The visit's own wish, else the case's, else the patient's, else required unless Japanese is spoken well enough."""
    stated = (visit.get("interpreter") or {}, case.get("interpreter") or {}, case.get("standing_interpreter") or {})

    def first(name: str) -> Any:
        return next((need[name] for need in stated if need.get(name) is not None), None)

    required = first("required")
    return InterpreterNeed(
        required=not speaks_japanese(case["languages"]) if required is None else required,
        provided_by=first("provided_by") or "hospital",
        gender_wish=first("gender_wish"),
    )


def status_of(need: InterpreterNeed, booking: dict[str, Any] | None) -> str:
    """`not_needed`, otherwise `provided`, or the booking's; `requested` until its booking is heard of."""
    if not need.required:
        return "not_needed"
    if need.provided_by != "hospital":
        return "provided"
    return booking["status"] if booking else "requested"


def check_waiver(need: Need | None, urgency: str, pointer: str) -> None:
    """Family interprets only with a record of who and why; raises InvalidInput."""
    if not need or need.get("provided_by") != "family":
        return
    waiver = need.get("waiver")
    if not waiver:
        raise InvalidInput([(f"{pointer}/waiver", "expected who interprets and why, where the family does")])
    if waiver.get("child") and urgency != "emergency":
        raise InvalidInput([(f"{pointer}/waiver/child", "expected false: a child interprets only in an emergency")])
