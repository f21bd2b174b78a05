"""A service's part of the operators' pages, the same at every service: how it stands, what it keeps, who did what, a case's way.

The browser puts the parts of all services together on pages of accounts; each answers for itself, by its own rights. Acts
come in here too, as forms of the parts. Not here: what an act does (shared/operations, shared/messaging/parking.py).
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Response, request
from marshmallow import fields, validate

from shared.messaging.parking import Hand, NothingSuch
from shared.mongo import Document
from shared.operations.desk import STATES, Operations, act_shown, group_of
from shared.operations.schemas import WayQuery
from shared.origin import Answer
from shared.paging import Window
from shared.ui.blueprint import PageBlueprint, takes_form
from shared.ui.commands import submit
from shared.ui.shell import page
from shared.ui.showing import fragment, go
from shared.web.body import query_reader
from shared.web.door import query, rights
from shared.web.fields import Schema, Text, Whole
from shared.web.state import ask

ROLE = "operator"
HOME = "/accounts/operations"
MOST_SHOWN = 100
Form = dict[str, Any]


class AfterAct(Schema):
    """A part as it is shown after an act: `act` is what was done."""

    act = fields.String(validate=validate.Length(1, 60), load_default=None)


class KeptPart(AfterAct):
    """Which of the kept events; `type` is empty where it is not known."""

    state = fields.String(validate=validate.OneOf(tuple(STATES)), load_default="parked")
    cause = fields.String(validate=validate.Length(1, 120), load_default=None)
    type = fields.String(validate=validate.Length(0, 120), load_default=None)


class WhyForm(Schema):
    """Why, where somebody wants to say it."""

    reason = Text(500)


class ReasonForm(Schema):
    """Why; it must be said."""

    reason = Text(500, required=True)


class DiscardGroupForm(ReasonForm):
    """And how many, typed by who counted them."""

    n = Whole(required=True, validate=validate.Range(1, 10**6))


def operations_pages(service: str, file: str) -> PageBlueprint:
    """Under `/<service>/fragments/operations`; `file` is a module of the service's own folder."""
    blp = PageBlueprint("pages:operations", service, Path(file).parent)
    base = f"/{service}/fragments/operations"
    service_part, event_part = _parts(blp)
    _group_acts(blp, base, service_part)
    _event_acts(blp, base, event_part)
    return blp


def _desk() -> Operations:
    found: Operations = ask().house.operations
    return found


def _parts(blp: PageBlueprint) -> tuple[Callable[..., Response], Callable[..., Response]]:
    @blp.get("/fragments/operations")
    @rights(ROLE)
    @query(AfterAct)
    def service_part(query: Form) -> Response:
        """How the service stands."""
        return fragment("operations/service.html", stands=_desk().overview(), act=_act_done(query["act"]))

    @blp.get("/fragments/operations/kept/<event_id>")
    @rights(ROLE)
    @query(AfterAct)
    def event_part(event_id: str, query: Form) -> Response:
        """One kept event with its history, or that it is kept no more."""
        try:
            event = _desk().kept_event(event_id)
        except NothingSuch:
            event = None
        return fragment("operations/event.html", event=event, event_id=event_id, act=_act_done(query["act"]))

    @blp.get("/fragments/operations/kept")
    @rights(ROLE)
    def kept_part() -> Response:
        """Kept events of a state, of one cause and type where they are given."""
        return _kept_part()

    @blp.get("/fragments/operations/history")
    @rights(ROLE)
    def history_part() -> Response:
        """Who did what here, the latest first."""
        return fragment("operations/history.html", acts_done=_desk().history(Window(None, MOST_SHOWN))[:MOST_SHOWN])

    @blp.get("/fragments/operations/way")
    @rights(ROLE)
    @query(WayQuery)
    def way_part(query: Form) -> Response:
        """A case's or one event's way through this service."""
        subjects = query["subjects"].split(",") if "subjects" in query else []
        way = _desk().way(query.get("case_id"), query.get("event_id"), subjects)
        return fragment("operations/way.html", way=way, seconds=_seconds)

    return service_part, event_part


