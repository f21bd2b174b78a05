"""Events consumed by partners: accounts (whose tokens are void, who may own an agreement), notify's word that an endpoint is gone, training's
placements (who came, who went).
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
    """The other side answered 410 Gone: shown as disabled here, and said, until somebody enables it again."""
    endpoint_is_gone(deps, event.data.organization_id, event.data.endpoint_id, event.context(deps.clock(), "partners"))


@read_copy("stays")
def on_placement_changed(event: ReceivedEvent[ApplicationEvent], deps: Dependencies) -> None:
    """One stay as it now is, under its application: counted anew whenever somebody asks, so heard twice it counts once."""
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
