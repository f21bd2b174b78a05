"""One booking: who could be asked and why others cannot, assigned in one click, offered to several, released, cancelled; its history."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Response

from services.interpreting import actions
from services.interpreting.current import dependencies
from services.interpreting.pages import naming
from services.interpreting.rules import matching, offers, states
from services.interpreting.rules.bookings import CANCEL_REASONS, RELEASE_REASONS
from services.interpreting.schemas.forms import AskForm, BestForm, CancelForm, NamedQuery, ReleaseForm, SeenQuery
from shared.command_context import Answer, CommandContext
from shared.errors import InvalidInput, NotFound
from shared.ui.blueprint import pages_blueprint, takes_form
from shared.ui.commands import submit
from shared.ui.flash import Said, Undo, said
from shared.ui.refusals import Clash
from shared.ui.shell import page
from shared.ui.showing import fragment, go, show
from shared.web.access import query, rights
from shared.web.state import caller

Document = dict[str, Any]
blp = pages_blueprint("interpreting", __file__)
HOME = "/interpreting/bookings/"
OPEN_FOR = (15, 30, 60, 120, 240, 480, 1440)
"""Minutes a coordinator may choose from."""
NEEDS_REASON = "expected the reason, because somebody here does not fit"
NEEDS_SOMEBODY = "expected somebody"


@blp.get("/bookings/<booking_id>")
@rights("coordinator", "front_desk")
@query(NamedQuery)
def booking_page(booking_id: str, query: Document) -> Response:
    """A booking with everybody who could do it."""
    booking = actions.find_booking(dependencies(), booking_id)
    name = query["name"]
    fits = actions.explain_called(dependencies(), booking, name) if name else actions.explain(dependencies(), booking)
    return show(
        "interpreting/booking.html",
        **_shown(booking),
        seen=booking["version"],
        fits=fits,
        name=name or "",
        **_reasons(),
    )


@blp.get("/fragments/bookings/<booking_id>")
@rights("coordinator", "front_desk")
@query(SeenQuery)
def booking_part(booking_id: str, query: Document) -> Response:
    """Its state, offers and history, live; and whether the page around it is of an earlier version."""
    booking = actions.find_booking(dependencies(), booking_id)
    return fragment("interpreting/parts/booking.html", **_shown(booking), seen=query["seen"])


def _shown(booking: Document) -> Document:
    now: datetime = page().request_context.now
    return {
        "booking": booking,
        "offers": [{**one, "outcome": offers.outcome(one, now)} for one in reversed(offers.of(booking))],
        "allowed": set(states.allowed_commands(booking["status"])) if naming.commands() else set(),
        "departments": naming.departments(),
        **naming.tools(),
        "working": naming.commands() or "front_desk" in caller().roles,
        "case_link": naming.case_link,
        "story": naming.story(actions.history(dependencies(), booking["_id"])),
    }


def _reasons() -> Document:
    return {
        "release_reasons": naming.reasons(RELEASE_REASONS),
        "cancel_reasons": naming.reasons(CANCEL_REASONS),
        "open_for": naming.lengths(OPEN_FOR),
    }


def booking_changes(booking_id: str, since: int) -> Clash:
    """Who did what to the booking since it was shown."""
    booking, happened = actions.changes_since(dependencies(), booking_id, since)
    return Clash(naming.changes(happened), booking["version"], f"{HOME}{booking_id}")


def desk_again() -> Response:
    """The coordinator's day, where the button of a row was refused."""
    from services.interpreting.pages.desk import desk_page  # a page beside, which leads here

    answer: Response = desk_page({"date": None})
    return answer


@blp.post("/bookings/<booking_id>/assign/<interpreter_id>")
@rights("coordinator")
@takes_form(BestForm, page=desk_again, clash=booking_changes)
def assign_best(booking_id: str, interpreter_id: str, form: Document) -> Response:
    """The best match in one click, from the list of what is open."""
    day = form["date"]
    return submit(
        lambda context: actions.assign(dependencies(), booking_id, interpreter_id, None, context),
        lambda booking: go(f"/interpreting/?date={day}" if day else "/interpreting/", _assigned(booking)),
        part=booking_id,
    )


