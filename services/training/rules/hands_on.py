"""Hands-on training (臨床修練) and what the law requires before it starts. A trainee who only observes (見学) touches no patient and needs none of it.

The law: Act on the Special Provisions of Article 17 of the Medical Practitioners' Act etc. for Clinical Training of Foreign Medical Practitioners
(外国医師等が行う臨床修練等に係る医師法第十七条等の特例等に関する法律, Act No. 29 of 1987), here "the Act".
"""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from services.training.rules.documents.passports import Fault
from services.training.rules.documents.validity import Visit

HANDS_ON = "hands_on"
YEARS_OF_PRACTICE = 3
"""Years of practice abroad after the qualification: the Act, art. 3 (2) iii; the enforcement ordinance (1987, No. 47), art. 4, requires proof."""


class Profession(NamedTuple):
    """A qualification the Act covers. `supervisor`: the Act's term for its supervisor; `term_years`: the longest first permission."""

    code: str
    supervisor: str
    term_years: int


DOCTOR, DENTIST, OTHERS = "臨床修練指導医", "臨床修練指導歯科医", "臨床修練指導者"
PROFESSIONS = {
    row.code: row
    for row in (
        Profession("doctor", DOCTOR, 2),
        Profession("dentist", DENTIST, 2),
        Profession("midwife", OTHERS, 1),
        Profession("nurse", OTHERS, 1),
        Profession("dental_hygienist", OTHERS, 1),
        Profession("radiographer", OTHERS, 1),
        Profession("dental_technician", OTHERS, 1),
        Profession("medical_technologist", OTHERS, 1),
        Profession("physiotherapist", OTHERS, 1),
        Profession("occupational_therapist", OTHERS, 1),
        Profession("orthoptist", OTHERS, 1),
        Profession("clinical_engineer", OTHERS, 1),
        Profession("prosthetist", OTHERS, 1),
        Profession("speech_therapist", OTHERS, 1),
        Profession("paramedic", OTHERS, 1),
    )
}
"""The Act, art. 2 i to iii: no pharmacist (薬剤師), no public health nurse (保健師). `term_years`: art. 3 (5) as of 2006; the Act has since
been amended (2014) so that permissions can be renewed (art. 3 (6)); how long in all was not verified, so no rule here counts terms."""


@dataclass(frozen=True, slots=True)
class Permission:
    """The health minister's permission (the Act, art. 3 (1)): both days belong to it."""

    number: str
    valid_from: date
    valid_until: date


@dataclass(frozen=True, slots=True)
class Designation:
    """The health minister's designation of the place as one for clinical training (臨床修練病院等: the Act, art. 2 v; the minister may
    take it back, enforcement ordinance art. 2). Both days belong to it; without `valid_until` it goes on."""

    number: str
    valid_from: date
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class Supervisor:
    """The supervisor at the bedside; `designated_for`: the professions (codes) the minister certified them for (the Act, art. 8)."""

    id: str
    designated_for: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Applicant:
    """What is known of a future trainee and the place. `languages_shown`: Japanese, or a language the ordinance names, with proof (art. 3 (2)
    iv)."""

    profession: str
    licensed_on: date | None = None
    permission: Permission | None = None
    supervisor: Supervisor | None = None
    languages_shown: bool = False
    designation: Designation | None = None


def hands_on_faults(applicant: Applicant, visit: Visit, today: date) -> list[Fault]:
    """Returns everything that prevents hands-on training on these days; nothing for a visit that is not hands-on."""
    if visit.kind != HANDS_ON:
        return []
    faults = (
        []
        if applicant.profession in PROFESSIONS
        else [Fault("profession_not_covered", {"profession": applicant.profession})]
    )
    faults += _licence_faults(applicant.licensed_on, visit.first_day, today)
    faults += _supervisor_faults(applicant)
    if not applicant.languages_shown:
        faults.append(Fault("language_not_shown", {}))
    faults += _permission_faults(applicant.permission, visit, today)
    return faults + _designation_faults(applicant.designation, visit)


def practised_years_on(licensed_on: date, years: int = YEARS_OF_PRACTICE) -> date:
    """Returns the first day on which that many calendar years have passed since the licence: 29 February counts as complete on 1 March. Only the
    licence can be counted; whether they practised throughout is for people to read in the proof."""
    try:
        return licensed_on.replace(year=licensed_on.year + years)
    except ValueError:
        return date(licensed_on.year + years, 3, 1)


def _licence_faults(licensed_on: date | None, first_day: date, today: date) -> list[Fault]:
    if licensed_on is None or licensed_on > today:
        return [Fault("licence_date_unknown", {})]
    full = practised_years_on(licensed_on)
    if full <= first_day:
        return []
    return [
        Fault("licence_under_three_years", {"licensed_on": licensed_on, "full_on": full, "years": YEARS_OF_PRACTICE})
    ]


def _supervisor_faults(applicant: Applicant) -> list[Fault]:
    if applicant.supervisor is None:
        return [Fault("supervisor_missing", {"profession": applicant.profession})]
    if applicant.profession not in applicant.supervisor.designated_for:
        return [
            Fault(
                "supervisor_not_designated", {"profession": applicant.profession, "supervisor": applicant.supervisor.id}
            )
        ]
    return []


def _permission_faults(permission: Permission | None, visit: Visit, today: date) -> list[Fault]:
    if permission is None or not permission.number.strip():
        return [
            Fault(
                "permission_missing",
                {"first_day": visit.first_day, "days_left": max((visit.first_day - today).days, 0)},
            )
        ]
    faults = []
    if permission.valid_from > visit.first_day:
        faults.append(
            Fault("permission_starts_after", {"valid_from": permission.valid_from, "first_day": visit.first_day})
        )
    if permission.valid_until < visit.last_day:
        faults.append(
            Fault("permission_ends_before", {"valid_until": permission.valid_until, "last_day": visit.last_day})
        )
    return faults


def _designation_faults(designation: Designation | None, visit: Visit) -> list[Fault]:
    if designation is None or not designation.number.strip():
        return [Fault("designation_missing", {})]
    faults = []
    if designation.valid_from > visit.first_day:
        faults.append(
            Fault("designation_starts_after", {"valid_from": designation.valid_from, "first_day": visit.first_day})
        )
    if designation.valid_until and designation.valid_until < visit.last_day:
        faults.append(
            Fault("designation_ends_before", {"valid_until": designation.valid_until, "last_day": visit.last_day})
        )
    return faults