def _kept_part() -> Response:
    wanted = _read_kept()
    filters: Document = {"state": {"$in": list(STATES[wanted["state"]])}} | _group_in(wanted)
    found = _desk().kept(filters, Window(None, MOST_SHOWN))
    return fragment(
        "operations/kept.html",
        wanted=wanted,
        events=found[:MOST_SHOWN],
        count=_desk().count(filters),
        action=f"?{urlencode({name: wanted[name] for name in ('cause', 'type') if wanted[name] is not None})}",
        act=_act_done(wanted["act"]),
    )


def _group_acts(blp: PageBlueprint, base: str, service_part: Callable[..., Response]) -> None:
    @blp.post("/fragments/operations/redrive")
    @rights(ROLE)
    @takes_form(page=service_part)
    def redrive_group() -> Response:
        """All of a cause and type, or all there are; from the part of the service."""
        which = _group_in(_read_kept())
        return _acted(base, lambda hand: _desk().redrive_group(which, hand))

    @blp.post("/fragments/operations/kept/redrive")
    @rights(ROLE)
    @takes_form(WhyForm, page=_kept_part)
    def redrive_kept(form: Form) -> Response:
        """The same from the list of them."""
        which = _group_in(_read_kept())
        return _acted(_kept_again(base), lambda hand: _desk().redrive_group(which, hand), form)

    @blp.post("/fragments/operations/kept/discard")
    @rights(ROLE)
    @takes_form(DiscardGroupForm, page=_kept_part)
    def discard_kept(form: Form) -> Response:
        """All of a cause and type, whose number was typed."""
        which = _group_in(_read_kept())
        return _acted(_kept_again(base), lambda hand: _desk().discard_group(which, form["n"], hand), form)


def _event_acts(blp: PageBlueprint, base: str, event_part: Callable[..., Response]) -> None:
    @blp.post("/fragments/operations/kept/<event_id>/redrive")
    @rights(ROLE)
    @takes_form(WhyForm, page=event_part)
    def redrive(event_id: str, form: Form) -> Response:
        return _acted(f"{base}/kept/{event_id}", lambda hand: _desk().redrive(event_id, hand), form)

    @blp.post("/fragments/operations/kept/<event_id>/discard")
    @rights(ROLE)
    @takes_form(ReasonForm, page=event_part)
    def discard(event_id: str, form: Form) -> Response:
        return _acted(f"{base}/kept/{event_id}", lambda hand: _desk().discard(event_id, hand), form)

    @blp.post("/fragments/operations/kept/<event_id>/restore")
    @rights(ROLE)
    @takes_form(WhyForm, page=event_part)
    def restore(event_id: str, form: Form) -> Response:
        return _acted(f"{base}/kept/{event_id}", lambda hand: _desk().restore(event_id, hand), form)

    @blp.post("/fragments/operations/kept/<event_id>/note")
    @rights(ROLE)
    @takes_form(ReasonForm, page=event_part)
    def note(event_id: str, form: Form) -> Response:
        return _acted(f"{base}/kept/{event_id}", lambda hand: _desk().note(event_id, hand), form)


def _acted(back: str, run: Callable[[Hand], Document], form: Form | None = None) -> Response:
    """One act; the script that asked gets the part anew, a browser without one the page of all."""
    desk, source, why = _desk(), ask().address, (form or {}).get("reason")

    def then(act: Document) -> Answer:
        return go(f"{back}{'&' if '?' in back else '?'}act={act['_id']}" if page().part else HOME)

    return submit(lambda origin: run(desk.hand(origin, source, why)), then)


def _act_done(act_id: str | None) -> Document | None:
    """What was just done by whoever looks, to say it."""
    act = _desk().act(act_id) if act_id else None
    return act_shown(act) if act and act["actor"] == ask().caller.actor else None


_read_kept: Callable[[], Form] = query_reader(KeptPart)


def _group_in(wanted: Form) -> Document:
    if wanted["cause"] is None:
        return {}
    return group_of(wanted["cause"], *([wanted["type"] or None] if wanted["type"] is not None else []))


def _kept_again(base: str) -> str:
    return f"{base}/kept?{request.query_string.decode('ascii', 'replace')}"


def _seconds(moment: Any) -> str:
    """Where events follow one another within a minute."""
    return f"{moment.astimezone(page().reader.zone):%H:%M:%S}"
