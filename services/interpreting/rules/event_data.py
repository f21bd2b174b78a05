"""The fields of interpreting's events, from the records they are about."""

from collections.abc import Iterable
from typing import TypedDict

from services.interpreting.rules.records import Booking, Interpreter, Offer
from services.interpreting.rules.roster import display_name
from shared.clock import rfc3339
from shared.events.interpreting import Offer as PublishedOffer


class BookingData(TypedDict):
    """The fields that every event about a booking carries."""

    booking_id: str
    visit_id: str
    case_id: str
    status: str
    start: str
    end: str
    language: str
    reference: str | None
    organization_id: str | None
    agency_reference: str | None
    department: str | None
    place: str | None
    modality: str
    interpreter_id: str | None
    interpreter_name: str | None


class InterpreterData(TypedDict):
    """The fields that every event about an interpreter carries."""

    interpreter_id: str
    name: str
    email: str | None
    account_id: str | None
    active: bool


def booking_data(booking: Booking) -> BookingData:
    """Returns the fields that every event about a booking carries."""
    return {
        "booking_id": booking["_id"],
        "visit_id": booking["visit_id"],
        "case_id": booking["case_id"],
        "status": booking["status"],
        "start": rfc3339(booking["start"]),
        "end": rfc3339(booking["end"]),
        "language": booking["language"],
        "reference": booking["reference"],
        "organization_id": booking["organization_id"],
        "agency_reference": booking["agency_reference"],
        "department": booking["department"],
        "place": booking["place"],
        "modality": booking["modality"],
        "interpreter_id": booking["interpreter_id"],
        "interpreter_name": booking["interpreter_name"],
    }


def offer_data(offer: Offer, sealed_link: str | None = None) -> PublishedOffer:
    """Returns an offer as events carry it; `sealed_link` is the path that answers it, sealed to notify."""
    return PublishedOffer(
        offer_id=offer["id"],
        interpreter_id=offer["interpreter_id"],
        interpreter_name=offer["interpreter_name"],
        expires_at=rfc3339(offer["expires_at"]),
        sealed_link=sealed_link,
    )


def offers_data(offers: Iterable[Offer]) -> tuple[PublishedOffer, ...]:
    """Returns several offers as events carry them."""
    return tuple(offer_data(offer) for offer in offers)


def interpreter_data(entry: Interpreter) -> InterpreterData:
    """Returns the fields that every event about an interpreter carries."""
    return {
        "interpreter_id": entry["_id"],
        "name": display_name(entry["name"]),
        "email": entry["email"],
        "account_id": entry["account_id"],
        "active": entry["active"],
    }
