"""The interpreter's own page, made for a phone: offers to answer and how they ended, what comes next, hours, absences, calendar."""

from datetime import datetime, timedelta
from typing import Any

from flask import Response

from services.interpreting import actions
from services.interpreting.current import dependencies
from services.interpreting.pages import naming
from services.interpreting.rules import offers, states
from services.interpreting.rules.matching import InterpreterAlreadyBooked, InterpreterInactive
from services.interpreting.rules.offers import OfferNoLongerFits, OfferOver
from services.interpreting.rules.periods import DAYS
from services.interpreting.schemas.forms import SPANS, AvailabilityForm, hour_faults, hours_by_day, weekly_hours
from shared.command_context import Answer
from shared.errors import InvalidInput, NotFound
from shared.paging import Window
from shared.ui.blueprint import pages_blueprint, takes_form
from shared.ui.commands import submit
from shared.ui.flash import Undo, said
from shared.ui.refusals import Change, Clash
from shared.ui.shell import page, t
from shared.ui.showing import fragment, go, show
from shared.web.access import rights
from shared.web.state import caller

Document = dict[str, Any]
blp = pages_blueprint("interpreting", __file__)
HOME = "/interpreting/mine"
MOST = 100
AHEAD = timedelta(days=14)
CANNOT = {InterpreterAlreadyBooked: "busy", InterpreterInactive: "inactive", OfferNoLongerFits: "unfit"}
"""What stands against an acceptance, as mine.cannot.* says it."""


@blp.get("/mine")
@rights("interpreter")
def mine_page() -> Response:
    """Everything of theirs."""
    return show("interpreting/mine.html", **_work(), **_entry(), link=None)


@blp.get("/fragments/mine")
@rights("interpreter")
def mine_part() -> Response:
    """Offers and bookings, live."""
    return fragment("interpreting/parts/mine.html", **_work())


def _work() -> Document:
    now: datetime = page().request_context.now
    found = [row["offer"] for row in actions.own_offers(dependencies(), caller().id, Window(None, MOST), now)]
    days, later = _days(now)
    return {
        "open": [one for one in found if one["outcome"] == offers.OPEN],
        "ended": sorted(_ended(found), key=_when_ended, reverse=True),
        "days": days,
        "later": later,
        "departments": naming.departments(),
        "today": naming.today(),
        **naming.tools(),
    }


def _ended(found: list[Document]) -> list[Document]:
    return [one for one in found if one["outcome"] != offers.OPEN and not one["yours"]]


def _when_ended(offer: Document) -> datetime:
    ended: datetime = offer["answered_at"] or offer["expires_at"]
    return ended


def _days(now: datetime) -> tuple[list[tuple[str, list[Document]]], list[Document]]:
    """Bookings of today and the next days, by local day; those that are over today too. And those after that, in order."""
    zone = dependencies().settings.time_zone
    midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    found = actions.own_bookings(dependencies(), caller().id, midnight)
    days: dict[str, list[Document]] = {}
    for booking in found:
        if booking["start"] < midnight + AHEAD:
            days.setdefault(booking["start"].astimezone(zone).date().isoformat(), []).append(booking)
    return sorted(days.items()), [one for one in found if one["start"] >= midnight + AHEAD][:MOST]


def _entry() -> Document:
    entry = actions.entry_of(dependencies(), caller().id)
    now: datetime = page().request_context.now
    return {
        "entry": entry,
        "hours": hours_by_day(entry["weekly_hours"]),
        "absences": [one for one in sorted(entry["exceptions"], key=lambda one: one["start"]) if one["end"] > now],
        "calendar_since": (entry.get("calendar") or {}).get("since"),
        "weekdays": DAYS,
    }


@blp.post("/mine/offers/<booking_id>/<offer_id>/accept")
@rights("interpreter")
@takes_form(page=mine_page)
def accept(booking_id: str, offer_id: str) -> Response | Answer:
    """Takes the booking, or tells why not."""
    return _answered(booking_id, offer_id, accepted=True)


@blp.post("/mine/offers/<booking_id>/<offer_id>/decline")
@rights("interpreter")
@takes_form(page=mine_page)
def decline(booking_id: str, offer_id: str) -> Response | Answer:
    """Says no."""
    return _answered(booking_id, offer_id, accepted=False)


