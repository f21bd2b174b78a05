"""Handlers of the events accounts consumes: partners' organizations and keys, so that agencies can read departments while partners is down."""

from collections.abc import Callable, Mapping
from typing import Any

from shared.auth_copies import KEY_HANDLERS
from shared.broker.envelope import ReceivedEvent
from shared.events import Event

HANDLERS: Mapping[type[Event], Callable[[ReceivedEvent[Any], Any], None]] = {**KEY_HANDLERS}
