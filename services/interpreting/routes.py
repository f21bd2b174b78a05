"""The JSON API: bookings and the roster. Coordinators everything; the front desk reads; an interpreter sees their own bookings."""

from typing import Any

from flask import Response

from services.interpreting import actions
from services.interpreting.actions import BookingFilter
from services.interpreting.schemas import (
    AssignSchema,
    BookingListQuery,
    BookingPageSchema,
    BookingSchema,
    CancelSchema,
    ExplainedBookingSchema,
    InterpreterChangesSchema,
    InterpreterListQuery,
    InterpreterPageSchema,
    InterpreterSchema,
    NewInterpreterSchema,
    ReleaseSchema,
    explained,
)
from shared.origin import Answer
from shared.web import api_blueprint, caller, command, page_of, parts, query, respond, returns, rights, takes

Document = dict[str, Any]
blp = api_blueprint("interpreting", "interpreting")
STAFF = frozenset({"coordinator", "front_desk", "admin"})


def _own_account() -> str | None:
    """The account to which bookings are narrowed; None for those who may see all."""
    return None if caller().roles & STAFF else caller().id


def _booking(record: Document) -> Answer:
    return respond(record, BookingSchema)


def _interpreter(record: Document) -> Answer:
    return respond(record, InterpreterSchema)


def _new_interpreter(record: Document) -> Answer:
    return respond(record, InterpreterSchema, 201, f"/interpreting/api/v1/interpreters/{record['_id']}")


@blp.get("/bookings")
@rights("coordinator", "front_desk", "interpreter")
@query(BookingListQuery)
@returns(200, BookingPageSchema)
def list_bookings(query: Document) -> Answer:
    """Bookings by start."""
    equal: dict[str, str] = {
        name: query[name] for name in ("case_id", "visit_id", "interpreter_id", "status") if name in query
    }
    wanted = BookingFilter(equal, query.get("since"), query.get("until"))
    own = _own_account()
    return page_of(
        lambda window: actions.list_bookings(parts(), wanted, window, own),
        BookingSchema,
        query,
        lambda row: (row["start"], row["_id"]),
    )


@blp.get("/bookings/<booking_id>")
@rights("coordinator", "front_desk", "interpreter")
@returns(200, ExplainedBookingSchema)
def get_booking(booking_id: str) -> Answer:
    """One booking; for staff with everybody who could be asked, and why others not."""
    own = _own_account()
    booking = actions.find_booking(parts(), booking_id, own)
    if own is not None:
        return _booking(booking)
    return respond(explained(booking, actions.explain(parts(), booking)), ExplainedBookingSchema)


@blp.post("/bookings/<booking_id>/assign")
@rights("coordinator")
@takes(AssignSchema)
@returns(200, BookingSchema)
def assign(booking_id: str, body: Document) -> Response:
    """Gives the booking to an interpreter; outside their hours, languages, modalities or daily maximum with `override`, the reason."""
    return command(
        lambda origin: actions.assign(parts(), booking_id, body["interpreter_id"], body["override"], origin), _booking
    )


@blp.post("/bookings/<booking_id>/release")
@rights("coordinator")
@takes(ReleaseSchema)
@returns(200, BookingSchema)
def release(booking_id: str, body: Document) -> Response:
    """Takes the booking from its interpreter and matches it anew."""
    return command(lambda origin: actions.release(parts(), booking_id, body["reason"], origin), _booking)


@blp.post("/bookings/<booking_id>/cancel")
@rights("coordinator")
@takes(CancelSchema)
@returns(200, BookingSchema)
def cancel(booking_id: str, body: Document) -> Response:
    """No interpreter is needed; the visit stands."""
    return command(lambda origin: actions.cancel(parts(), booking_id, body["reason"], origin), _booking)


@blp.post("/interpreters")
@rights("coordinator")
@takes(NewInterpreterSchema)
@returns(201, InterpreterSchema)
def register_interpreter(body: Document) -> Response:
    """Enters an interpreter; Japanese is implied."""
    return command(lambda origin: actions.register_interpreter(parts(), body, origin), _new_interpreter)


@blp.get("/interpreters")
@rights("coordinator", "front_desk")
@query(InterpreterListQuery)
@returns(200, InterpreterPageSchema)
def list_interpreters(query: Document) -> Answer:
    """The roster in order of entry."""
    active, language, modality = query.get("active"), query.get("language"), query.get("modality")
    return page_of(
        lambda window: actions.list_interpreters(parts(), active, language, modality, window), InterpreterSchema, query
    )


@blp.get("/interpreters/<interpreter_id>")
@rights("coordinator", "front_desk")
@returns(200, InterpreterSchema)
def get_interpreter(interpreter_id: str) -> Answer:
    """One entry of the roster."""
    return _interpreter(actions.find_interpreter(parts(), interpreter_id))


@blp.patch("/interpreters/<interpreter_id>")
@rights("coordinator")
@takes(InterpreterChangesSchema)
@returns(200, InterpreterSchema)
def update_interpreter(interpreter_id: str, body: Document) -> Response:
    """Changes what is named. Confirmed bookings that no longer fit are matched anew within seconds."""
    return command(lambda origin: actions.update_interpreter(parts(), interpreter_id, body, origin), _interpreter)
