"""What can be wrong in training, named after the fact. Texts are shown to callers: no personal data."""

from collections.abc import Collection, Iterable, Mapping

from shared.errors import Conflict, Forbidden, Gone, IllegalMove, InvalidInput, NotFound


class NoSuchProgramme(NotFound):
    """No programme has this id, or it is not published and the asker is not of the house."""


class NoSuchApplication(NotFound):
    """No application has this id, or it is not the asker's to know of."""


class PersonErased(Gone):
    """What was known of the person is gone; the application stays as a number."""

    def __init__(self) -> None:
        super().__init__("The data of this person was erased.")


class NoSuchPaper(NotFound):
    """The application has no such paper."""


class NoSuchCertificate(NotFound):
    """No certificate has this code: one answer for wrong, unknown and malformed ones."""

    slug, title = "no-such-certificate", "No certificate has this code"


class MoveNotDrawn(IllegalMove):
    """The state table draws no such move from here."""

    def __init__(self, what: str, status: str, command: str, allowed: Iterable[str]) -> None:
        super().__init__(f"The {what} is {status}: the command {command} is not possible in this state.", allowed)


class DeadlinePassed(Conflict):
    """The programme takes no applications any more; the draft stays as it is."""

    slug, title = "deadline-passed", "The deadline has passed"

    def __init__(self, deadline: str) -> None:
        super().__init__(f"The deadline was {deadline}. The saved answers are kept.")


class NotPublished(Conflict):
    """Only a published programme takes applications."""

    slug, title = "not-published", "This programme takes no applications"

    def __init__(self) -> None:
        super().__init__("This programme takes no applications now.")


class AppliedAlready(Conflict):
    """One person applies once for one period."""

    slug, title = "applied-already", "This person already has an application for this period"

    def __init__(self) -> None:
        super().__init__(
            "This person already has an application for this period. Continue with that one, or withdraw it first."
        )


class NotComplete(InvalidInput):
    """Something is missing before it can be handed in: every fault at once."""

    slug, title = "not-complete", "The application is not complete"


class ReviewNotReady(Conflict):
    """This step waits for another, or was answered."""

    slug, title = "review-not-ready", "This review step is not open"

    def __init__(self, waiting: Iterable[str]) -> None:
        steps = ", ".join(waiting)
        super().__init__(f"Expected a review step that is open now: {steps or 'there is none'}.")


class ReviewsOpen(Conflict):
    """Not every step of the review speaks for it."""

    slug, title = "reviews-open", "The review does not recommend this application"

    def __init__(self, steps: Iterable[str]) -> None:
        super().__init__(f"Expected every review step to approve. Steps that do not: {', '.join(steps)}.")


class NotYours(Conflict):
    """The step of the review belongs to another reviewer."""

    slug, title = "not-your-review", "This review is assigned to another reviewer"

    def __init__(self) -> None:
        super().__init__("Expected one of the reviewers that the programme names for this step.")


