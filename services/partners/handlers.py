"""Handlers of the events partners consumes: accounts, disabled webhook endpoints, placements.

Events of accounts name void tokens and people who can own an agreement; notify's, an endpoint that is gone; training's, stays of trainees.
"""

from collections.abc import Callable, Mapping
from typing import Any

from services.partners.actions.activity import stay_from_event
from services.partners.actions.webhooks import disable_gone_endpoint
from services.partners.dependencies import Dependencies
from shared.auth_copies import ACCOUNT_HANDLERS, PEOPLE_HANDLERS
from shared.broker.envelope import ReceivedEvent
from shared.events import Event
from shared.events.language import CATALOGUE
from shared.events.notify import EndpointDisabled
from shared.events.training import ApplicationEvent
from shared.inbox.unit_of_work import read_copy


def on_endpoint_disabled(event: ReceivedEvent[EndpointDisabled], deps: Dependencies) -> None:
    """Disables the endpoint that answered 410 Gone and publishes it. It stays disabled until the agency enables it again."""
    disable_gone_endpoint(
        deps, event.data.organization_id, event.data.endpoint_id, event.context(deps.clock(), "partners")
    )


@read_copy("stays")
def on_placement_changed(event: ReceivedEvent[ApplicationEvent], deps: Dependencies) -> None:
    """Stores the stay as it now is, under its application. Counts are computed from these copies, so a repeated event counts once."""
    assert deps.unit is not None
    deps.unit.put("stays", event.data.application_id, {**stay_from_event(event.data)}, event.sequence)


HANDLERS: Mapping[type[Event], Callable[[ReceivedEvent[Any], Any], None]] = {
    **ACCOUNT_HANDLERS,
    **PEOPLE_HANDLERS,
    EndpointDisabled: on_endpoint_disabled,
    **{
        definition.struct: on_placement_changed
        for definition in CATALOGUE.values()
        if definition.subject == "application" and "partners" in definition.consumers
    },
}
