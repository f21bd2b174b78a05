"""What partners hears: accounts (whose tokens are void), and notify's word that a webhook endpoint is gone."""

from collections.abc import Callable, Mapping
from typing import Any

from services.partners.actions import Parts, endpoint_is_gone
from shared.auth_copies import ACCOUNT_HANDLERS
from shared.events import Event
from shared.events.notify import EndpointDisabled
from shared.messaging import Heard


def on_endpoint_disabled(event: Heard[EndpointDisabled], parts: Parts) -> None:
    """The other side answered 410 Gone: shown as disabled here, and said, until somebody enables it again."""
    endpoint_is_gone(parts, event.data.organization_id, event.data.endpoint_id, event.origin(parts.clock()))


HANDLERS: Mapping[type[Event], Callable[[Heard[Any], Any], None]] = {
    **ACCOUNT_HANDLERS,
    EndpointDisabled: on_endpoint_disabled,
}
