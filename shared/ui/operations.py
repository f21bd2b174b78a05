"""A service's parts of the operators' pages, the same at every service: status, failed events, operator actions, event traces.

Pages of accounts combine the parts of all services in the browser; each service authorizes its own. Actions are posted here too,
as forms in the parts. Not here: what an action does (shared/operations, shared/inbox/dead_letters.py).
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Response, request
from marshmallow import fields, validate

from shared.command_context import Answer
from shared.inbox.dead_letters import NoSuchEvent, OperatorCommand
from shared.mongo import Document
from shared.operations.console import STATES, Operations, action_entry, group_of
from shared.operations.schemas import TraceQuery
from shared.paging import Window
from shared.ui.blueprint import PageBlueprint, takes_form
from shared.ui.commands import submit
from shared.ui.shell import page
from shared.ui.showing import fragment, go
from shared.web.access import query, rights
from shared.web.body import query_reader
from shared.web.fields import Schema, Text, Whole
from shared.web.state import current_request

ROLE = "operator"
HOME = "/accounts/operations"
MAX_ROWS = 100
Form = dict[str, Any]


class AfterAction(Schema):
    """The query of a part shown after an action: `done` is the action's id."""

    done = fields.String(validate=validate.Length(1, 60), load_default=None)


class FailedEventsPart(AfterAction):
    """The filter of failed events; `type` is empty where it is not known."""

    state = fields.String(validate=validate.OneOf(tuple(STATES)), load_default="dead_lettered")
    cause = fields.String(validate=validate.Length(1, 120), load_default=None)
    type = fields.String(validate=validate.Length(0, 120), load_default=None)


class OptionalReasonForm(Schema):
    """An optional reason."""

    reason = Text(500)


class ReasonForm(Schema):
    """A required reason."""

    reason = Text(500, required=True)


class DiscardGroupForm(ReasonForm):
    """A reason and the number of events, typed by the operator who counted them."""

    n = Whole(required=True, validate=validate.Range(1, 10**6))


def operations_pages(service: str, file: str) -> PageBlueprint:
    """The blueprint under `/<service>/fragments/operations`; `file` is a module in the service's folder."""
    blp = PageBlueprint("pages:operations", service, Path(file).parent)
    base = f"/{service}/fragments/operations"
    service_part, event_part = _parts(blp)
    _group_actions(blp, base, service_part)
    _event_actions(blp, base, event_part)
    return blp


def _console() -> Operations:
    return current_request().app_context.operations


def _parts(blp: PageBlueprint) -> tuple[Callable[..., Response], Callable[..., Response]]:
    @blp.get("/fragments/operations")
    @rights(ROLE)
    @query(AfterAction)
    def service_part(query: Form) -> Response:
        """The service's status."""
        return fragment("operations/service.html", status=_console().overview(), done=_done_action(query["done"]))

    @blp.get("/fragments/operations/failed-events/<event_id>")
    @rights(ROLE)
    @query(AfterAction)
    def event_part(event_id: str, query: Form) -> Response:
        """One failed event with its history, or that it was handled meanwhile."""
        try:
            event = _console().failed_event(event_id)
        except NoSuchEvent:
            event = None
        return fragment("operations/event.html", event=event, event_id=event_id, done=_done_action(query["done"]))

    @blp.get("/fragments/operations/failed-events")
    @rights(ROLE)
    def failed_events_part() -> Response:
        """Failed events of one state, and of one cause and type where these are given."""
        return _failed_events_part()

    @blp.get("/fragments/operations/history")
    @rights(ROLE)
    def history_part() -> Response:
        """The operator actions at this service, the latest first."""
        return fragment("operations/history.html", entries=_console().history(Window(None, MAX_ROWS))[:MAX_ROWS])

    @blp.get("/fragments/operations/trace")
    @rights(ROLE)
    @query(TraceQuery)
    def trace_part(query: Form) -> Response:
        """A case's or one event's trace through this service."""
        subjects = query["subjects"].split(",") if "subjects" in query else []
        trace = _console().trace(query.get("case_id"), query.get("event_id"), subjects)
        return fragment("operations/trace.html", trace=trace, seconds=_seconds)

    return service_part, event_part


