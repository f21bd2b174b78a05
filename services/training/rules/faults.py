"""Errors of training, named after the fact. Their texts are shown to callers: no personal data."""

from collections.abc import Collection, Iterable, Mapping

from shared.errors import Conflict, Forbidden, Gone, IllegalMove, InvalidInput, NotFound


class NoSuchProgramme(NotFound):
    """No programme has this id, or it is not published and the caller is not staff."""


class NoSuchApplication(NotFound):
    """No application has this id, or the caller may not know of it."""


class PersonErased(Gone):
    """The personal data was erased; the application remains as a number."""

    def __init__(self) -> None:
        super().__init__("The data of this person was erased.")


class NoSuchDocument(NotFound):
    """The application has no document with this id."""


class NoSuchCertificate(NotFound):
    """No certificate has this code. Wrong, unknown and malformed codes get the same answer."""

    slug, title = "no-such-certificate", "No certificate has this code"


class TransitionNotAllowed(IllegalMove):
    """The command is not possible in the present state."""

    def __init__(self, what: str, status: str, command: str, allowed: Iterable[str]) -> None:
        super().__init__(f"The {what} is {status}: the command {command} is not possible in this state.", allowed)


class DeadlinePassed(Conflict):
    """The deadline of the programme has passed. The draft stays as it is."""

    slug, title = "deadline-passed", "The deadline has passed"

    def __init__(self, deadline: str) -> None:
        super().__init__(f"The deadline was {deadline}. The saved answers are kept.")


class NotPublished(Conflict):
    """Only a published programme takes applications."""

    slug, title = "not-published", "This programme takes no applications"

    def __init__(self) -> None:
        super().__init__("This programme takes no applications now.")


class AlreadyApplied(Conflict):
    """One person can apply once for a period."""

    slug, title = "applied-already", "This person already has an application for this period"

    def __init__(self) -> None:
        super().__init__(
            "This person already has an application for this period. Continue with that one, or withdraw it first."
        )


class NotComplete(InvalidInput):
    """The application cannot be submitted yet. `errors` lists everything that is missing."""

    slug, title = "not-complete", "The application is not complete"


class ReviewNotReady(Conflict):
    """This review step waits for another step, or was given already."""

    slug, title = "review-not-ready", "This review step is not open"

    def __init__(self, waiting: Iterable[str]) -> None:
        steps = ", ".join(waiting)
        super().__init__(f"Expected a review step that is open now: {steps or 'there is none'}.")


class ReviewsOpen(Conflict):
    """Not every review step recommends the application."""

    slug, title = "reviews-open", "The review does not recommend this application"

    def __init__(self, steps: Iterable[str]) -> None:
        super().__init__(f"Expected every review step to approve. Steps that do not: {', '.join(steps)}.")


class NotYourReview(Conflict):
    """This review step is assigned to another reviewer."""

    slug, title = "not-your-review", "This review is assigned to another reviewer"

    def __init__(self) -> None:
        super().__init__("Expected one of the reviewers that the programme names for this step.")


class OtherDepartment(Forbidden):
    """A role of a department acts in the departments of its account only. This belongs to another department.

    An admin sets the departments of an account: `PATCH /accounts/api/v1/accounts/{id}` with `{"departments": ["cardiology"]}`.
    """

    slug, title = "other-department", "This belongs to another department"

    def __init__(self, needed: Mapping[str, Mapping[str, str]], own: Collection[str]) -> None:
        """`needed`: names by language, by code, of the departments one of which it takes; none where any would do."""
        self._needed = needed
        yours = f"works in {', '.join(sorted(own))}" if own else "works in no department"
        super().__init__(
            f"Expected an account that works in {' or '.join(needed) or 'a department'}; yours {yours}. An admin sets the"
            " departments of an account."
        )

    def named_in(self, language: str) -> Mapping[str, str]:
        """The departments by name."""
        any_of, between = ("いずれかの診療科", "、") if language == "ja" else ("a department", ", ")
        named = [names.get(language) or names.get("en") or code for code, names in self._needed.items()]
        return {"departments": between.join(named) or any_of}


class CannotStart(Conflict):
    """The training cannot start; `faults` has the reasons as codes."""

    slug, title = "may-not-start", "The training cannot start yet"

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = list(faults)
        super().__init__(f"Reasons: {', '.join(self.faults)}.")


