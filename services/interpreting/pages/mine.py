"""The interpreter's own page, made for a phone: offers and their outcome, bookings, hours, absences, calendar feed."""

from datetime import datetime, timedelta
from typing import Any

from flask import Response

from services.interpreting.actions import booking_commands, booking_queries, history, offer_commands, self_service
from services.interpreting.current import dependencies
from services.interpreting.pages import labels
from services.interpreting.rules import offers, states
from services.interpreting.rules.matching import InterpreterAlreadyBooked, InterpreterInactive
from services.interpreting.rules.offers import OfferNoLongerFits, OfferOver, OwnOffer
from services.interpreting.rules.periods import DAYS
from services.interpreting.rules.records import Booking, InterpreterChanges
from services.interpreting.schemas.forms import MIN_SPANS, AvailabilityForm, hours_by_day, hours_faults, weekly_hours
from shared.command_context import Answer
from shared.errors import InvalidInput, NotFound
from shared.paging import Window
from shared.ui.blueprint import pages_blueprint, takes_form
from shared.ui.commands import submit
from shared.ui.flash import Undo, flash
from shared.ui.refusals import Change, Clash
from shared.ui.shell import page, t
from shared.ui.showing import fragment, go, show
from shared.web.access import rights
from shared.web.state import caller

Document = dict[str, Any]
blp = pages_blueprint("interpreting", __file__)
HOME = "/interpreting/mine"
MAX_OFFERS = MAX_LATER = 100
AHEAD = timedelta(days=14)
CANNOT_ACCEPT = {InterpreterAlreadyBooked: "busy", InterpreterInactive: "inactive", OfferNoLongerFits: "unfit"}
"""Errors of an acceptance, with their text in mine.cannot."""


@blp.get("/mine")
@rights("interpreter")
def mine_page() -> Response:
    """Shows offers, bookings and the entry of the interpreter who signed in."""
    return show("interpreting/mine.html", **_offers_and_bookings(), **_entry(), link=None)


@blp.get("/fragments/mine")
@rights("interpreter")
def mine_part() -> Response:
    """Shows offers and bookings, live."""
    return fragment("interpreting/parts/mine.html", **_offers_and_bookings())


def _offers_and_bookings() -> Document:
    now: datetime = page().request_context.now
    found = [
        row["offer"] for row in self_service.own_offers(dependencies(), caller().id, Window(None, MAX_OFFERS), now)
    ]
    days, later = _days(now)
    return {
        "open": [one for one in found if one["outcome"] == offers.OPEN],
        "ended": sorted(_ended_offers(found), key=_end_of, reverse=True),
        "days": days,
        "later": later,
        "departments": labels.departments(),
        "today": labels.today(),
        **labels.time_functions(),
    }


def _ended_offers(found: list[OwnOffer]) -> list[OwnOffer]:
    return [one for one in found if one["outcome"] != offers.OPEN and not one["yours"]]


def _end_of(offer: OwnOffer) -> datetime:
    return offer["answered_at"] or offer["expires_at"]


def _days(now: datetime) -> tuple[list[tuple[str, list[Booking]]], list[Booking]]:
    """Returns bookings of today (ended ones too) and the next days, by local day; and the later ones, in order."""
    zone = dependencies().settings.time_zone
    midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    found = self_service.own_bookings(dependencies(), caller().id, midnight)
    days: dict[str, list[Booking]] = {}
    for booking in found:
        if booking["start"] < midnight + AHEAD:
            days.setdefault(booking["start"].astimezone(zone).date().isoformat(), []).append(booking)
    return sorted(days.items()), [one for one in found if one["start"] >= midnight + AHEAD][:MAX_LATER]


def _entry() -> Document:
    entry = self_service.own_entry(dependencies(), caller().id)
    now: datetime = page().request_context.now
    calendar = entry.get("calendar")
    return {
        "entry": entry,
        "hours": hours_by_day(entry["weekly_hours"]),
        "absences": [one for one in sorted(entry["exceptions"], key=lambda one: one["start"]) if one["end"] > now],
        "calendar_since": calendar["since"] if calendar else None,
        "weekdays": DAYS,
    }


@blp.post("/mine/offers/<booking_id>/<offer_id>/accept")
@rights("interpreter")
@takes_form(page=mine_page)
def accept(booking_id: str, offer_id: str) -> Response | Answer:
    """Accepts the offer, or shows why it is not possible."""
    return _answer(booking_id, offer_id, accepted=True)


@blp.post("/mine/offers/<booking_id>/<offer_id>/decline")
@rights("interpreter")
@takes_form(page=mine_page)
def decline(booking_id: str, offer_id: str) -> Response | Answer:
    """Declines the offer."""
    return _answer(booking_id, offer_id, accepted=False)


