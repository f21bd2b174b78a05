"""Who does something, because of what, when: handed from the door (HTTP, event, timer) down to every record saved."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from shared.errors import VersionDiffers


class Answer(NamedTuple):
    """An answer as it goes out over HTTP."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Attempt:
    """One try of a command over HTTP: how the record saved becomes the answer, and by which key a second try finds it.

    `key` is None where no Idempotency-Key was sent; `expected` the versions If-Match names, None where it does not care.
    """

    render: Callable[[dict[str, Any]], Answer]
    key: bytes | None = None
    fingerprint: bytes = b""
    expected: frozenset[int] | None = None
    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """`actor` is `account:<id>`, `key:<id>` or `timer:<name>`, never a name; `cause` the id of the event or request."""

    now: datetime
    actor: str
    cause: str
    traceparent: str | None = None
    attempt: Attempt | None = None

    def expects(self, version: int) -> None:
        """Raises VersionDiffers where If-Match names another version; to be asked before any rule is."""
        if self.attempt and self.attempt.expected is not None and version not in self.attempt.expected:
            raise VersionDiffers()

    def aside(self) -> "Origin":
        """The same for a record saved beside the one the request is about: it keeps no answer, If-Match is not about it."""
        return replace(self, attempt=None) if self.attempt else self
