"""Who fits a booking, why another does not, and who ranks first, by the data passed in; the search is in the store.

Order: the same language before a similar one, the patient's wish for a gender, level, a certificate valid on that day, modality, continuity
with the case, load of the day.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from services.interpreting.rules.languages import MAX_SAME_DISTANCE, distance, matching_languages, region_differs
from services.interpreting.rules.periods import Absence, Claim, Hours, bounds_of, clash, is_absent, on_shift
from services.interpreting.rules.records import Ranking
from shared.errors import Conflict

LEVELS = ("certified", "professional", "native")
MODALITIES = ("on_site", "video", "phone")
URGENCIES = ("routine", "urgent", "emergency")
GENDERS = ("female", "male", "other", "unknown")

# Every reason against an interpreter: those a coordinator may override, with a reason that is stored, and those nobody can. An interpreter
# who gave a booking back is skipped by automatic matching only. An override for language or modality outlasts a change of time.
OVERRIDABLE = ("language", "modality", "outside_hours", "absent", "daily_maximum")
NOT_OVERRIDABLE = ("inactive", "busy", "buffer")
WHY_NOT = OVERRIDABLE + NOT_OVERRIDABLE
GAVE_BACK = "gave_back"
LASTING_OVERRIDES = frozenset({"language", "modality"})


@dataclass(frozen=True, slots=True)
class SpokenLanguage:
    """A language of an interpreter: the tag as entered, the level, until when the certificate for it is valid."""

    tag: str
    level: str
    certified_until: date | None = None
    certified: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """What matching knows of an interpreter; `languages` by `language_key`, `modalities` in order of preference."""

    id: str
    name: str
    gender: str
    languages: Mapping[str, SpokenLanguage]
    modalities: Sequence[str]
    hours: Sequence[Hours]
    absences: Sequence[Absence] = ()
    buffer: timedelta = timedelta(0)
    daily_maximum: int | None = None
    active: bool = True


@dataclass(frozen=True, slots=True)
class Requirements:
    """What a booking requires. `language` is a key, `tag` the tag as the visit has it.

    `case_interpreters` interpreted for this case before; `excluded` declined or were released.
    """

    claim: Claim
    language: str
    tag: str
    gender_wish: str | None = None
    case_interpreters: frozenset[str] = field(default_factory=frozenset)
    excluded: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Fit:
    """One interpreter checked for one booking: the reasons against, and the ranking."""

    candidate: Candidate
    why_not: tuple[str, ...]
    ranking: Ranking
    order: tuple[object, ...]

    @property
    def fits(self) -> bool:
        return not self.why_not


class InterpreterAlreadyBooked(Conflict):
    """The interpreter's bookings overlap, or leave too little travel time. No override can change that."""

    slug = "interpreter-already-booked"


class InterpreterInactive(Conflict):
    """The interpreter is not taking bookings."""

    slug = "interpreter-inactive"


class OverrideNeeded(Conflict):
    """The booking is outside the interpreter's hours, languages, modalities or daily maximum: it needs a reason, which is stored."""


def _why_not(
    who: Candidate, claim: Claim, speaks: bool, claims: Sequence[Claim], bookings_that_day: int, zone: ZoneInfo
) -> tuple[str, ...]:
    """Returns every reason against it, in the order of WHY_NOT; empty where the interpreter fits."""
    reasons = {
        "language": not speaks,
        "modality": claim.modality not in who.modalities,
        "outside_hours": not on_shift(who.hours, claim.start, claim.end, zone),
        "absent": is_absent(who.absences, claim.start, claim.end),
        "daily_maximum": who.daily_maximum is not None and bookings_that_day >= who.daily_maximum,
        "inactive": not who.active,
    }
    if reason := clash(claim, claims, who.buffer):
        reasons[reason] = True
    return tuple(code for code in WHY_NOT if reasons.get(code))


def _nearest_language(who: Candidate, required: Requirements) -> str | None:
    """Returns the key of the interpreter's language nearest to the patient's; None where the patient understands none of them."""
    return next((key for key in matching_languages(required.language) if key in who.languages), None)


