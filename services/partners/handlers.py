"""Handlers of the events partners consumes: accounts, disabled webhook endpoints, placements.

Events of accounts say whose tokens are void and who may own an agreement; notify's, that an endpoint is gone; training's, who came and left.
"""

from collections.abc import Callable, Mapping
from typing import Any

from services.partners.actions import endpoint_is_gone
from services.partners.actions.activity import stay_of
from services.partners.dependencies import Dependencies
from shared.auth_copies import ACCOUNT_HANDLERS, PEOPLE_HANDLERS
from shared.broker.envelope import ReceivedEvent
from shared.events import Event
from shared.events.language import CATALOGUE
from shared.events.notify import EndpointDisabled
from shared.events.training import ApplicationEvent
from shared.inbox.unit_of_work import read_copy


def on_endpoint_disabled(event: ReceivedEvent[EndpointDisabled], deps: Dependencies) -> None:
    """Disables the endpoint that answered 410 Gone and publishes it. It stays disabled until somebody enables it again."""
    endpoint_is_gone(deps, event.data.organization_id, event.data.endpoint_id, event.context(deps.clock(), "partners"))


@read_copy("stays")
def on_placement_changed(event: ReceivedEvent[ApplicationEvent], deps: Dependencies) -> None:
    """Stores the stay as it now is, under its application. Counts are computed from these copies, so a repeated event counts once."""
    assert deps.unit is not None
    deps.unit.put("stays", event.data.application_id, stay_of(event.data), event.sequence)


HANDLERS: Mapping[type[Event], Callable[[ReceivedEvent[Any], Any], None]] = {
    **ACCOUNT_HANDLERS,
    **PEOPLE_HANDLERS,
    EndpointDisabled: on_endpoint_disabled,
    **{
        one.struct: on_placement_changed
        for one in CATALOGUE.values()
        if one.subject == "application" and "partners" in one.consumers
    },
}
