"""Errors of a request, as exceptions of the domain: rules.py derives its own from these, or gives a status in ERRORS.

Not here: their HTTP responses (shared/web/problems.py). Texts are shown to callers: no personal data, no internals.
"""

from collections.abc import Iterable, Mapping
from typing import ClassVar


class Refusal(Exception):
    """The base: `status` over HTTP, `slug` of the problem type, `title` for people; the text is the detail."""

    status: ClassVar[int] = 400
    slug: ClassVar[str] = "bad-request"
    title: ClassVar[str] = "The request cannot be understood"

    def named_in(self, language: str) -> Mapping[str, str]:
        """The fields of a page's text about this error, in the reader's language; empty for most errors."""
        return {}


class MalformedRequest(Refusal):
    """A body, header or parameter that cannot be parsed."""


class NotSignedIn(Refusal):
    """No valid credentials were sent. `invalid`: invalid ones were sent."""

    status, slug, title = 401, "unauthorized", "Sign in, or send a valid key"

    def __init__(self, detail: str, invalid: bool = False) -> None:
        super().__init__(detail)
        self.invalid = invalid


class Forbidden(Refusal):
    """The caller is known, but lacks the right."""

    status, slug, title = 403, "forbidden", "You may not do this"


class NotFound(Refusal):
    """The resource does not exist, or the caller may not know that it does: both get the same response."""

    status, slug, title = 404, "not-found", "Not found"

    def __init__(self, detail: str = "No resource that you can read exists at this address.") -> None:
        super().__init__(detail)


class Conflict(Refusal):
    """The request conflicts with the current state."""

    status, slug, title = 409, "conflict", "The request conflicts with the current state"


class IllegalMove(Conflict):
    """A transition that the state table does not contain; `allowed` names those that are possible from the current state."""

    slug, title = "illegal-move", "Not possible in this state"

    def __init__(self, detail: str, allowed: Iterable[str] = ()) -> None:
        super().__init__(detail)
        self.allowed = list(allowed)


class StillRunning(Conflict):
    """The first request with this idempotency key is not finished."""

    slug, title = "still-running", "The first request with this Idempotency-Key is still running"


class Gone(Refusal):
    """The resource existed and is permanently gone."""

    status, slug, title = 410, "gone", "No longer available"


class VersionDiffers(Refusal):
    """`If-Match` names another version than the current one."""

    status, slug, title = 412, "precondition-failed", "Changed since you read it"

    def __init__(
        self, detail: str = "The resource is not, or no longer, at the version in If-Match; read it again."
    ) -> None:
        super().__init__(detail)


class TooLarge(Refusal):
    """The request is larger than the limit."""

    status, slug, title = 413, "too-large", "Too large"


class WrongContentType(Refusal):
    """The body has another content type than expected."""

    status, slug, title = 415, "unsupported-media-type", "Another content type is expected"


class InvalidInput(Refusal):
    """The input was parsed but is invalid; it lists every fault as (JSON pointer, what is expected)."""

    status, slug, title = 422, "invalid-input", "Some of the input is not valid"

    def __init__(self, errors: Iterable[tuple[str, str]], detail: str = "See errors for each fault.") -> None:
        super().__init__(detail)
        self.errors = list(errors)


class KeyUsedOtherwise(Refusal):
    """This idempotency key was used for another request."""

    status, slug, title = 422, "idempotency-key-reused", "This Idempotency-Key was used for another request"


class TooManyRequests(Refusal):
    """The caller exceeded the rate limit; `retry_after` in seconds."""

    status, slug, title = 429, "too-many-requests", "Too many requests"

    def __init__(self, detail: str, retry_after: int) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class Unavailable(Refusal):
    """A server that the request needs does not answer; the caller can try again in `retry_after` seconds."""

    status, slug, title = 503, "unavailable", "Temporarily unavailable"

    def __init__(self, detail: str = "A server that this request needs does not answer.", retry_after: int = 2) -> None:
        super().__init__(detail)
        self.retry_after = retry_after
