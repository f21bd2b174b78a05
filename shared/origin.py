"""Who does something, because of what, when: handed from the door (HTTP, event, timer) down to every record saved."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from shared.errors import VersionDiffers

ITSELF = ("timer", "service")


class Answer(NamedTuple):
    """An answer as it goes out over HTTP."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Attempt:
    """One try of a command over HTTP: how the record saved becomes the answer, and by which key a second try finds it.

    `key` is None where no Idempotency-Key was sent; `expected` the versions If-Match names, None where it does not care.
    `versions_of` is the field of the record they are about: whoever does not see all of it knows it by a version of their own.
    With `clock_is_no_clash` it is as good as new where the house alone changed something since: what that forbids, the rules say.
    """

    render: Callable[[dict[str, Any]], Answer]
    key: bytes | None = None
    fingerprint: bytes = b""
    expected: frozenset[int] | None = None
    versions_of: str = "version"
    clock_is_no_clash: bool = False
    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """`actor` is `account:<id>`, `key:<id>` or `timer:<name>`, never a name; `cause` the id of the event or request."""

    now: datetime
    actor: str
    cause: str
    traceparent: str | None = None
    attempt: Attempt | None = None

    @property
    def by_itself(self) -> bool:
        """Whether the house's own clock does it, and nobody."""
        return self.actor.partition(":")[0] in ITSELF

    def expects(self, record: Mapping[str, Any], versions_of: str | None = None) -> None:
        """Raises VersionDiffers where the record is at another version than If-Match names; to be asked before any rule is.

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
        if not (attempt.clock_is_no_clash and any(since <= seen < version for seen in attempt.expected)):
            raise VersionDiffers()

    def aside(self) -> "Origin":
        """The same for a record saved beside the one the request is about: it keeps no answer, If-Match is not about it."""
        return replace(self, attempt=None) if self.attempt else self