def _answer(booking_id: str, offer_id: str, accepted: bool) -> Response | Answer:
    own_ids = self_service.own_ids(dependencies(), caller().id)
    answer = offer_commands.accept if accepted else offer_commands.decline
    verb = "accepted" if accepted else "declined"
    try:
        return submit(
            lambda context: answer(dependencies(), booking_id, offer_id, own_ids, context),
            lambda _: go(HOME, flash("mine.done." + verb)),
        )
    except OfferOver as over:
        return go(HOME, flash("outcome_message." + over.outcome, tone="warning"))
    except tuple(CANNOT_ACCEPT) as error:
        return go(HOME, flash("mine.cannot." + CANNOT_ACCEPT[type(error)], tone="warning"))


def own_booking_changes(booking_id: str, since: int) -> Clash:
    """Returns who changed the interpreter's booking since it was shown: staff, or the interpreter in another window."""
    booking_queries.find_booking(dependencies(), booking_id, caller().id)
    booking, changes = history.booking_changes(dependencies(), booking_id, since)
    return Clash(labels.changes(changes), booking["version"], HOME)


@blp.post("/mine/bookings/<booking_id>/<command>")
@rights("interpreter")
@takes_form(page=mine_page, clash=own_booking_changes, event=states.work_event)
def at_work(booking_id: str, command: str) -> Response:
    """Records that the interpreter is there or has finished, or undoes the first."""
    run = booking_commands.WORK_COMMANDS.get(command)
    if run is None:
        raise NotFound()

    def then(booking: Booking) -> Answer:
        back = f"{HOME}/bookings/{booking_id}/correct"
        undo = Undo(back, {}, booking["version"]) if command == "start" else None
        return go(HOME, flash("mine.done." + command, undo=undo))

    return submit(
        lambda context: run(dependencies(), booking_id, caller().id, context), then, part=f"{booking_id}.{command}"
    )


@blp.get("/mine/hours")
@rights("interpreter")
def hours_page() -> Response:
    """Shows the form to change weekly hours."""
    entry = self_service.own_entry(dependencies(), caller().id)
    hours = hours_by_day(entry["weekly_hours"])
    spans = {day: range(max(MIN_SPANS, len(hours[day]))) for day in DAYS}
    return show("interpreting/hours.html", entry=entry, values={"hours": hours}, spans=spans)


def hours_changes(since: int) -> Clash:
    """Returns who changed the entry since it was shown: somebody else, or the interpreter in another window."""
    entry, changes = history.interpreter_changes(
        dependencies(), self_service.own_entry(dependencies(), caller().id)["_id"], since
    )
    names = labels.names_of_actors(changes)
    return Clash(
        [Change(each.time, names[each.by], t("hours.changed")) for each in changes], entry["version"], f"{HOME}/hours"
    )


@blp.post("/mine/hours")
@rights("interpreter")
@takes_form(AvailabilityForm, page=hours_page, clash=hours_changes)
def change_hours(form: Document) -> Response:
    """Changes weekly hours; a page shows the bookings that it costs before it is saved."""
    if faults := hours_faults(form["hours"]):
        raise InvalidInput(faults)
    changes: InterpreterChanges = {"weekly_hours": weekly_hours(form["hours"])}
    if not form["confirmed"]:
        entry = self_service.own_entry(dependencies(), caller().id)
        loses = self_service.consequences(dependencies(), entry, changes, page().request_context.now)
        if loses:
            fields = {
                f"hours.{day}.{n}.{name}": span[key]
                for day in DAYS
                for n, span in enumerate(form["hours"].get(day, ()))
                for name, key in (("from", "since"), ("to", "until"))
            }
            return show(
                "interpreting/confirm_release.html",
                loses=loses,
                action=f"{HOME}/hours",
                fields={**fields, "confirmed": "on"},
                back=f"{HOME}/hours",
            )
    return submit(
        lambda context: self_service.change_availability(dependencies(), caller().id, changes, context),
        lambda entry: go(HOME, flash("hours.saved")),
    )


@blp.post("/mine/calendar")
@rights("interpreter")
@takes_form(page=mine_page)
def create_calendar_link() -> Response:
    """Creates an address for calendar programs and shows it once."""
    token = self_service.new_token()
    self_service.create_calendar_link(dependencies(), caller().id, token, page().request_context.context())
    address = f"{dependencies().settings.public_url}/interpreting/calendar/{token}.ics"
    return show("interpreting/mine.html", **_offers_and_bookings(), **_entry(), link=address)


@blp.post("/mine/calendar/end")
@rights("interpreter")
@takes_form(page=mine_page)
def delete_calendar_link() -> Response:
    """Deletes the address; it stops working."""
    return submit(
        lambda context: self_service.delete_calendar_link(dependencies(), caller().id, context),
        lambda _: go(f"{HOME}#calendar", flash("mine.calendar_deleted")),
    )
