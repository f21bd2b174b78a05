"""Who needs a certificate of Japan's tuberculosis screening before entry (JPETS), by a table that a ministry may change tomorrow.

tuberculosis.toml names the source of every line. Not verified with a ministry: Indonesia's date, the 90 days after close contact, how Hong Kong,
Macao and Taiwan count. A date that is not verified is shown as announced and makes the certificate a duty for nobody.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import NotRequired, TypedDict, cast

from services.training.rules.documents.passports import within_months

NEEDED, NOT_NEEDED, ANNOUNCED = NEEDS = ("needed", "not_needed", "announced")
REASONS = (
    "target_country",
    "other_country",
    "short_stay",
    "lives_elsewhere",
    "exempt_scheme",
    "before_start",
    "date_open",
)


@dataclass(frozen=True, slots=True)
class Need:
    """`state`: needed, not_needed or announced; `reason`: target_country, other_country, short_stay, lives_elsewhere, exempt_scheme, before_start
    or date_open. `since`: applications for COE or visa filed from that day; `source`: the page that states it."""

    state: str
    reason: str
    since: date | None = None
    source: str | None = None
    verified: bool = True
    as_of: date | None = None


class Line(TypedDict):
    """A line of the table: the page that states it, and whether it was read in a ministry's own page."""

    source: str
    verified: bool


class Country(Line):
    """A country whose nationals need a certificate; without `required_from` it is announced without a date."""

    required_from: NotRequired[date]


class Scheme(Line):
    """The screening itself."""

    longest_short_stay_months: int


class Exemption(Line):
    """A scheme whose people need no certificate."""

    name: Mapping[str, str]


class CertificateLine(Line):
    """How many days a certificate is valid from the X-ray."""

    valid_days: int


class ScreeningTable(TypedDict):
    """tuberculosis.toml."""

    as_of: date
    scheme: Scheme
    certificate: CertificateLine
    residence: Line
    countries: Mapping[str, Country]
    exempt: Mapping[str, Exemption]


@cache
def screening_table() -> ScreeningTable:
    """Returns the table as packaged, dates as dates. Callers must not change it."""
    return cast("ScreeningTable", tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8")))


def certificate_needed(
    nationality: str,
    residence_country: str | None,
    first_day: date,
    last_day: date,
    table: ScreeningTable,
    *,
    applied_on: date | None = None,
    scheme: str | None = None,
) -> Need:
    """Returns whether a certificate is needed (https://jpets.mhlw.go.jp/faq): by nationals of the table's countries who stay longer than a short
    stay, except those who can prove that they live outside all of them, or come under an exempt scheme (`exempt` in the table).

    A duty depends on the day the COE or visa was applied for; while that is not known, the first day is used, which is never too lenient. An
    unknown residence counts as at home.
    """
    country = table["countries"].get(nationality)
    if country is None:
        return _not_needed("other_country", table["scheme"], table)
    if within_months(first_day, last_day, table["scheme"]["longest_short_stay_months"]):
        return _not_needed("short_stay", table["scheme"], table)
    if residence_country and residence_country not in table["countries"]:
        return _not_needed("lives_elsewhere", table["residence"], table)
    if scheme is not None and scheme in table["exempt"]:
        return _not_needed("exempt_scheme", table["exempt"][scheme], table)
    return _by_date(country, applied_on or first_day, table["as_of"])


def _not_needed(reason: str, line: Line, table: ScreeningTable) -> Need:
    return Need(NOT_NEEDED, reason, None, line["source"], line["verified"], table["as_of"])


def _by_date(country: Country, applied_on: date, as_of: date) -> Need:
    since, source, verified = country.get("required_from"), country["source"], country["verified"]
    if since is None or not verified:
        return Need(ANNOUNCED, "date_open", since, source, verified, as_of)
    if applied_on < since:
        return Need(NOT_NEEDED, "before_start", since, source, verified, as_of)
    return Need(NEEDED, "target_country", since, source, verified, as_of)
