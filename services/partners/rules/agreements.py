"""States, commands and validation of agreements: draft → in_review → signed → active → expired | renewed | terminated.

Not here: dates, renewal and reminders (agreement_dates.py). Days are ISO texts, which sort in the order of the days.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Final

from services.partners.rules.records import Agreement, AgreementStatus, Quota, Signatory
from shared.agreements import renews_itself, why_not_in_force
from shared.errors import Conflict, IllegalMove, InvalidInput, NotFound

MOU, CONTRACT, DATA_PROCESSING, ANNEX, ACCREDITATION = KINDS = (
    "mou",
    "contract",
    "data_processing",
    "annex",
    "accreditation",
)
SCOPES = ("referral", "training", "research", "interpreting")
DIRECTIONS = ("in", "out")
SIDES = ("ours", "theirs")
FIXED, SELF_RENEWING, OPEN_ENDED = TERMS = ("fixed", "self_renewing", "open_ended")

DRAFT: Final = "draft"
IN_REVIEW: Final = "in_review"
SIGNED: Final = "signed"
ACTIVE: Final = "active"
EXPIRED: Final = "expired"
RENEWED: Final = "renewed"
TERMINATED: Final = "terminated"
ABANDONED: Final = "abandoned"
MOVES: dict[AgreementStatus, dict[str, AgreementStatus]] = {
    DRAFT: {"submit": IN_REVIEW, "abandon": ABANDONED},
    IN_REVIEW: {"sign": SIGNED, "abandon": ABANDONED},
    SIGNED: {"activate": ACTIVE},
    ACTIVE: {"terminate": TERMINATED},
    EXPIRED: {},
    RENEWED: {},
    TERMINATED: {},
    ABANDONED: {},
}
AUTOMATIC_MOVES = {ACTIVE: (EXPIRED, RENEWED)}  # by date or by a successor; no command leads there
ENDED = (EXPIRED, RENEWED, TERMINATED, ABANDONED)
FIXED_BY_SIGNATURE = ("kind", "parent_id", "organization_ids", "term", "starts")
OUTSIDERS = frozenset({"agency", "applicant"})  # roles of people who do not work here
YEARS = (1950, 2150)  # days outside are typing errors


class UnknownAgreement(NotFound):
    """No agreement with this id."""


class NoScan(NotFound):
    """No scan of the signed agreement has been uploaded."""


class AgreementStartsLater(Conflict):
    """The agreement is signed, but its first day has not come. It becomes active on that day by itself."""


class TermsAreSigned(Conflict):
    """Terms that both sides signed cannot be edited. They are changed by another agreement or an annex."""


class AlreadyFollowed(Conflict):
    """The agreement already has a successor."""


def commands(agreement: Agreement) -> list[str]:
    """Returns the commands that are possible now, besides editing; also the `allowed` of an error."""
    status = agreement["status"]
    more = ["renew"] if status == ACTIVE else []
    if status == ACTIVE and renews_itself(agreement):
        more.append("give-notice")
    return sorted([*MOVES[status], *more])


def require(agreement: Agreement, command: str) -> None:
    """Raises IllegalMove unless the agreement's state allows the command."""
    allowed = commands(agreement)
    if command not in allowed:
        raise IllegalMove(f"The agreement is {agreement['status']}: {command} is not possible now.", allowed)


def next_status(agreement: Agreement, command: str) -> AgreementStatus:
    """Returns the state a command leads to; raises IllegalMove."""
    require(agreement, command)
    return MOVES[agreement["status"]][command]


def in_force(agreement: Agreement, first_day: date, last_day: date) -> bool:
    """Whether the agreement is in force on each of these days."""
    return why_not_in_force(agreement, first_day.isoformat(), last_day.isoformat()) is None


