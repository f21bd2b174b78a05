"""Whether one document fits one visit: its dates against a requirement's, a season's years, doses that count.

Days are `datetime.date` here, and the reason why something does not fit is a code with dates and numbers; pages put it into words.
"""

from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from services.training.rules.documents.passports import months_after

ONE_DAY = timedelta(days=1)
Value = date | int | str


class Reason(NamedTuple):
    """The reason for a state: a code that pages have words for, and the values that go into them."""

    code: str
    params: dict[str, Value]


@dataclass(frozen=True, slots=True)
class Visit:
    """First and last day both belong to it, in the hospital's days (Asia/Tokyo). `nationality`: ISO 3166-1 alpha-2.

    `applied_on`: when the certificate of eligibility, or the visa, was applied for; None while that is not known.
    """

    first_day: date
    last_day: date
    kind: str = "observation"
    profession: str | None = None
    nationality: str | None = None
    departments: tuple[str, ...] = ()
    applied_on: date | None = None

    @property
    def entered_by(self) -> date:
        """The day on which documents for the entry have to be valid: that of the application for it, else the first day."""
        return self.applied_on or self.first_day


@dataclass(frozen=True, slots=True)
class Season:
    """Days of the year, `MM-DD`, both included; over the new year where `until` comes first. What is required must be done since `valid_from`
    before the season (1 September for this winter's influenza vaccine)."""

    since: str
    until: str
    valid_from: str


@dataclass(frozen=True, slots=True)
class Validity:
    """What an accepted document must fulfil besides; everything named must hold. With nothing named it is valid once accepted, as long as its
    date is not in the future and no end printed on it comes before the stay.

    `valid_days`: so many days from `issued_on`, or until the end printed on it where that is earlier, to the application for the entry.
    `this_stay`: it names the days of the stay, so it is valid for no other. `or_titre`: a dated titre replaces the doses.
    """

    within_days_of_start: int | None = None
    covers_visit: bool = False
    from_start: bool = False
    margin_days: int = 0
    season: Season | None = None
    years_valid: int | None = None
    doses: int | None = None
    interval_days: int = 0
    valid_days: int | None = None
    this_stay: bool = False
    or_titre: bool = False

    @property
    def dates(self) -> tuple[str, ...]:
        """The dates of a document that must be known to decide whether it fits."""
        issued = self.within_days_of_start, self.season, self.years_valid, self.valid_days
        wanted = (
            ("issued_on", any(rule is not None for rule in issued)),
            ("valid_from", self.from_start),
            ("valid_until", self.covers_visit),
        )
        return tuple(name for name, needed in wanted if needed)


ALWAYS = Validity()


@dataclass(frozen=True, slots=True)
class SubmittedDocument:
    """One document as submitted. `status`: to_check, accepted or refused (with `why`); `issued_on` is also the day a thing was done.

    `titre_on`: when antibodies were found to be enough; `stay`: the first and last day it was accepted for.
    """

    requirement: str
    status: str = "to_check"
    issued_on: date | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    doses: tuple[date, ...] = ()
    why: str | None = None
    id: str | None = None
    titre_on: date | None = None
    stay: tuple[date, date] | None = None


class Window(NamedTuple):
    """A season of one year, and the day since which what it requires may be done."""

    since: date
    until: date
    valid_from: date


def years_after(day: date, years: int) -> date:
    """Returns the same day so many years later; 28 February for the 29th. The last day of a term of years (Civil Code, art. 140 and 143)."""
    return months_after(day, 12 * years)


def expected_dates(validity: Validity, visit: Visit, today: date) -> dict[str, Value]:
    """Returns what a document must have to fit this visit, the strictest of all rules: for the person who provides it."""
    since: list[date] = []
    if validity.within_days_of_start is not None:
        since.append(visit.first_day - timedelta(days=validity.within_days_of_start))
    if season := season_of(validity.season, visit, today):
        since.append(season.valid_from)
    if validity.years_valid is not None:
        since.append(_issued_from(visit.last_day, validity.years_valid))
    if validity.valid_days is not None:
        since.append(visit.entered_by - timedelta(days=validity.valid_days))
    wanted: dict[str, Value] = {"issued_from": max(since)} if since else {}
    if validity.from_start:
        wanted["valid_from"] = visit.first_day
    if validity.covers_visit:
        wanted["valid_until"] = visit.last_day + timedelta(days=validity.margin_days)
    if validity.doses:
        wanted |= {"doses": validity.doses, "interval_days": validity.interval_days}
    return wanted


def _issued_from(last_day: date, years: int) -> date:
    """Returns the first issue date whose `years` last until `last_day`: the day after 28 February's for the 29th, which ends a day early."""
    issued = years_after(last_day, -years)
    return issued if years_after(issued, years) >= last_day else issued + ONE_DAY


def misfits(document: SubmittedDocument, validity: Validity, visit: Visit, today: date) -> Iterator[Reason]:
    """Yields what keeps a document from fitting, the most obvious first; a required date that is not known does, too."""
    yield from _dated_ahead(document, today)
    yield from _crossed(document)
    if not validity.covers_visit:
        yield from _over(document.valid_until, visit.entered_by if validity.valid_days is not None else visit.first_day)
    if validity.within_days_of_start is not None:
        yield from _too_old(document.issued_on, validity.within_days_of_start, visit)
    if validity.from_start:
        yield from _begins_late(document.valid_from, visit)
    if validity.covers_visit:
        yield from _ends_early(document.valid_until, validity.margin_days, visit)
    if season := season_of(validity.season, visit, today):
        yield from _outside(document.issued_on, season)
    if validity.years_valid is not None:
        yield from _lapsed(document.issued_on, validity.years_valid, visit)
    if validity.valid_days is not None:
        yield from _used_up(document.issued_on, validity.valid_days, visit)
    if validity.doses and not (validity.or_titre and document.titre_on):
        yield from _few_doses(document.doses, validity.doses, validity.interval_days)
    if validity.this_stay:
        yield from _other_days(document.stay, visit)


