"""Events consumed by accounts: partners' organizations and keys, so that agencies may read the departments while partners is away."""

from collections.abc import Callable, Mapping
from typing import Any

from shared.auth_copies import KEY_HANDLERS
from shared.broker.envelope import ReceivedEvent
from shared.events import Event

HANDLERS: Mapping[type[Event], Callable[[ReceivedEvent[Any], Any], None]] = {**KEY_HANDLERS}