def _answered(booking_id: str, offer_id: str, accepted: bool) -> Response | Answer:
    own, answer = actions.own_ids(dependencies(), caller().id), actions.accept if accepted else actions.decline
    verb = "accepted" if accepted else "declined"
    try:
        return submit(
            lambda context: answer(dependencies(), booking_id, offer_id, own, context),
            lambda _: go(HOME, said("mine.done." + verb)),
        )
    except OfferOver as over:
        return go(HOME, said("outcome_told." + over.outcome, tone="warning"))
    except tuple(CANNOT) as cannot:
        return go(HOME, said("mine.cannot." + CANNOT[type(cannot)], tone="warning"))


def own_changes(booking_id: str, since: int) -> Clash:
    """Who did what to a booking of theirs since it was shown: the desk, or they themselves in another window."""
    actions.find_booking(dependencies(), booking_id, caller().id)
    booking, happened = actions.changes_since(dependencies(), booking_id, since)
    return Clash(naming.changes(happened), booking["version"], HOME)


@blp.post("/mine/bookings/<booking_id>/<command>")
@rights("interpreter")
@takes_form(page=mine_page, clash=own_changes, event=states.at_work_event)
def at_work(booking_id: str, command: str) -> Response:
    """I am here; finished; and what takes the first back."""
    run = actions.AT_WORK.get(command)
    if run is None:
        raise NotFound()

    def then(booking: Document) -> Answer:
        back = f"{HOME}/bookings/{booking_id}/correct"
        undo = Undo(back, {}, booking["version"]) if command == "start" else None
        return go(HOME, said("mine.done." + command, undo=undo))

    return submit(
        lambda context: run(dependencies(), booking_id, caller().id, context), then, part=f"{booking_id}.{command}"
    )


@blp.get("/mine/hours")
@rights("interpreter")
def hours_page() -> Response:
    """Weekly hours to be changed."""
    entry = actions.entry_of(dependencies(), caller().id)
    hours = hours_by_day(entry["weekly_hours"])
    spans = {day: range(max(SPANS, len(hours[day]))) for day in DAYS}
    return show("interpreting/hours.html", entry=entry, values={"hours": hours}, spans=spans)


def hours_changes(since: int) -> Clash:
    """Somebody else, or another window."""
    entry, happened = actions.entry_changes(dependencies(), actions.entry_of(dependencies(), caller().id)["_id"], since)
    names = naming.people(happened)
    return Clash(
        [Change(each.time, names[each.by], t("hours.changed")) for each in happened], entry["version"], f"{HOME}/hours"
    )


@blp.post("/mine/hours")
@rights("interpreter")
@takes_form(AvailabilityForm, page=hours_page, clash=hours_changes)
def change_hours(form: Document) -> Response:
    """Changes when they work; what it costs is said before."""
    if faults := hour_faults(form["hours"]):
        raise InvalidInput(faults)
    changes = {"weekly_hours": weekly_hours(form["hours"])}
    if not form["sure"]:
        entry = actions.entry_of(dependencies(), caller().id)
        loses = actions.consequences(dependencies(), entry, changes, page().request_context.now)
        if loses:
            typed = {
                f"hours.{day}.{n}.{name}": span[key]
                for day in DAYS
                for n, span in enumerate(form["hours"].get(day, ()))
                for name, key in (("from", "since"), ("to", "until"))
            }
            return show(
                "interpreting/sure.html",
                loses=loses,
                action=f"{HOME}/hours",
                fields={**typed, "sure": "on"},
                back=f"{HOME}/hours",
            )
    return submit(
        lambda context: actions.change_availability(dependencies(), caller().id, changes, context),
        lambda entry: go(HOME, said("hours.saved")),
    )


@blp.post("/mine/calendar")
@rights("interpreter")
@takes_form(page=mine_page)
def new_calendar() -> Response:
    """Makes an address for calendar programs, and shows it this once."""
    token = actions.fresh_token()
    actions.new_calendar_link(dependencies(), caller().id, token, page().request_context.context())
    address = f"{dependencies().settings.public_url}/interpreting/calendar/{token}.ics"
    return show("interpreting/mine.html", **_work(), **_entry(), link=address)


@blp.post("/mine/calendar/end")
@rights("interpreter")
@takes_form(page=mine_page)
def end_calendar() -> Response:
    """No address opens the calendar any more."""
    return submit(
        lambda context: actions.drop_calendar_link(dependencies(), caller().id, context),
        lambda _: go(f"{HOME}#calendar", said("mine.calendar_ended")),
    )
