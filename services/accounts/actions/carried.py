"""What a browser carries from one step of a sign-in to the next, sealed, for ten minutes: nothing is kept here meanwhile."""

from typing import Any

from services.accounts.dependencies import Dependencies
from shared.sealing import DataKey, Unreadable

Document = dict[str, Any]
GIVEN_SECONDS = 600


def sealed_for_a_while(deps: Dependencies, key: DataKey, block: str, carried: Document) -> str:
    """As it goes into a form or a cookie."""
    until = int(deps.clock().timestamp()) + GIVEN_SECONDS
    return key.seal(block, carried | {"until": until}).hex()


def brought_back(deps: Dependencies, key: DataKey, block: str, sealed: str) -> Document | None:
    """What was sealed; None where it is not ours, or its time is over."""
    try:
        carried: Document = key.open(block, bytes.fromhex(sealed))
    except (ValueError, Unreadable):
        return None
    return carried if carried["until"] > deps.clock().timestamp() else None
