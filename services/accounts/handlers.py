"""What accounts hears: partners' organizations and keys, so that agencies may read the departments while partners is away."""

from collections.abc import Callable, Mapping
from typing import Any

from shared.auth_copies import KEY_HANDLERS
from shared.events import Event
from shared.messaging import Heard

HANDLERS: Mapping[type[Event], Callable[[Heard[Any], Any], None]] = {**KEY_HANDLERS}
