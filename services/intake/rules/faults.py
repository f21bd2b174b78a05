"""What can be wrong with a command on a case, named after the fact. Texts carry states and codes, never anything of a person."""

from collections.abc import Iterable

from shared.errors import Conflict, IllegalMove, InvalidInput, NotFound


class MoveNotDrawn(IllegalMove):
    """The state table has no such move from here."""

    def __init__(self, noun: str, status: str, command: str, allowed: Iterable[str]) -> None:
        super().__init__(f"The {noun} is {status}: {command} is not possible from here.", allowed)


class NoSuchCase(NotFound):
    """Unknown, or another agency's: both are told in the same words."""

    def __init__(self) -> None:
        super().__init__()


class NoSuchVisit(NotFound):
    """No visit with this id."""

    def __init__(self, visit_id: str = "") -> None:
        super().__init__()


class NoSuchPatient(NotFound):
    """No patient with this id."""

    def __init__(self) -> None:
        super().__init__()


class NoSuchDocument(NotFound):
    """No document with this id that the asker may see."""

    def __init__(self) -> None:
        super().__init__()


class NoSuchMessage(NotFound):
    """No message with this id that the asker may see."""

    def __init__(self) -> None:
        super().__init__()


class UnknownPatient(InvalidInput):
    """A command names a patient that is not there."""

    def __init__(self) -> None:
        super().__init__([("#/patient_id", "expected the id of a known patient")])


class OneAndTheSame(InvalidInput):
    """A patient is not merged with itself."""

    def __init__(self) -> None:
        super().__init__([("", "expected another patient than the one in the address")])


class MergedAlready(Conflict):
    """One of the two was merged before; GET tells into whom."""

    def __init__(self) -> None:
        super().__init__("One of the two is merged already: take the patient it was merged into.")


class NotMerged(Conflict):
    """There is nothing to undo."""

    def __init__(self) -> None:
        super().__init__("This patient is not merged.")


class DepartmentNotListed(InvalidInput):
    """A visit takes place in a listed department; a referral may name any."""

    def __init__(self, pointer: str) -> None:
        super().__init__([(pointer, "expected the code of a listed department (GET /accounts/api/v1/departments)")])


class CaseIsFull(Conflict):
    """A case holds so many messages, documents or visits and no more: it is one record."""

    def __init__(self, noun: str, most: int) -> None:
        super().__init__(f"A case holds at most {most} {noun}.")


class NothingToTakeBack(Conflict):
    """The last change of the case is another one, or cannot be taken back."""

    slug, title = "nothing-to-take-back", "This cannot be taken back"

    def __init__(self) -> None:
        super().__init__("Expected the last change of the case, and one that can be taken back.")


class NoReplyOwed(IllegalMove):
    """Nobody waits for a reply."""

    slug, title = "no-reply-owed", "No reply is owed"

    def __init__(self, allowed: Iterable[str]) -> None:
        super().__init__("Expected a case whose agency wrote and waits for a reply.", allowed)