def _failed_events_part() -> Response:
    wanted = _read_filter()
    filters: Document = {"state": {"$in": list(STATES[wanted["state"]])}} | _group_in(wanted)
    found = _console().failed_events(filters, Window(None, MAX_ROWS))
    return fragment(
        "operations/failed_events.html",
        wanted=wanted,
        events=found[:MAX_ROWS],
        count=_console().count(filters),
        action=f"?{urlencode({name: wanted[name] for name in ('cause', 'type') if wanted[name] is not None})}",
        done=_done_action(wanted["done"]),
    )


def _group_actions(blp: PageBlueprint, base: str, service_part: Callable[..., Response]) -> None:
    @blp.post("/fragments/operations/redrive")
    @rights(ROLE)
    @takes_form(page=service_part)
    def redrive_group() -> Response:
        """Redrives all failed events, or those of a cause and type; from the service's part."""
        which = _group_in(_read_filter())
        return _run(base, lambda operator: _console().redrive_group(which, operator))

    @blp.post("/fragments/operations/failed-events/redrive")
    @rights(ROLE)
    @takes_form(OptionalReasonForm, page=_failed_events_part)
    def redrive_list(form: Form) -> Response:
        """Redrives all failed events of a cause and type; from the list of them."""
        which = _group_in(_read_filter())
        return _run(_same_list(base), lambda operator: _console().redrive_group(which, operator), form)

    @blp.post("/fragments/operations/failed-events/discard")
    @rights(ROLE)
    @takes_form(DiscardGroupForm, page=_failed_events_part)
    def discard_list(form: Form) -> Response:
        """Discards all failed events of a cause and type, whose number was typed."""
        which = _group_in(_read_filter())
        return _run(_same_list(base), lambda operator: _console().discard_group(which, form["n"], operator), form)


def _event_actions(blp: PageBlueprint, base: str, event_part: Callable[..., Response]) -> None:
    @blp.post("/fragments/operations/failed-events/<event_id>/redrive")
    @rights(ROLE)
    @takes_form(OptionalReasonForm, page=event_part)
    def redrive(event_id: str, form: Form) -> Response:
        return _run(f"{base}/failed-events/{event_id}", lambda operator: _console().redrive(event_id, operator), form)

    @blp.post("/fragments/operations/failed-events/<event_id>/discard")
    @rights(ROLE)
    @takes_form(ReasonForm, page=event_part)
    def discard(event_id: str, form: Form) -> Response:
        return _run(f"{base}/failed-events/{event_id}", lambda operator: _console().discard(event_id, operator), form)

    @blp.post("/fragments/operations/failed-events/<event_id>/restore")
    @rights(ROLE)
    @takes_form(OptionalReasonForm, page=event_part)
    def restore(event_id: str, form: Form) -> Response:
        return _run(f"{base}/failed-events/{event_id}", lambda operator: _console().restore(event_id, operator), form)

    @blp.post("/fragments/operations/failed-events/<event_id>/note")
    @rights(ROLE)
    @takes_form(ReasonForm, page=event_part)
    def note(event_id: str, form: Form) -> Response:
        return _run(f"{base}/failed-events/{event_id}", lambda operator: _console().note(event_id, operator), form)


def _run(back: str, run: Callable[[OperatorCommand], Document], form: Form | None = None) -> Response:
    """Runs one action; a script gets the refreshed part, a browser without scripts the page of all services."""
    console, source, reason = _console(), current_request().address, (form or {}).get("reason")

    def then(entry: Document) -> Answer:
        return go(f"{back}{'&' if '?' in back else '?'}done={entry['_id']}" if page().part else HOME)

    return submit(lambda context: run(console.command(context, source, reason)), then)


def _done_action(action_id: str | None) -> Document | None:
    """The action that the reader has just done, for a message."""
    entry = _console().action(action_id) if action_id else None
    return action_entry(entry) if entry and entry["actor"] == current_request().caller.actor else None


_read_filter: Callable[[], Form] = query_reader(FailedEventsPart)


def _group_in(wanted: Form) -> Document:
    if wanted["cause"] is None:
        return {}
    return group_of(wanted["cause"], *([wanted["type"] or None] if wanted["type"] is not None else []))


def _same_list(base: str) -> str:
    return f"{base}/failed-events?{request.query_string.decode('ascii', 'replace')}"


def _seconds(moment: Any) -> str:
    """A time with seconds, where events follow each other within a minute."""
    return f"{moment.astimezone(page().reader.zone):%H:%M:%S}"
