"""Errors of commands on a case, named after the fact. Their texts contain states and codes, never personal data."""

from collections.abc import Iterable

from shared.errors import Conflict, IllegalMove, InvalidInput, NotFound


class TransitionNotAllowed(IllegalMove):
    """The state table does not allow this command in the current state."""

    def __init__(self, noun: str, status: str, command: str, allowed: Iterable[str]) -> None:
        super().__init__(f"The {noun} is {status}: {command} is not possible in this state.", allowed)


class NoSuchCase(NotFound):
    """The case is unknown or belongs to another agency. Both give the same text, so an agency learns nothing about other cases."""

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
    """No document with this id that the caller may see."""

    def __init__(self) -> None:
        super().__init__()


class NoSuchMessage(NotFound):
    """No message with this id that the caller may see."""

    def __init__(self) -> None:
        super().__init__()


class UnknownPatient(InvalidInput):
    """A command names a patient that does not exist."""

    def __init__(self) -> None:
        super().__init__([("#/patient_id", "expected the id of a known patient")])


class SamePatient(InvalidInput):
    """A patient cannot be merged with itself."""

    def __init__(self) -> None:
        super().__init__([("", "expected a different patient from the one in the address")])


class AlreadyMerged(Conflict):
    """One of the two patients was merged before. GET shows into which one."""

    def __init__(self) -> None:
        super().__init__("One of the two patients is already merged. Use the patient it was merged into.")


class NotMerged(Conflict):
    """The patient is not merged, so there is no merge to undo."""

    def __init__(self) -> None:
        super().__init__("This patient is not merged.")


class DepartmentNotListed(InvalidInput):
    """A visit needs a listed department. A referral may name any."""

    def __init__(self, pointer: str) -> None:
        super().__init__([(pointer, "expected the code of a listed department (GET /accounts/api/v1/departments)")])


class CaseIsFull(Conflict):
    """The case has reached its limit of messages, documents or visits. The limit exists because a case is one record."""

    def __init__(self, noun: str, most: int) -> None:
        super().__init__(f"A case can have at most {most} {noun}.")


class CannotUndo(Conflict):
    """The last change of the case is a different one, or cannot be undone."""

    slug, title = "nothing-to-take-back", "This change cannot be undone"

    def __init__(self) -> None:
        super().__init__("Only the last change of a case can be undone, and some changes cannot be undone.")


class NoReplyOwed(IllegalMove):
    """The agency is not waiting for a reply."""

    slug, title = "no-reply-owed", "No reply is needed"

    def __init__(self, allowed: Iterable[str]) -> None:
        super().__init__("Only a case whose agency is waiting for a reply can be marked as needing none.", allowed)
