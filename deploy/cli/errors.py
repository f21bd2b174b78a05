"""Error messages of commands: one line without a traceback, exit status 1. An unexpected exception keeps its traceback."""

import click


class CommandGroup(click.Group):
    """A group of commands whose errors are one line."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except Exception as error:
            message = _message_of(error)
            if message is None:
                raise
            raise click.ClickException(message) from error


def _message_of(error: Exception) -> str | None:
    """The line for an error that an operator can fix; None for others."""
    from pymongo.errors import PyMongoError

    from deploy.cli.directory import NotRunning
    from deploy.cli.keys import NotAcceptedYet
    from deploy.cli.rebuilds import NotRebuilt
    from shared.broker.connection import BROKER_ERRORS
    from shared.errors import InvalidInput, Refusal

    if isinstance(error, InvalidInput):
        return "; ".join(f"{pointer.strip('/')}: {expected}" for pointer, expected in error.errors)
    if isinstance(error, NotRunning | NotAcceptedYet | NotRebuilt | Refusal | ValueError) or type(error).__name__ in (
        "LookupError",
        "NothingSuch",
        "TopologyDiffers",
        "StandaloneServer",
    ):
        return str(error)
    if isinstance(error, PyMongoError):
        return f"MongoDB: {type(error).__name__}: {error}"[:300]
    if isinstance(error, BROKER_ERRORS):
        return f"broker: {type(error).__name__}: {error}"[:300]
    return None
