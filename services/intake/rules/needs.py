"""Whether a visit needs an interpreter, and who provides one. Family needs a recorded waiver; a child may interpret only in an emergency."""

from collections.abc import Sequence

from services.intake.rules.records import Case, Language, StatedNeed, Visit, VisitInterpreter
from shared.errors import InvalidInput
from shared.events.intake import InterpreterNeed

ENOUGH_JAPANESE = ("native", "fluent", "daily")
PROVIDERS = ("hospital", "agency", "staff", "patient", "family")
BOOKING_STATES = ("requested", "offered", "confirmed", "unfilled", "in_progress", "completed", "cancelled")
"""States of a booking as interpreting publishes them."""
INTERPRETER_STATES = ("not_needed", "provided", *BOOKING_STATES)


def speaks_japanese(languages: Sequence[Language]) -> bool:
    """Whether the languages include Japanese at level `daily` or better."""
    return any(
        language["tag"].partition("-")[0] == "ja" and language.get("level") in ENOUGH_JAPANESE for language in languages
    )


def need_of(visit: Visit | None, case: Case) -> InterpreterNeed:
    """Returns the visit's own need, else the case's, else the patient's; if none states it, required unless enough Japanese is spoken."""
    required, provided_by, gender_wish = None, None, None
    for need in (visit and visit.get("interpreter"), case.get("interpreter"), case.get("standing_interpreter")):
        if need:
            required = need.get("required") if required is None else required
            provided_by = need.get("provided_by") if provided_by is None else provided_by
            gender_wish = need.get("gender_wish") if gender_wish is None else gender_wish
    return InterpreterNeed(
        required=not speaks_japanese(case["languages"]) if required is None else required,
        provided_by=provided_by or "hospital",
        gender_wish=gender_wish,
    )


def status_of(need: InterpreterNeed, booking: VisitInterpreter | None) -> str:
    """Returns `not_needed`, `provided`, or the booking's state; `requested` until an event of the booking arrives."""
    if not need.required:
        return "not_needed"
    if need.provided_by != "hospital":
        return "provided"
    return booking["status"] if booking else "requested"


def check_waiver(need: StatedNeed | None, urgency: str, pointer: str) -> None:
    """Requires a record of who interprets and why, where family does; raises InvalidInput."""
    if not need or need.get("provided_by") != "family":
        return
    waiver = need.get("waiver")
    if not waiver:
        raise InvalidInput([(f"{pointer}/waiver", "expected who interprets and why, where the family does")])
    if waiver.get("child") and urgency != "emergency":
        raise InvalidInput([(f"{pointer}/waiver/child", "expected false: a child interprets only in an emergency")])
