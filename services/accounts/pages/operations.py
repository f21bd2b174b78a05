"""The operators' pages: frames into which the browser fetches each service's own part (shared/ui/operations.py).

Nothing of another service is read here. Beside them a person's name, for parts that know no more than an account's id.
"""

from typing import Any

from flask import Response
from marshmallow import fields, validate

from services.accounts import actions
from services.accounts.current import dependencies
from services.accounts.rules.people import UnknownAccount
from shared.operations.console import STATES
from shared.settings import SERVICES
from shared.ui.blueprint import pages_blueprint
from shared.ui.showing import fragment, show
from shared.web.access import query, rights
from shared.web.fields import Line, Schema

blp = pages_blueprint("accounts", __file__)
ROLE = "operator"
_ID = validate.Length(1, 255)


class FailedEventsFilter(Schema):
    """Which service's failed events, of which state, cause and type (empty: not known)."""

    service = fields.String(required=True, validate=validate.OneOf(SERVICES))
    state = fields.String(validate=validate.OneOf(tuple(STATES)), load_default="dead_lettered")
    cause = fields.String(validate=validate.Length(1, 120), load_default=None)
    type = fields.String(validate=validate.Length(0, 120), load_default=None)


class TraceFilter(Schema):
    """A case by its reference or id, or an event by its id."""

    case = fields.String(validate=validate.Length(0, 255), load_default="")
    event = fields.String(validate=validate.Length(0, 255), load_default="")


class PersonFilter(Schema):
    """Whose name."""

    id = Line(60, required=True)


@blp.get("/operations")
@rights(ROLE)
def operations() -> Response:
    """The status of every service."""
    return show("operators/all.html", services=SERVICES)


@blp.get("/operations/failed-events")
@rights(ROLE)
@query(FailedEventsFilter)
def failed_events(query: dict[str, Any]) -> Response:
    """Events that one service could not handle, alike in cause."""
    return show("operators/failed_events.html", wanted=query)


@blp.get("/operations/failed-events/<service>/<event_id>")
@rights(ROLE)
def failed_event(service: str, event_id: str) -> Response:
    """One of them."""
    return show("operators/event.html", of=service if service in SERVICES else SERVICES[0], event_id=event_id)


@blp.get("/operations/history")
@rights(ROLE)
def history() -> Response:
    """Who did what, at every service."""
    return show("operators/history.html", services=SERVICES)


@blp.get("/operations/trace")
@rights(ROLE)
@query(TraceFilter)
def trace(query: dict[str, Any]) -> Response:
    """A case's or one event's trace through all services."""
    return show("operators/trace.html", services=SERVICES, case=query["case"].strip(), event=query["event"].strip())


@blp.get("/fragments/person")
@rights(ROLE, "auditor")
@query(PersonFilter)
def person(query: dict[str, Any]) -> Response:
    """A person's name, for whoever reads who did what."""
    try:
        found = actions.account(dependencies(), query["id"])
    except UnknownAccount:
        found = None
    return fragment("operators/person.html", found=found)