def unfit_for_any(document: SubmittedDocument, today: date) -> Iterator[Reason]:
    """Yields what no other stay can change: a date in the future, expired, or expired before it began."""
    yield from _dated_ahead(document, today)
    yield from _over(document.valid_until, today)
    yield from _crossed(document)


def _dated_ahead(document: SubmittedDocument, today: date) -> Iterator[Reason]:
    """Yields dates in the future: what is dated later than today was not done."""
    for name, day in (("issued_on", document.issued_on), ("titre_on", document.titre_on)):
        if day and day > today:
            yield Reason("dated_ahead", {"field": name, "dated": day})
    for at, day in enumerate(document.doses):
        if day > today:
            yield Reason("dated_ahead", {"field": "doses", "at": at, "dated": day})


def _crossed(document: SubmittedDocument) -> Iterator[Reason]:
    if document.valid_from and document.valid_until and document.valid_until < document.valid_from:
        yield Reason("ends_before_it_begins", {"valid_from": document.valid_from, "valid_until": document.valid_until})


def _over(valid_until: date | None, needed: date) -> Iterator[Reason]:
    if valid_until and valid_until < needed:
        yield Reason("expired", {"valid_until": valid_until, "needed_until": needed})


def _used_up(issued_on: date | None, days: int, visit: Visit) -> Iterator[Reason]:
    """Does not check the end printed on it: `_over` does, whatever its rule."""
    if issued_on is None:
        yield _unknown("issued_on")
    elif (until := issued_on + timedelta(days=days)) < visit.entered_by:
        needed = visit.entered_by
        params: dict[str, Value] = {"issued_on": issued_on, "not_before": needed - timedelta(days=days)}
        yield Reason("used_up", {**params, "days": days, "valid_until": until, "needed_until": needed})


def _other_days(stay: tuple[date, date] | None, visit: Visit) -> Iterator[Reason]:
    if stay is None:
        yield _unknown("stay")
    elif stay != (visit.first_day, visit.last_day):
        yield Reason("made_for_other_days", {"stay_from": stay[0], "stay_until": stay[1]})


def _unknown(field_name: str) -> Reason:
    return Reason("date_missing", {"field": field_name})


def _too_old(issued_on: date | None, days: int, visit: Visit) -> Iterator[Reason]:
    """A test made after the start is not too old: it is late, which `overdue` reports."""
    not_before = visit.first_day - timedelta(days=days)
    if issued_on is None:
        yield _unknown("issued_on")
    elif issued_on < not_before:
        yield Reason("too_old", {"issued_on": issued_on, "not_before": not_before, "days": days})


def _begins_late(valid_from: date | None, visit: Visit) -> Iterator[Reason]:
    if valid_from is None:
        yield _unknown("valid_from")
    elif valid_from > visit.first_day:
        yield Reason("starts_after_visit_starts", {"valid_from": valid_from, "needed_from": visit.first_day})


def _ends_early(valid_until: date | None, margin: int, visit: Visit) -> Iterator[Reason]:
    needed = visit.last_day + timedelta(days=margin)
    if valid_until is None:
        yield _unknown("valid_until")
    elif valid_until < needed:
        yield Reason("ends_before_visit_ends", {"valid_until": valid_until, "needed_until": needed})


def _outside(issued_on: date | None, season: Window) -> Iterator[Reason]:
    if issued_on is None:
        yield _unknown("issued_on")
    elif not season.valid_from <= issued_on <= season.until:
        yield Reason("outside_season", {"issued_on": issued_on, **season._asdict()})


def _lapsed(issued_on: date | None, years: int, visit: Visit) -> Iterator[Reason]:
    if issued_on is None:
        yield _unknown("issued_on")
    elif (until := years_after(issued_on, years)) < visit.last_day:
        yield Reason("ends_before_visit_ends", {"valid_until": until, "needed_until": visit.last_day, "years": years})


def _few_doses(doses: Iterable[date], needed: int, interval: int) -> Iterator[Reason]:
    """Doses closer than the interval to the last one counted do not count, nor two of one day."""
    counted: list[date] = []
    for day in sorted(doses):
        if not counted or (day - counted[-1]).days >= max(interval, 1):
            counted.append(day)
    if len(counted) < needed:
        then: dict[str, Value] = {"next_from": counted[-1] + timedelta(days=max(interval, 1))} if counted else {}
        yield Reason("doses_missing", {"given": len(counted), "needed": needed, **then})


def seasons(season: Season, visit: Visit) -> list[Window]:
    """Returns the season's years that share a day with the visit."""
    years = range(visit.first_day.year - 1, visit.last_day.year + 1)
    windows = (_window(season, year) for year in years)
    return [row for row in windows if row.since <= visit.last_day and visit.first_day <= row.until]


def _window(season: Season, year: int) -> Window:
    """Returns the season that starts in this year."""
    since = _day(year, season.since)
    until = _day(year + (season.until < season.since), season.until)
    return Window(since, until, _day(year - (season.valid_from > season.since), season.valid_from))


def _day(year: int, month_day: str) -> date:
    """Returns a day of a year; 29 February is the month's last day in other years."""
    month, day = (int(part) for part in month_day.split("-"))
    return date(year, month, min(day, monthrange(year, month)[1]))


def season_of(season: Season | None, visit: Visit, today: date) -> Window | None:
    """Returns the first season of the visit that is not over: this winter's vaccine first, next winter's once this one is over."""
    met = seasons(season, visit) if season else []
    return next((row for row in met if row.until >= today), met[-1] if met else None)
