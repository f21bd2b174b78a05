"""Who does something, because of what, when: passed from HTTP, an event or a timer down to every record saved."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from shared.errors import VersionDiffers

SYSTEM_ACTORS = ("timer", "service")


class Answer(NamedTuple):
    """A response as it is sent over HTTP."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Attempt:
    """One attempt of a command over HTTP: how the saved record becomes the answer, and by which key a repetition finds it.

    `key` is None where no Idempotency-Key was sent; `expected` the versions If-Match names, None where it does not care.
    `versions_of` is the field of the record that they are about: a caller who sees only a part of it has a version of that part.
    With `ignores_system_changes` a version still counts where only the system changed something since; the rules decide what that forbids.
    """

    render: Callable[[dict[str, Any]], Answer]
    key: bytes | None = None
    fingerprint: bytes = b""
    expected: frozenset[int] | None = None
    versions_of: str = "version"
    ignores_system_changes: bool = False
    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class CommandContext:
    """`actor` is `account:<id>`, `key:<id>` or `timer:<name>`, never a name; `cause` the id of the event or request."""

    now: datetime
    actor: str
    cause: str
    traceparent: str | None = None
    attempt: Attempt | None = None

    @property
    def by_system(self) -> bool:
        """Whether a timer or a service does it, and no person or program."""
        return self.actor.partition(":")[0] in SYSTEM_ACTORS

    def expects(self, record: Mapping[str, Any], versions_of: str | None = None) -> None:
        """Raises VersionDiffers where the record is at another version than If-Match names; to be checked before any rule.

        Once `versions_of` was named, it stays what the attempt is about: the record that was asked then is saved over the
        very version it was read at, or not at all.
        """
        attempt = self.attempt
        if attempt is None or attempt.expected is None:
            return
        if versions_of is None and attempt.versions_of != "version":
            return
        attempt.versions_of = versions_of or attempt.versions_of
        version = record[attempt.versions_of]
        if version in attempt.expected:
            return
        since = record.get("last_external_version", version)
        if not (attempt.ignores_system_changes and any(since <= seen < version for seen in attempt.expected)):
            raise VersionDiffers()

    def aside(self) -> "CommandContext":
        """The same for a record saved beside the one the request is about: it keeps no answer, If-Match is not about it."""
        return replace(self, attempt=None) if self.attempt else self
