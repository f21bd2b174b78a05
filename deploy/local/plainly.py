"""How a command says what stopped it: in one line, without a trace, exit status 1. A mistake of ours keeps its trace."""

import click


class OneLine(click.Group):
    """The `imc` command."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except Exception as error:
            told = _told(error)
            if told is None:
                raise
            raise click.ClickException(told) from error


def _told(error: Exception) -> str | None:
    """The line, for what an operator can do something about."""
    from pymongo.errors import PyMongoError

    from deploy.local.directory import NotRunning
    from deploy.local.keys import NotAcceptedYet
    from deploy.local.rebuilds import NotRebuilt
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