def _assigned(booking: Document) -> Said:
    back = Undo(f"{HOME}{booking['_id']}/release", {"reason": "given_back"}, booking["version"])
    return said("booking.assigned", name=booking["interpreter_name"], undo=back)


@blp.post("/bookings/<booking_id>/assign")
@rights("coordinator")
@takes_form(AskForm, page=booking_page, clash=booking_changes)
def assign(booking_id: str, form: Document) -> Response:
    """Gives it to the one whose button was pressed; who does not fit only with a reason."""
    who = form["interpreter_id"]
    if who is None:
        raise InvalidInput([("#/interpreter_ids", NEEDS_SOMEBODY)])
    return submit(
        lambda context: _reasoned(lambda: actions.assign(dependencies(), booking_id, who, form["override"], context)),
        lambda booking: go(f"{HOME}{booking_id}", _assigned(booking)),
    )


@blp.post("/bookings/<booking_id>/offer")
@rights("coordinator")
@takes_form(AskForm, page=booking_page, clash=booking_changes)
def offer(booking_id: str, form: Document) -> Response:
    """Asks everybody who is ticked."""
    asked = form["interpreter_ids"]
    if not asked:
        raise InvalidInput([("#/interpreter_ids", NEEDS_SOMEBODY)])

    def run(context: CommandContext) -> Document:
        minutes, override = form["expires_in_minutes"], form["override"]
        return _reasoned(lambda: actions.offer(dependencies(), booking_id, asked, minutes, override, context))

    return submit(run, lambda booking: go(f"{HOME}{booking_id}", said("booking.asked", n=len(asked))))


def _reasoned(run: Callable[[], Document]) -> Document:
    """Where a reason is missing, it is the field for it that is at fault."""
    try:
        return run()
    except matching.OverrideNeeded:
        raise InvalidInput([("#/override", NEEDS_REASON)]) from None


@blp.post("/bookings/<booking_id>/offers/<offer_id>/withdraw")
@rights("coordinator")
@takes_form(page=booking_page, clash=booking_changes)
def withdraw(booking_id: str, offer_id: str) -> Response:
    """Takes an offer back."""
    return submit(
        lambda context: actions.withdraw(dependencies(), booking_id, offer_id, context),
        _back(booking_id, said("booking.withdrawn")),
    )


@blp.post("/bookings/<booking_id>/release")
@rights("coordinator")
@takes_form(ReleaseForm, page=booking_page, clash=booking_changes)
def release(booking_id: str, form: Document) -> Response:
    """Takes it from its interpreter and matches it anew."""
    return submit(
        lambda context: actions.release(dependencies(), booking_id, form["reason"], context),
        lambda booking: go(f"{HOME}{booking_id}", said("booking.released." + booking["status"], tone="note")),
    )


@blp.post("/bookings/<booking_id>/at-work/<command>")
@rights("coordinator", "front_desk")
@takes_form(page=booking_page, clash=booking_changes, event=states.at_work_event)
def at_work(booking_id: str, command: str) -> Response:
    """The interpreter is there, is finished, or is not there after all, as the desk sees."""
    run = actions.AT_WORK.get(command)
    if run is None:
        raise NotFound()
    return submit(
        lambda context: run(dependencies(), booking_id, None, context),
        lambda booking: go(f"{HOME}{booking_id}", said("booking.at_work." + command, name=booking["interpreter_name"])),
    )


@blp.post("/bookings/<booking_id>/cancel")
@rights("coordinator")
@takes_form(CancelForm, page=booking_page, clash=booking_changes, event="booking.cancelled")
def cancel(booking_id: str, form: Document) -> Response:
    """No interpreter is needed."""
    return submit(
        lambda context: actions.cancel(dependencies(), booking_id, form["reason"], context),
        _back(booking_id, said("booking.cancelled")),
    )


def _back(booking_id: str, message: Said) -> Callable[[Document], Answer]:
    return lambda booking: go(f"{HOME}{booking_id}", message)
