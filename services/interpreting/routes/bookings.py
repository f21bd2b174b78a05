"""Bookings: coordinators change them, the front desk reads them, an interpreter sees their own."""

from collections.abc import Callable
from typing import Any

from flask import Response

from services.interpreting.actions import booking_commands, booking_queries, offer_commands
from services.interpreting.actions.booking_queries import BookingFilter
from services.interpreting.current import dependencies
from services.interpreting.rules.records import Booking
from services.interpreting.schemas.requests import (
    AssignSchema,
    BookingListQuery,
    CancelSchema,
    OfferRequestSchema,
    ReleaseSchema,
)
from services.interpreting.schemas.responses import (
    BookingPageSchema,
    BookingSchema,
    CandidateSchema,
    ExplainedBookingSchema,
    candidate,
    with_candidates,
)
from shared.command_context import Answer
from shared.web.access import api_blueprint, query, returns, rights, takes
from shared.web.answers import respond
from shared.web.commands import command
from shared.web.lists import page_of
from shared.web.state import caller

Document = dict[str, Any]
blp = api_blueprint("bookings", "interpreting")
STAFF = frozenset({"coordinator", "front_desk", "admin"})
WITHOUT_OFFERS = BookingSchema(exclude=("offers",))  # offers to other interpreters are for staff alone


def _own_account() -> str | None:
    """Returns the account whose bookings alone are visible; None for staff, who see all."""
    return None if caller().roles & STAFF else caller().id


def _to_response(record: Booking) -> Answer:
    return respond(record, BookingSchema)


def _to_response_for(own_account: str | None) -> Callable[[Booking], Answer]:
    return _to_response if own_account is None else lambda record: respond(record, WITHOUT_OFFERS)


@blp.get("/bookings")
@rights("coordinator", "front_desk", "interpreter")
@query(BookingListQuery)
@returns(200, BookingPageSchema)
def list_bookings(query: Document) -> Answer:
    """List bookings.

    In order of start. An interpreter sees only their own bookings.
    """
    equal: dict[str, str] = {
        name: query[name] for name in ("case_id", "visit_id", "interpreter_id", "status") if name in query
    }
    wanted = BookingFilter(equal, query.get("since"), query.get("until"))
    own = _own_account()
    return page_of(
        lambda window: booking_queries.list_bookings(dependencies(), wanted, window, own),
        BookingSchema if own is None else WITHOUT_OFFERS,
        query,
        lambda row: (row["start"], row["_id"]),
    )


@blp.get("/bookings/<booking_id>")
@rights("coordinator", "front_desk", "interpreter")
@returns(200, ExplainedBookingSchema)
def get_booking(booking_id: str) -> Answer:
    """Read a booking.

    Staff also see all candidates, and why each of the others is not available. An interpreter sees only their own bookings.
    """
    own = _own_account()
    booking = booking_queries.find_booking(dependencies(), booking_id, own)
    if own is not None:
        return respond(booking, WITHOUT_OFFERS)
    return respond(
        with_candidates(booking, booking_queries.list_candidates(dependencies(), booking)), ExplainedBookingSchema
    )


@blp.get("/bookings/<booking_id>/candidates/<interpreter_id>")
@rights("coordinator", "front_desk")
@returns(200, CandidateSchema)
def get_candidate(booking_id: str, interpreter_id: str) -> Answer:
    """Read a candidate.

    Tells how well one interpreter fits this booking at present, or why they do not fit.
    """
    booking = booking_queries.find_booking(dependencies(), booking_id)
    fit = booking_queries.evaluate_candidate(dependencies(), booking, interpreter_id)
    return respond(candidate(fit, booking["excluded_interpreters"]), CandidateSchema)


@blp.post("/bookings/<booking_id>/offer")
@rights("coordinator")
@takes(OfferRequestSchema)
@returns(200, BookingSchema)
def offer(booking_id: str, body: Document) -> Response:
    """Send offers to interpreters.

    The first interpreter to accept in time gets the booking. An interpreter who does not fit needs `override`, the reason.
    """
    interpreter_ids, minutes, override = body["interpreter_ids"], body["expires_in_minutes"], body["override"]
    return command(
        lambda context: offer_commands.offer(dependencies(), booking_id, interpreter_ids, minutes, override, context),
        _to_response,
    )


@blp.post("/bookings/<booking_id>/offers/<offer_id>/withdraw")
@rights("coordinator")
@returns(200, BookingSchema)
def withdraw_offer(booking_id: str, offer_id: str) -> Response:
    """Withdraw an offer.

    The offer must be open. When the last open offer is withdrawn, the booking is matched again.
    """
    return command(lambda context: offer_commands.withdraw(dependencies(), booking_id, offer_id, context), _to_response)


@blp.post("/bookings/<booking_id>/assign")
@rights("coordinator")
@takes(AssignSchema)
@returns(200, BookingSchema)
def assign(booking_id: str, body: Document) -> Response:
    """Assign an interpreter.

    Outside the interpreter's hours, languages, modalities or daily maximum this needs `override`, the reason.
    """
    return command(
        lambda context: booking_commands.assign(
            dependencies(), booking_id, body["interpreter_id"], body["override"], context
        ),
        _to_response,
    )


@blp.post("/bookings/<booking_id>/release")
@rights("coordinator")
@takes(ReleaseSchema)
@returns(200, BookingSchema)
def release(booking_id: str, body: Document) -> Response:
    """Release an interpreter.

    The interpreter loses the booking, and the booking is matched again.
    """
    return command(
        lambda context: booking_commands.release(dependencies(), booking_id, body["reason"], context), _to_response
    )


@blp.post("/bookings/<booking_id>/start")
@rights("coordinator", "front_desk", "interpreter")
@returns(200, BookingSchema)
def start(booking_id: str) -> Response:
    """Record an interpreter's arrival.

    Possible from two hours before the start. An interpreter does it for their own booking.
    """
    own = _own_account()
    return command(
        lambda context: booking_commands.start(dependencies(), booking_id, own, context), _to_response_for(own)
    )


@blp.post("/bookings/<booking_id>/complete")
@rights("coordinator", "front_desk", "interpreter")
@returns(200, BookingSchema)
def complete(booking_id: str) -> Response:
    """Record the end of interpreting.

    An interpreter does it for their own booking.
    """
    own = _own_account()
    return command(
        lambda context: booking_commands.complete(dependencies(), booking_id, own, context), _to_response_for(own)
    )


@blp.post("/bookings/<booking_id>/correct")
@rights("coordinator", "front_desk", "interpreter")
@returns(200, BookingSchema)
def correct(booking_id: str) -> Response:
    """Undo an interpreter's arrival.

    The booking is confirmed again. An interpreter does it for their own booking.
    """
    own = _own_account()
    return command(
        lambda context: booking_commands.undo_start(dependencies(), booking_id, own, context), _to_response_for(own)
    )


@blp.post("/bookings/<booking_id>/cancel")
@rights("coordinator")
@takes(CancelSchema)
@returns(200, BookingSchema)
def cancel(booking_id: str, body: Document) -> Response:
    """Cancel a booking.

    No interpreter is needed. The visit stays booked.
    """
    return command(
        lambda context: booking_commands.cancel(dependencies(), booking_id, body["reason"], context), _to_response
    )
