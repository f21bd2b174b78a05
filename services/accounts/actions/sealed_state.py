"""State that a browser carries from one step of a sign-in to the next, encrypted, for ten minutes. The server stores nothing of it."""

from collections.abc import Mapping

from services.accounts.dependencies import Dependencies
from shared.sealing import DataKey, Unreadable

LIFETIME_SECONDS = 600


def seal_state(deps: Dependencies, key: DataKey, block: str, state: Mapping[str, str]) -> str:
    """Returns the state encrypted for a form or a cookie."""
    until = int(deps.clock().timestamp()) + LIFETIME_SECONDS
    return key.seal(block, {**state, "until": until}).hex()


def open_state(deps: Dependencies, key: DataKey, block: str, sealed: str) -> dict[str, str] | None:
    """Returns the state; None if it was not sealed here or has expired."""
    try:
        state = key.open(block, bytes.fromhex(sealed))
    except (ValueError, Unreadable):
        return None
    return state if state["until"] > deps.clock().timestamp() else None
