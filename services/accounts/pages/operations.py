"""The operators' pages. The browser fetches each service's own part into them (shared/ui/operations.py).

They read no data of other services. A person's name is a part of its own, for other parts that know only an account's id.
"""

from typing import Any

from flask import Response

from services.accounts.actions.accounts import get_account
from services.accounts.current import dependencies
from services.accounts.rules.accounts import UnknownAccount
from services.accounts.schemas.forms import FailedEventsFilter, PersonFilter, TraceFilter
from shared.settings import SERVICES
from shared.ui.blueprint import pages_blueprint
from shared.ui.showing import fragment, show
from shared.web.access import query, rights

blp = pages_blueprint("accounts", __file__)
ROLE = "operator"


@blp.get("/operations")
@rights(ROLE)
def operations() -> Response:
    """The status of every service."""
    return show("operators/all.html", services=SERVICES)


@blp.get("/operations/failed-events")
@rights(ROLE)
@query(FailedEventsFilter)
def failed_events(query: dict[str, Any]) -> Response:
    """Events that one service could not process, of one cause and type."""
    return show("operators/failed_events.html", query=query)


@blp.get("/operations/failed-events/<service>/<event_id>")
@rights(ROLE)
def failed_event(service: str, event_id: str) -> Response:
    """One failed event."""
    return show("operators/event.html", of=service if service in SERVICES else SERVICES[0], event_id=event_id)


@blp.get("/operations/history")
@rights(ROLE)
def history() -> Response:
    """Operators' actions at every service."""
    return show("operators/history.html", services=SERVICES)


@blp.get("/operations/trace")
@rights(ROLE)
@query(TraceFilter)
def trace(query: dict[str, Any]) -> Response:
    """The trace of a case or of one event through all services."""
    return show("operators/trace.html", services=SERVICES, case=query["case"].strip(), event=query["event"].strip())


@blp.get("/fragments/person")
@rights(ROLE, "auditor")
@query(PersonFilter)
def person(query: dict[str, Any]) -> Response:
    """A person's name, for pages that show who did something."""
    try:
        found = get_account(dependencies(), query["id"])
    except UnknownAccount:
        found = None
    return fragment("operators/person.html", found=found)