def check_edit(agreement: Agreement, fields: Iterable[str]) -> None:
    """Raises IllegalMove if the agreement is over, TermsAreSigned if one of the fields has been signed."""
    if agreement["status"] in ENDED:
        raise IllegalMove(f"The agreement is {agreement['status']}: it can no longer be edited.", commands(agreement))
    signed = sorted(set(fields) & set(FIXED_BY_SIGNATURE))
    if signed and agreement["status"] in (SIGNED, ACTIVE):
        raise TermsAreSigned(f"The agreement is {agreement['status']}: {', '.join(signed)} can no longer be edited.")


def find_faults(agreement: Agreement) -> list[tuple[str, str]]:
    """Returns the contradictions in an agreement, as (JSON pointer, what is expected)."""
    return [*_party_faults(agreement), *_date_faults(agreement), *_quota_faults(agreement["quota"])]


def _party_faults(agreement: Agreement) -> Iterator[tuple[str, str]]:
    kind = agreement["kind"]
    if not agreement["organization_ids"] and kind != ACCREDITATION:
        yield "#/organization_ids", "expected one or more; only an accreditation may have none"
    if kind == ANNEX and not agreement["parent_id"]:
        yield "#/parent_id", "expected the agreement that this is an annex of"
    if kind != ANNEX and agreement["parent_id"]:
        yield "#/parent_id", "expected for an annex only"


def _date_faults(agreement: Agreement) -> Iterator[tuple[str, str]]:
    starts, ends, term = agreement["starts"], agreement["ends"], agreement["term"]
    for name, day in (("starts", starts), ("ends", ends)):
        if day and not YEARS[0] <= date.fromisoformat(day).year <= YEARS[1]:
            yield f"#/{name}", f"expected a year from {YEARS[0]} to {YEARS[1]}"
    if term == OPEN_ENDED and ends:
        yield "#/ends", "expected none: the agreement is open-ended"
    if term != OPEN_ENDED and not ends:
        yield "#/ends", "expected the last day; only an open-ended agreement has none"
    if ends and ends < starts:
        yield "#/ends", f"expected a day from {starts} on"
    if term == SELF_RENEWING and not agreement["renews_months"]:
        yield "#/renews_months", "expected the number of months of each renewal"
    if term != SELF_RENEWING and agreement["renews_months"]:
        yield "#/renews_months", "expected for a self-renewing agreement only"


def _quota_faults(quota: Iterable[Quota]) -> Iterator[tuple[str, str]]:
    lines = set()
    for place, line in enumerate(quota):
        if (line["direction"], line["year"]) in lines:
            yield f"#/quota/{place}", "expected each direction and year once"
        lines.add((line["direction"], line["year"]))


def check_signing(signatories: Sequence[Signatory], signed_on: str, today: str) -> None:
    """Raises InvalidInput if a signature is dated in the future or the hospital's side has none."""
    days = [("#/signed_on", signed_on)]
    days[:0] = [
        (f"#/signatories/{place}/signed_on", one.get("signed_on") or "") for place, one in enumerate(signatories)
    ]
    faults = [(pointer, "expected today or earlier") for pointer, day in days if day and day > today]
    if not any(one["side"] == "ours" for one in signatories):
        faults.append(("#/signatories", "expected at least one signatory of our side"))
    if faults:
        raise InvalidInput(faults)


def check_end(agreement: Agreement, on: str) -> None:
    """Raises InvalidInput if the termination would be before the agreement's start or after its end."""
    if on < agreement["starts"]:
        raise InvalidInput([("#/on", f"expected a day from its start on, {agreement['starts']}")])
    if agreement["ends"] and on > agreement["ends"]:
        raise InvalidInput([("#/on", f"expected a day up to its end, {agreement['ends']}")])


def check_notice(agreement: Agreement, on: str, today: str) -> None:
    """Raises InvalidInput if the notice is dated before the start or in the future."""
    if on > today:
        raise InvalidInput([("#/on", "expected the day on which notice was given, today or earlier")])
    if on < agreement["starts"]:
        raise InvalidInput([("#/on", f"expected a day from its start on, {agreement['starts']}")])
