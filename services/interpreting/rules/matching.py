"""Who fits a booking, why another does not, and who ranks first, by the data passed in; the search is in the store.

Order: the same language before a similar one, the patient's wish for a gender, level, a certificate valid on that day, modality, continuity
with the case, load of the day.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.interpreting.rules.languages import SAME, distance, region_differs, served_by
from services.interpreting.rules.periods import Absence, Claim, Hours, away, bounds_of, clash, on_shift
from shared.errors import Conflict

LEVELS = ("certified", "professional", "native")
MODALITIES = ("on_site", "video", "phone")
URGENCIES = ("routine", "urgent", "emergency")
GENDERS = ("female", "male", "other", "unknown")

# Every reason against an interpreter: those a coordinator may override, with a reason that is stored, and those nobody can. An interpreter
# who gave a booking back is skipped by automatic matching only. An override for language or modality outlasts a change of time.
OVERRIDABLE = ("language", "modality", "outside_hours", "absent", "daily_maximum")
NEVER = ("inactive", "busy", "buffer")
WHY_NOT = OVERRIDABLE + NEVER
GAVE_BACK = "gave_back"
LASTING = frozenset({"language", "modality"})


@dataclass(frozen=True, slots=True)
class Spoken:
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
    languages: Mapping[str, Spoken]
    modalities: Sequence[str]
    hours: Sequence[Hours]
    absences: Sequence[Absence] = ()
    buffer: timedelta = timedelta(0)
    daily_maximum: int | None = None
    active: bool = True


@dataclass(frozen=True, slots=True)
class Ask:
    """What a booking requires. `language` is a key, `tag` the tag as the visit has it; `served_by`: who interpreted for this case before."""

    claim: Claim
    language: str
    tag: str
    gender_wish: str | None = None
    served_by: frozenset[str] = field(default_factory=frozenset)
    refused: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Fit:
    """One interpreter checked for one booking: the reasons against, and the ranking."""

    candidate: Candidate
    why_not: tuple[str, ...]
    ranking: Mapping[str, Any]
    order: tuple[Any, ...]

    @property
    def fits(self) -> bool:
        return not self.why_not


class InterpreterAlreadyBooked(Conflict):
    """Another booking of theirs overlaps, or leaves no time for the way. No override can change that."""

    slug = "interpreter-already-booked"


class InterpreterInactive(Conflict):
    """They are not on the roster any more."""

    slug = "interpreter-inactive"


class OverrideNeeded(Conflict):
    """Outside their hours, languages, modalities or daily maximum: only with a reason, which is kept."""


def _why_not(
    who: Candidate, claim: Claim, speaks: bool, held: Sequence[Claim], that_day: int, zone: ZoneInfo
) -> tuple[str, ...]:
    """Returns every reason against it, in the order of WHY_NOT; empty where the interpreter fits."""
    reasons = {
        "language": not speaks,
        "modality": claim.modality not in who.modalities,
        "outside_hours": not on_shift(who.hours, claim.start, claim.end, zone),
        "absent": away(who.absences, claim.start, claim.end),
        "daily_maximum": who.daily_maximum is not None and that_day >= who.daily_maximum,
        "inactive": not who.active,
    }
    if reason := clash(claim, held, who.buffer):
        reasons[reason] = True
    return tuple(code for code in WHY_NOT if reasons.get(code))


def _spoken_for(who: Candidate, ask: Ask) -> str | None:
    """Returns the key of the nearest language in which they serve the patient, the patient's own first; None where there is none."""
    return next((key for key in served_by(ask.language) if key in who.languages), None)


def _of_the_day(claim: Claim, held: Sequence[Claim], zone: ZoneInfo) -> list[Claim]:
    """Returns the other bookings that start on the same local day."""
    begins, ends = bounds_of(claim.start.astimezone(zone).date(), zone)
    return [h for h in held if begins <= h.start < ends and h.booking_id != claim.booking_id]


def look_at(who: Candidate, ask: Ask, held: Sequence[Claim], zone: ZoneInfo) -> Fit:
    """Returns why this interpreter does not fit, and how well, each criterion named. `held`: their claims of the affected days."""
    key = _spoken_for(who, ask)
    spoken = who.languages[key] if key else None
    day = ask.claim.start.astimezone(zone).date()
    that_day = _of_the_day(ask.claim, held, zone)
    minutes = sum(int((h.end - h.start).total_seconds()) for h in that_day) // 60
    apart = None if key is None else distance(ask.language, key)
    ranking: dict[str, Any] = {
        "gender_wish": None if not ask.gender_wish else who.gender == ask.gender_wish,
        "level": spoken.level if spoken else None,
        "certified": bool(spoken and _certified_on(spoken, day)),
        "modality_preferred": bool(who.modalities) and who.modalities[0] == ask.claim.modality,
        "knows_the_case": who.id in ask.served_by,
        "minutes_that_day": minutes,
        "region_differs": bool(spoken and key == ask.language and region_differs(ask.tag, spoken.tag)),
        "language_distance": apart,
        "near_language": spoken.tag if spoken and (apart or 0) > SAME else None,
    }
    reasons = _why_not(who, ask.claim, spoken is not None, held, len(that_day), zone)
    return Fit(who, reasons, ranking, _order(ranking, who.id))


def _certified_on(spoken: Spoken, day: date) -> bool:
    return spoken.certified and (spoken.certified_until is None or spoken.certified_until >= day)


def _order(ranking: Mapping[str, Any], id_: str) -> tuple[Any, ...]:
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


def ranked(fits: Iterable[Fit]) -> list[Fit]:
    """Returns those who fit first, each group in order."""
    return sorted(fits, key=lambda fit: (not fit.fits, fit.order))


def best(fits: Iterable[Fit], ask: Ask) -> Fit | None:
    """Returns whom automatic matching takes: the first who fits and has not given this booking back."""
    return next((fit for fit in ranked(fits) if fit.fits and fit.candidate.id not in ask.refused), None)


def reason_counts(fits: Iterable[Fit], ask: Ask) -> dict[str, int]:
    """Returns how many interpreters failed for which reason; one who fails for two counts in both."""
    counts: dict[str, int] = {}
    for fit in fits:
        gave_back = (GAVE_BACK,) if fit.candidate.id in ask.refused else ()
        for code in fit.why_not + gave_back:
            counts[code] = counts.get(code, 0) + 1
    return counts


def require_assignable(fit: Fit, override: str | None) -> tuple[str, ...]:
    """Returns the reasons overridden by a manual assignment. Raises the errors for those that cannot be."""
    against = fit.why_not
    if "inactive" in against:
        raise InterpreterInactive(f"{fit.candidate.name} is not taking bookings")
    if hard := [code for code in against if code in NEVER]:
        raise InterpreterAlreadyBooked(f"{fit.candidate.name} is not free at that time ({', '.join(hard)})")
    if against and not override:
        raise OverrideNeeded(f"{fit.candidate.name} does not fit ({', '.join(against)}): give `override`, the reason")
    return against


def still_fits(fit: Fit, overridden: Iterable[str], same_time: bool) -> bool:
    """Returns whether the interpreter may keep a booking that changed: an override for the time is valid only for that time."""
    excused = set(overridden) if same_time else set(overridden) & LASTING
    return not set(fit.why_not) - excused
