"""The actor of operators' commands, for the audit: the machine's user."""

import getpass

from shared.clock import Clock, utc_now
from shared.command_context import CommandContext
from shared.ids import new_id


def by_operator(now_of: Clock = utc_now) -> CommandContext:
    """The CommandContext of an operator's action on the command line; the actor is the machine's user name."""
    return CommandContext(now_of(), f"operator:{_user()}", new_id())


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return "unknown"