def _other_claims_that_day(claim: Claim, claims: Sequence[Claim], zone: ZoneInfo) -> list[Claim]:
    """Returns the other bookings that start on the same local day."""
    begins, ends = bounds_of(claim.start.astimezone(zone).date(), zone)
    return [other for other in claims if begins <= other.start < ends and other.booking_id != claim.booking_id]


def evaluate(who: Candidate, required: Requirements, claims: Sequence[Claim], zone: ZoneInfo) -> Fit:
    """Returns why this interpreter does not fit, and how well, each criterion named. `claims`: their claims of the affected days."""
    key = _nearest_language(who, required)
    spoken = who.languages[key] if key else None
    day = required.claim.start.astimezone(zone).date()
    that_day = _other_claims_that_day(required.claim, claims, zone)
    minutes = sum(int((other.end - other.start).total_seconds()) for other in that_day) // 60
    apart = None if key is None else distance(required.language, key)
    ranking: Ranking = {
        "gender_wish": None if not required.gender_wish else who.gender == required.gender_wish,
        "level": spoken.level if spoken else None,
        "certified": bool(spoken and _certified_on(spoken, day)),
        "modality_preferred": bool(who.modalities) and who.modalities[0] == required.claim.modality,
        "knows_the_case": who.id in required.case_interpreters,
        "minutes_that_day": minutes,
        "region_differs": bool(spoken and key == required.language and region_differs(required.tag, spoken.tag)),
        "language_distance": apart,
        "near_language": spoken.tag if spoken and (apart or 0) > MAX_SAME_DISTANCE else None,
    }
    reasons = _why_not(who, required.claim, spoken is not None, claims, len(that_day), zone)
    return Fit(who, reasons, ranking, _order(ranking, who.id))


def _certified_on(spoken: SpokenLanguage, day: date) -> bool:
    return spoken.certified and (spoken.certified_until is None or spoken.certified_until >= day)


def _order(ranking: Ranking, id_: str) -> tuple[object, ...]:
    level = ranking["level"]
    return (
        ranking["language_distance"] or 0,
        ranking["gender_wish"] is False,
        LEVELS.index(level) if level in LEVELS else len(LEVELS),
        not ranking["certified"],
        not ranking["modality_preferred"],
        not ranking["knows_the_case"],
        ranking["minutes_that_day"],
        ranking["region_differs"],
        id_,
    )


def rank(fits: Iterable[Fit]) -> list[Fit]:
    """Returns those who fit first, each group in order."""
    return sorted(fits, key=lambda fit: (not fit.fits, fit.order))


def best_match(fits: Iterable[Fit], required: Requirements) -> Fit | None:
    """Returns whom automatic matching chooses: the first who fits and is not excluded."""
    return next((fit for fit in rank(fits) if fit.fits and fit.candidate.id not in required.excluded), None)


def reason_counts(fits: Iterable[Fit], required: Requirements) -> dict[str, int]:
    """Returns how many interpreters failed for which reason; one who fails for two counts in both."""
    counts: dict[str, int] = {}
    for fit in fits:
        gave_back = (GAVE_BACK,) if fit.candidate.id in required.excluded else ()
        for code in fit.why_not + gave_back:
            counts[code] = counts.get(code, 0) + 1
    return counts


def require_assignable(fit: Fit, override: str | None) -> tuple[str, ...]:
    """Returns the reasons overridden by a manual assignment. Raises the errors for those that cannot be."""
    against = fit.why_not
    if "inactive" in against:
        raise InterpreterInactive(f"{fit.candidate.name} is not taking bookings")
    if fixed := [code for code in against if code in NOT_OVERRIDABLE]:
        raise InterpreterAlreadyBooked(f"{fit.candidate.name} is not free at that time ({', '.join(fixed)})")
    if against and not override:
        raise OverrideNeeded(f"{fit.candidate.name} does not fit ({', '.join(against)}): give `override`, the reason")
    return against


def still_fits(fit: Fit, overridden: Iterable[str], same_time: bool) -> bool:
    """Returns whether the interpreter may keep a booking that changed: an override for the time is valid only for that time."""
    tolerated = set(overridden) if same_time else set(overridden) & LASTING_OVERRIDES
    return not set(fit.why_not) - tolerated
