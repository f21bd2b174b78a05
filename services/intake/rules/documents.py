"""Kinds of a case's documents and who may see them. Accepted file types: shared/documents/formats.py."""

from services.intake.rules.values import Unfit

KINDS = ("referral_letter", "clinical_summary", "laboratory", "imaging", "identity", "payment", "consent", "other")
MESSAGE_KINDS = ("message", "information_request", "information", "decline", "cancellation_refused", "note")
SIDES = ("agency", "hospital")
READERS = ("us", "agency", "patient", "interpreter")


def readers(text: str) -> list[str]:
    """Returns the readers in a comma-separated list of who may see a document; raises Unfit."""
    named = [part.strip() for part in text.split(",")]
    if not set(named) <= set(READERS):
        raise Unfit(f"expected a comma list of {', '.join(READERS)}")
    return named
