"""The context of a command: actor, cause and time, passed from HTTP, an event or a timer to every saved record."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from shared.errors import VersionDiffers

SYSTEM_ACTORS = ("timer", "service")


class Answer(NamedTuple):
    """A response in the form that is sent over HTTP."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Attempt:
    """One attempt of a command over HTTP: how the saved record becomes the answer, and the key by which a repeated request finds it.

    `key` is None where no Idempotency-Key was sent; `expected` are the versions that If-Match names, None without If-Match.
    `versions_of` is the field of the record that has them: a caller who sees only a part of the record has a version of that part.
    With `ignores_system_changes` a version counts as current where only the system changed something since; the rules may still refuse.
    """

    render: Callable[[Any], Answer]
    key: bytes | None = None
    fingerprint: bytes = b""
    expected: frozenset[int] | None = None
    versions_of: str = "version"
    ignores_system_changes: bool = False
    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class CommandContext:
    """A command's context. `actor` is `account:<id>`, `key:<id>` or `timer:<name>`, never a name; `cause` the id of the event or request."""

    now: datetime
    actor: str
    cause: str
    traceparent: str | None = None
    attempt: Attempt | None = None

    @property
    def by_system(self) -> bool:
        """Whether a timer or a service acts, not a person or a program."""
        return self.actor.partition(":")[0] in SYSTEM_ACTORS

    def expects(self, record: Mapping[str, Any], versions_of: str | None = None) -> None:
        """Raises VersionDiffers where the record has another version than If-Match names; call it before any rule.

        Once `versions_of` was given, it stays set for the attempt: the record checked then is saved over exactly the version
        it was read at, or not at all.
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
        """The same context for a second record saved by the request: it stores no answer, and If-Match does not apply to it."""
        return replace(self, attempt=None) if self.attempt else self
