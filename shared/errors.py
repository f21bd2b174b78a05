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
    """A body, header or parameter nobody can read."""


class NotSignedIn(Refusal):
    """No credentials, or none that count. `invalid`: some were sent."""

    status, slug, title = 401, "unauthorized", "Sign in, or send a valid key"

    def __init__(self, detail: str, invalid: bool = False) -> None:
        super().__init__(detail)
        self.invalid = invalid


class Forbidden(Refusal):
    """Known, but without the right."""

    status, slug, title = 403, "forbidden", "You may not do this"


class NotFound(Refusal):
    """Does not exist, or is not yours to know of: both answer alike."""

    status, slug, title = 404, "not-found", "There is nothing here"

    def __init__(self, detail: str = "Nothing with this address that you may know of.") -> None:
        super().__init__(detail)


class Conflict(Refusal):
    """Does not go together with how things are now."""

    status, slug, title = 409, "conflict", "This does not go together with the present state"


class IllegalMove(Conflict):
    """A move the state table does not draw; `allowed` names the ones it does, from here."""

    slug, title = "illegal-move", "Not possible in this state"

    def __init__(self, detail: str, allowed: Iterable[str] = ()) -> None:
        super().__init__(detail)
        self.allowed = list(allowed)


class StillRunning(Conflict):
    """The first try with this idempotency key is not finished."""

    slug, title = "still-running", "The first try is still running"


class Gone(Refusal):
    """Was here, and will not be again."""

    status, slug, title = 410, "gone", "No longer here"


class VersionDiffers(Refusal):
    """`If-Match` names another version than the one there is."""

    status, slug, title = 412, "precondition-failed", "Changed since you read it"

    def __init__(
        self, detail: str = "The resource is not, or no longer, at the version in If-Match; read it again."
    ) -> None:
        super().__init__(detail)


class TooLarge(Refusal):
    """More than is taken at once."""

    status, slug, title = 413, "too-large", "Too large"


class WrongContentType(Refusal):
    """A body of another kind than expected."""

    status, slug, title = 415, "unsupported-media-type", "Another content type is expected"


class InvalidInput(Refusal):
    """Readable, but wrong: every fault at once, as (JSON pointer, what is expected)."""

    status, slug, title = 422, "invalid-input", "Some of the input is not valid"

    def __init__(self, errors: Iterable[tuple[str, str]], detail: str = "See errors for each fault.") -> None:
        super().__init__(detail)
        self.errors = list(errors)


class KeyUsedOtherwise(Refusal):
    """This idempotency key was used for another request."""

    status, slug, title = 422, "idempotency-key-reused", "This Idempotency-Key was used for another request"


class TooManyRequests(Refusal):
    """Over the rate limit; `retry_after` in seconds."""

    status, slug, title = 429, "too-many-requests", "Too many requests"

    def __init__(self, detail: str, retry_after: int) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class Unavailable(Refusal):
    """Something this needs is away; try again in `retry_after` seconds."""

    status, slug, title = 503, "unavailable", "Not available just now"

    def __init__(self, detail: str = "A server this needs does not answer.", retry_after: int = 2) -> None:
        super().__init__(detail)
        self.retry_after = retry_after
