"""Whether a mail may leave that somebody unknown asked for, to an address nobody has proved to be theirs.

Nobody is told: the form answers alike, does the same work, and an application begins all the same.
"""

import hmac
from datetime import datetime

from services.training.dependencies import Dependencies
from shared.mail_limits import OVERALL, RECIPIENT, SOURCE
from shared.window_limits import Limit


def withheld_by(deps: Dependencies, source: str, recipient: str | None, now: datetime) -> tuple[str, ...]:
    """The limits that one more mail would pass, all of them counted. `source` is a network address, `recipient` a hash."""
    asked = [(OVERALL, "all"), (SOURCE, hashed_source(deps, source))] + ([(RECIPIENT, recipient)] if recipient else [])
    return tuple(limit.name for limit, who in asked if _passed(deps, limit, who, now))


def may_reach(deps: Dependencies, recipient: str, now: datetime) -> bool:
    """Whether one more may go to this address (a hash); counted."""
    return not _passed(deps, RECIPIENT, recipient, now)


def _passed(deps: Dependencies, limit: Limit, who: str, now: datetime) -> bool:
    """`IMC_RATE_LIMIT` 0 switches these off with the others."""
    return bool(deps.settings.rate_limit) and deps.store.count(limit, who, now) is not None


def hashed_source(deps: Dependencies, source: str) -> str:
    """A keyed hash of a network address, by which it is counted."""
    return hmac.digest(deps.secrets.persons, f"source/{source}".encode(), "sha256").hex()[:32]