class OtherDepartment(Forbidden):
    """What a role of a department may do, it may do in the departments that the account works in; this belongs to another.

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


class MayNotStart(Conflict):
    """Something stands against the start; `faults` says what, as (code, detail)."""

    slug, title = "may-not-start", "The training cannot start yet"

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = list(faults)
        super().__init__(f"Reasons: {', '.join(self.faults)}.")


class AgreementMissing(Conflict):
    """No agreement stands for the whole stay, and the chief has not said why none is needed."""

    slug, title = "agreement-missing", "No agreement covers the whole stay"

    def __init__(self) -> None:
        super().__init__(
            "Expected an agreement of scope training in force for the whole stay, or the chief's reason why none is needed."
        )


class HostNotActive(Conflict):
    """The host is suspended or closed: nothing new begins there."""

    slug, title = "host-not-active", "The host is not active"

    def __init__(self, status: str) -> None:
        super().__init__(f"Expected a host that is neither suspended nor closed; it is {status}.")


class AgreementsLapsed(Conflict):
    """There were agreements on training with the host, and none goes on."""

    slug, title = "agreements-lapsed", "No agreement with the host is in force"

    def __init__(self) -> None:
        super().__init__(
            "Expected an agreement of scope training in force with the host. The earlier ones have expired."
        )


class MayNotAccept(Conflict):
    """Something has to be there before a place is given; `faults` says what, as codes."""

    slug, title = "may-not-accept", "The application cannot be accepted yet"

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = list(faults)
        super().__init__(f"Reasons: {', '.join(self.faults)}.")


class NoPlace(Conflict):
    """No place is free where one must be, not even on a waiting list."""

    slug, title = "no-place", "No place is free"

    def __init__(self, where: str) -> None:
        super().__init__(f"No place is free: {where}.")


class AnsweredTooLate(Conflict):
    """The offer has lapsed: its day to answer is over, whether or not the clock has run since."""

    slug, title = "answered-too-late", "The day to answer has passed"

    def __init__(self, answer_by: str) -> None:
        super().__init__(f"The offer had to be answered by {answer_by}. Its place goes to the waiting list.")


class StayOver(Conflict):
    """Nobody gets a place on days that are over."""

    slug, title = "stay-over", "The stay is over"

    def __init__(self, last_day: str) -> None:
        super().__init__(
            f"The last day of the stay was {last_day}. Move the stay to later dates first, or reject the application."
        )


class FewerThanTaken(Conflict):
    """A period may not offer fewer places than are taken."""

    slug, title = "fewer-than-taken", "More places are already taken"

    def __init__(self, taken: int) -> None:
        super().__init__(f"Expected at least {taken} places, the number already taken.")


class PaperNotTaken(InvalidInput):
    """The file is not of a kind that is taken, or its content is not what it says."""

    def __init__(self, detail: str) -> None:
        super().__init__([("#/file", detail)])


class TooMany(Conflict):
    """An application holds so many and no more."""

    slug, title = "too-many", "There are too many"

    def __init__(self, what: str, most: int) -> None:
        super().__init__(f"Expected at most {most} {what}.")


class NoSuchGroup(NotFound):
    """No group has this id."""


class ListWrong(InvalidInput):
    """A list of people that cannot be taken; `rows` as (line, column, code)."""

    def __init__(self, rows: Iterable[tuple[int, str, str]]) -> None:
        self.rows = list(rows)
        super().__init__(
            [(f"#/text/{line}", f"expected a row that can be read: {code}") for line, _, code in self.rows]
        )


class NoSuchBatch(NotFound):
    """The group has no such papers, or they were cleared away."""


class NoLetterYet(Conflict):
    """This letter cannot be written for this application now: `dates`, `no_place`, `not_completed`, `goes_abroad`."""

    slug, title = "no-letter-yet", "This letter is not available yet"

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(f"Reason: {why}.")


class NameNotWritten(Conflict):
    """The name holds letters that no font here can write."""

    slug, title = "name-not-written", "The name cannot be printed"

    def __init__(self) -> None:
        super().__init__("Expected a name in letters that can be printed, at least in Latin letters.")


class NotAsMany(InvalidInput):
    """The typed count is not how many there are."""

    def __init__(self, many: int) -> None:
        super().__init__([("#/count", f"expected {many}, as many as will be asked")])


class NoAddress(Conflict):
    """No mail can go to somebody without an address."""

    slug, title = "no-address", "There is no e-mail address"

    def __init__(self) -> None:
        super().__init__("Expected an application with an e-mail address: the link is sent to it.")


class NobodyThere(Conflict):
    """None of ours is in this country now."""

    slug, title = "nobody-there", "No staff are in this country"

    def __init__(self) -> None:
        super().__init__("Expected a country in which staff of this hospital are now.")


class NothingMissing(Conflict):
    """Who would be reminded has nothing to bring."""

    def __init__(self) -> None:
        super().__init__("No documents of the applicant are missing.")
