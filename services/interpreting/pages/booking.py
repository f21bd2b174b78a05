"""One booking: its candidates and why others are not available; assign, send offers, release, cancel; its history."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Response

from services.interpreting.actions import booking_commands, booking_queries, history, offer_commands
from services.interpreting.current import dependencies
from services.interpreting.pages import labels
from services.interpreting.rules import matching, offers, states
from services.interpreting.rules.bookings import CANCEL_REASONS, RELEASE_REASONS
from services.interpreting.rules.records import Booking
from services.interpreting.schemas.forms import (
    CancelForm,
    CandidateQuery,
    CandidatesForm,
    LivePartQuery,
    QuickAssignForm,
    ReleaseForm,
)
from shared.command_context import Answer, CommandContext
from shared.errors import InvalidInput, NotFound
from shared.ui.blueprint import pages_blueprint, takes_form
from shared.ui.commands import submit
from shared.ui.flash import Flash, Undo, flash
from shared.ui.refusals import Clash
from shared.ui.shell import page
from shared.ui.showing import fragment, go, show
from shared.web.access import query, rights
from shared.web.state import caller

Document = dict[str, Any]
blp = pages_blueprint("interpreting", __file__)
HOME = "/interpreting/bookings/"
OFFER_MINUTES = (15, 30, 60, 120, 240, 480, 1440)
"""Options for how long an offer is open."""
NEEDS_REASON = "expected the reason, because an interpreter does not fit"
NEEDS_SELECTION = "expected a selection"


@blp.get("/bookings/<booking_id>")
@rights("coordinator", "front_desk")
@query(CandidateQuery)
def booking_page(booking_id: str, query: Document) -> Response:
    """Shows a booking with its candidates."""
    booking = booking_queries.find_booking(dependencies(), booking_id)
    name = query["name"]
    fits = (
        booking_queries.search_candidates(dependencies(), booking, name)
        if name
        else booking_queries.list_candidates(dependencies(), booking)
    )
    return show(
        "interpreting/booking.html",
        **_values(booking),
        seen=booking["version"],
        fits=fits,
        name=name or "",
        **_options(),
    )


@blp.get("/fragments/bookings/<booking_id>")
@rights("coordinator", "front_desk")
@query(LivePartQuery)
def booking_part(booking_id: str, query: Document) -> Response:
    """Shows its state, offers and history, live; and whether the page around it is of an earlier version."""
    booking = booking_queries.find_booking(dependencies(), booking_id)
    return fragment("interpreting/parts/booking.html", **_values(booking), seen=query["seen"])


def _values(booking: Booking) -> Document:
    now: datetime = page().request_context.now
    return {
        "booking": booking,
        "offers": [{**one, "outcome": offers.outcome(one, now)} for one in reversed(offers.offers_of(booking))],
        "allowed": set(states.allowed_commands(booking["status"])) if labels.can_command() else set(),
        "departments": labels.departments(),
        **labels.time_functions(),
        "can_record_work": labels.can_command() or "front_desk" in caller().roles,
        "case_link": labels.case_link,
        "timeline": labels.timeline(history.history(dependencies(), booking["_id"])),
    }


def _options() -> Document:
    return {
        "release_reasons": labels.reasons(RELEASE_REASONS),
        "cancel_reasons": labels.reasons(CANCEL_REASONS),
        "offer_minutes": labels.lengths(OFFER_MINUTES),
    }


def booking_changes(booking_id: str, since: int) -> Clash:
    """Returns who changed the booking since it was shown."""
    booking, changes = history.booking_changes(dependencies(), booking_id, since)
    return Clash(labels.changes(changes), booking["version"], f"{HOME}{booking_id}")


def desk_of_today() -> Response:
    """Shows the coordinator's day, where the button of a row was refused."""
    from services.interpreting.pages.desk import desk_page  # imported late, because the pages are independent otherwise

    answer: Response = desk_page({"date": None})
    return answer


@blp.post("/bookings/<booking_id>/assign/<interpreter_id>")
@rights("coordinator")
@takes_form(QuickAssignForm, page=desk_of_today, clash=booking_changes)
def assign_best(booking_id: str, interpreter_id: str, form: Document) -> Response:
    """Assigns the best match in one click, from the list of open bookings."""
    day = form["date"]
    return submit(
        lambda context: booking_commands.assign(dependencies(), booking_id, interpreter_id, None, context),
        lambda booking: go(f"/interpreting/?date={day}" if day else "/interpreting/", _assigned_message(booking)),
        part=booking_id,
    )