class AgreementMissing(Conflict):
    """No agreement covers the whole stay, and the chief has not waived it."""

    slug, title = "agreement-missing", "No agreement covers the whole stay"

    def __init__(self) -> None:
        super().__init__(
            "Expected an agreement of scope training in force for the whole stay, or the chief's reason why none is needed."
        )


class HostNotActive(Conflict):
    """The host is suspended or closed. Nothing new can start there."""

    slug, title = "host-not-active", "The host is not active"

    def __init__(self, status: str) -> None:
        super().__init__(f"Expected a host that is neither suspended nor closed; it is {status}.")


class AgreementsLapsed(Conflict):
    """All agreements on training with the host have expired."""

    slug, title = "agreements-lapsed", "No agreement with the host is in force"

    def __init__(self) -> None:
        super().__init__(
            "Expected an agreement of scope training in force with the host. The earlier ones have expired."
        )


class CannotAccept(Conflict):
    """Something is needed before a place is offered; `faults` has the reasons as codes."""

    slug, title = "may-not-accept", "The application cannot be accepted yet"

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = list(faults)
        super().__init__(f"Reasons: {', '.join(self.faults)}.")


class NoPlace(Conflict):
    """No place is free, and a waiting list is not possible here."""

    slug, title = "no-place", "No place is free"

    def __init__(self, where: str) -> None:
        super().__init__(f"No place is free: {where}.")


class AnswerTooLate(Conflict):
    """The offer has expired: the time to answer has passed."""

    slug, title = "answered-too-late", "The day to answer has passed"

    def __init__(self, answer_by: str) -> None:
        super().__init__(f"The offer had to be answered by {answer_by}. Its place goes to the waiting list.")


class StayOver(Conflict):
    """A place cannot be given for dates that are over."""

    slug, title = "stay-over", "The stay is over"

    def __init__(self, last_day: str) -> None:
        super().__init__(
            f"The last day of the stay was {last_day}. Move the stay to later dates first, or reject the application."
        )


class FewerPlacesThanTaken(Conflict):
    """A period cannot have fewer places than are taken."""

    slug, title = "fewer-than-taken", "More places are already taken"

    def __init__(self, taken: int) -> None:
        super().__init__(f"Expected at least {taken} places, the number already taken.")


class DocumentNotAccepted(InvalidInput):
    """The type of the file is not accepted, or its content is of another type."""

    def __init__(self, detail: str) -> None:
        super().__init__([("#/file", detail)])


class LimitReached(Conflict):
    """A limit is reached."""

    slug, title = "too-many", "There are too many"

    def __init__(self, what: str, most: int) -> None:
        super().__init__(f"Expected at most {most} {what}.")


class NoSuchGroup(NotFound):
    """No group has this id."""


class InvalidList(InvalidInput):
    """A list of people that has faults; `rows` as (line, column, code)."""

    def __init__(self, rows: Iterable[tuple[int, str, str]]) -> None:
        self.rows = list(rows)
        super().__init__(
            [(f"#/text/{line}", f"expected a row that can be read: {code}") for line, _, code in self.rows]
        )


class NoSuchBatch(NotFound):
    """The group has no such letters, or they were deleted."""


class LetterNotAvailable(Conflict):
    """This letter is not available for this application now: `dates`, `no_place`, `not_completed`, `goes_abroad`."""

    slug, title = "no-letter-yet", "This letter is not available yet"

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(f"Reason: {why}.")


class NameNotPrintable(Conflict):
    """The name has letters that no font here can print."""

    slug, title = "name-not-written", "The name cannot be printed"

    def __init__(self) -> None:
        super().__init__("Expected a name in letters that can be printed, at least in Latin letters.")


class WrongCount(InvalidInput):
    """The typed number is not the number of people."""

    def __init__(self, many: int) -> None:
        super().__init__([("#/count", f"expected {many}, as many as will be asked")])


class NoAddress(Conflict):
    """The application has no e-mail address to send to."""

    slug, title = "no-address", "There is no e-mail address"

    def __init__(self) -> None:
        super().__init__("Expected an application with an e-mail address: the link is sent to it.")


class NoStaffThere(Conflict):
    """No staff of this hospital are in this country now."""

    slug, title = "nobody-there", "No staff are in this country"

    def __init__(self) -> None:
        super().__init__("Expected a country in which staff of this hospital are now.")


class NoDocumentsMissing(Conflict):
    """A reminder would have nothing to name."""

    def __init__(self) -> None:
        super().__init__("No documents of the applicant are missing.")
