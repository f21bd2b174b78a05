"""Refusals of uploaded files: the type is not accepted (415), or a file of an accepted type has a fault (422)."""

from collections.abc import Sequence

from shared.documents.formats import NOT_TAKEN, REASONS, TOO_LARGE, UNSUPPORTED, expected
from shared.errors import InvalidInput, Refusal, TooLarge, WrongContentType


class DocumentTypeNotTaken(WrongContentType):
    """The file is of another type than the route takes, whatever its name says. `reason` as in `formats`."""

    slug, title = "document-type-not-taken", "Files of this type are not accepted"

    def __init__(self, detail: str, reason: str = NOT_TAKEN) -> None:
        super().__init__(_sentence(detail))
        self.words, self.reason = detail, reason


class DocumentRefused(InvalidInput):
    """The type is accepted, but the file is not. `reason` as in `formats`."""

    slug, title = "document-refused", "This file cannot be accepted"

    def __init__(self, reason: str) -> None:
        self.words, self.reason = REASONS[reason], reason
        super().__init__([("#/file", self.words)], _sentence(self.words))


class DocumentTooLarge(TooLarge):
    """A file of a form whose other fields were read: the form can be shown again."""

    def __init__(self, pointer: str = "#/file") -> None:
        super().__init__(_sentence(TOO_LARGE))
        self.errors = [(pointer, TOO_LARGE)]


def refusal(reason: str, accepted: Sequence[str]) -> Refusal:
    """The exception for this reason; `accepted` are the route's media types."""
    if reason == NOT_TAKEN:
        return DocumentTypeNotTaken(expected(accepted))
    return DocumentTypeNotTaken(REASONS[reason], reason) if reason in UNSUPPORTED else DocumentRefused(reason)


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."