def _assigned_message(booking: Booking) -> Flash:
    undo = Undo(f"{HOME}{booking['_id']}/release", {"reason": "given_back"}, booking["version"])
    return flash("booking.assigned", name=booking["interpreter_name"] or "", undo=undo)


@blp.post("/bookings/<booking_id>/assign")
@rights("coordinator")
@takes_form(CandidatesForm, page=booking_page, clash=booking_changes)
def assign(booking_id: str, form: Document) -> Response:
    """Assigns the interpreter whose button was pressed; one who does not fit needs a reason."""
    who = form["interpreter_id"]
    if who is None:
        raise InvalidInput([("#/interpreter_ids", NEEDS_SELECTION)])
    return submit(
        lambda context: _require_reason(
            lambda: booking_commands.assign(dependencies(), booking_id, who, form["override"], context)
        ),
        lambda booking: go(f"{HOME}{booking_id}", _assigned_message(booking)),
    )


@blp.post("/bookings/<booking_id>/offer")
@rights("coordinator")
@takes_form(CandidatesForm, page=booking_page, clash=booking_changes)
def offer(booking_id: str, form: Document) -> Response:
    """Sends offers to the selected interpreters."""
    selected = form["interpreter_ids"]
    if not selected:
        raise InvalidInput([("#/interpreter_ids", NEEDS_SELECTION)])

    def run(context: CommandContext) -> Booking:
        minutes, override = form["expires_in_minutes"], form["override"]
        return _require_reason(
            lambda: offer_commands.offer(dependencies(), booking_id, selected, minutes, override, context)
        )

    return submit(run, lambda booking: go(f"{HOME}{booking_id}", flash("booking.offers_sent", n=len(selected))))


def _require_reason(run: Callable[[], Booking]) -> Booking:
    """Reports a missing reason as a fault of its field."""
    try:
        return run()
    except matching.OverrideNeeded:
        raise InvalidInput([("#/override", NEEDS_REASON)]) from None


@blp.post("/bookings/<booking_id>/offers/<offer_id>/withdraw")
@rights("coordinator")
@takes_form(page=booking_page, clash=booking_changes)
def withdraw(booking_id: str, offer_id: str) -> Response:
    """Withdraws an offer."""
    return submit(
        lambda context: offer_commands.withdraw(dependencies(), booking_id, offer_id, context),
        _to_booking(booking_id, flash("booking.withdrawn")),
    )


@blp.post("/bookings/<booking_id>/release")
@rights("coordinator")
@takes_form(ReleaseForm, page=booking_page, clash=booking_changes)
def release(booking_id: str, form: Document) -> Response:
    """Releases its interpreter; the booking is matched again."""
    return submit(
        lambda context: booking_commands.release(dependencies(), booking_id, form["reason"], context),
        lambda booking: go(f"{HOME}{booking_id}", flash("booking.released." + booking["status"], tone="note")),
    )


@blp.post("/bookings/<booking_id>/at-work/<command>")
@rights("coordinator", "front_desk")
@takes_form(page=booking_page, clash=booking_changes, event=states.work_event)
def at_work(booking_id: str, command: str) -> Response:
    """Records that the interpreter is there or has finished, or undoes the first."""
    run = booking_commands.WORK_COMMANDS.get(command)
    if run is None:
        raise NotFound()
    return submit(
        lambda context: run(dependencies(), booking_id, None, context),
        lambda booking: go(
            f"{HOME}{booking_id}", flash("booking.at_work." + command, name=booking["interpreter_name"] or "")
        ),
    )


@blp.post("/bookings/<booking_id>/cancel")
@rights("coordinator")
@takes_form(CancelForm, page=booking_page, clash=booking_changes, event="booking.cancelled")
def cancel(booking_id: str, form: Document) -> Response:
    """Cancels the booking, because no interpreter is needed."""
    return submit(
        lambda context: booking_commands.cancel(dependencies(), booking_id, form["reason"], context),
        _to_booking(booking_id, flash("booking.cancelled")),
    )


def _to_booking(booking_id: str, message: Flash) -> Callable[[Booking], Answer]:
    return lambda booking: go(f"{HOME}{booking_id}", message)
