"""Scores whether two records describe one person, by evidence for and against. The result is a hint with reasons, never a decision.

Twins share a birth date, a family name and often a phone number. A different given name makes them `relative`, never a duplicate;
where the given names differ by one letter, the hint stays at `possible`.
"""

from dataclasses import dataclass
from datetime import date

from services.intake.rules.name_similarity import NameSimilarity, compare
from services.intake.rules.records import Name, Passport, Person
from services.intake.rules.search_terms import hospital_key, passport_key, phone_key

LIKELY, POSSIBLE, RELATIVE = "likely", "possible", "relative"
GRADES = (LIKELY, POSSIBLE, RELATIVE)
ENOUGH = {LIKELY: 70, POSSIBLE: 45}

POINTS = {
    "same_hospital_number": 60, "same_passport": 55, "same_phone": 18, "same_birth_date": 35, "birth_date_swapped": 24,
    "birth_date_slip": 22, "same_birth_year": 12, "same_name": 35, "very_similar_name": 28, "similar_name": 18,
}  # fmt: skip
AGAINST = {"birth_date": 30, "name": 25, "sex": 15, "nationality": 6}
FOR_SEX, FOR_NATIONALITY = 3, 4
NUMBERS = ("same_hospital_number", "same_passport")
SAME, VERY_SIMILAR, SIMILAR, UNLIKE = 0.965, 0.885, 0.775, 0.7


@dataclass(frozen=True)
class Hint:
    """`reasons` are evidence for one person, `against` the fields that contradict it; `score` orders hints."""

    grade: str
    score: int
    reasons: tuple[str, ...]
    against: tuple[str, ...] = ()


def hint(one: Person, other: Person) -> Hint | None:
    """Returns the hint for two records, or None where they are not similar enough."""
    reasons = [*_numbers(one, other), *_births(one, other)]
    if not set(NUMBERS) & set(reasons) and _at_best(reasons) < ENOUGH[POSSIBLE]:
        return None
    named = compare(one.get("name") or Name(), other.get("name") or Name())
    reasons += _names(named)
    against = _against(one, other, named, reasons)
    score = sum(POINTS[reason] for reason in reasons) - sum(AGAINST[field] for field in against) + _weak(one, other)
    grade = _grade(score, reasons, named)
    if grade is None:
        return None
    if grade == RELATIVE:
        reasons.append("same_family_name")
    return Hint(grade, score, tuple(reasons), tuple(against))


def _at_best(reasons: list[str]) -> int:
    """Returns the score if the names were equal, so that most records need no comparison of names."""
    return sum(POINTS[reason] for reason in [*reasons, "same_name"]) + FOR_SEX + FOR_NATIONALITY


def _grade(score: int, reasons: list[str], named: NameSimilarity) -> str | None:
    """Returns the grade. A shared number always gives a hint; one different letter in a given name may be a typing error or a twin."""
    if "same_birth_date" in reasons and named.shared and named.odd and not set(NUMBERS) & set(reasons):
        return RELATIVE if "same_phone" in reasons else None
    if score >= ENOUGH[LIKELY]:
        perhaps_twins = (
            {"same_birth_date", "same_phone"} <= set(reasons) and named.shared and "same_name" not in reasons
        )
        return POSSIBLE if perhaps_twins and not set(NUMBERS) & set(reasons) else LIKELY
    return POSSIBLE if score >= ENOUGH[POSSIBLE] or set(NUMBERS) & set(reasons) else None


def _numbers(one: Person, other: Person) -> list[str]:
    found = []
    if (mine := hospital_key(one.get("hospital_number"))) and mine == hospital_key(other.get("hospital_number")):
        found.append("same_hospital_number")
    if (mine := _passport(one)) and mine == _passport(other):
        found.append("same_passport")
    if (mine := _phone(one)) and mine == _phone(other):
        found.append("same_phone")
    return found


def _passport(person: Person) -> str:
    return passport_key((person.get("passport") or Passport()).get("number"))


def _phone(person: Person) -> str:
    return phone_key(person.get("phone"))


def _births(one: Person, other: Person) -> list[str]:
    mine, theirs = _born(one), _born(other)
    if not mine or not theirs:
        return []
    if mine == theirs:
        return ["same_birth_date" if len(mine) > 4 else "same_birth_year"]
    if len(mine) == 4 or len(theirs) == 4:
        return ["same_birth_year"] if mine[:4] == theirs[:4] else []
    if theirs == swapped(mine):
        return ["birth_date_swapped"]
    return ["birth_date_slip"] if _one_slip(mine, theirs) else []


def _one_slip(one: str, other: str) -> bool:
    """Whether the texts differ in one digit or in two swapped neighbours."""
    differ = [at for at in range(len(one)) if one[at] != other[at]]
    first, last = differ[0], differ[-1]
    turned = (
        one[first] == other[last] and one[last] == other[first] and last - first <= 1 + (one[first + 1 : last] == "-")
    )
    return len(differ) == 1 or (len(differ) == 2 and turned)


def _born(person: Person) -> str:
    born = person.get("birth_date") or "unknown"
    return "" if born == "unknown" else str(born)


def _names(named: NameSimilarity) -> list[str]:
    steps = (("same_name", SAME), ("very_similar_name", VERY_SIMILAR), ("similar_name", SIMILAR))
    return [reason for reason, least in steps if named.score is not None and named.score >= least][:1]


def _against(one: Person, other: Person, named: NameSimilarity, reasons: list[str]) -> list[str]:
    found = []
    births = {"same_birth_date", "birth_date_swapped", "birth_date_slip", "same_birth_year"}
    if _born(one) and _born(other) and not births & set(reasons):
        found.append("birth_date")
    if named.score is not None and named.score < UNLIKE:
        found.append("name")
    return found + [
        field for field in ("sex", "nationality") if _both(field, one, other) and one.get(field) != other.get(field)
    ]


def _weak(one: Person, other: Person) -> int:
    """Returns the few points for equal sex and nationality, which are weak evidence."""
    weights = {"sex": FOR_SEX, "nationality": FOR_NATIONALITY}
    return sum(
        points for field, points in weights.items() if _both(field, one, other) and one.get(field) == other.get(field)
    )


def _both(field: str, one: Person, other: Person) -> bool:
    """Whether both records state the field. A code for a stateless person or a refugee (XX…) is no evidence either way."""
    values = [person.get(field) for person in (one, other)]
    return all(value not in (None, "unknown") and not str(value).startswith("XX") for value in values)


def swapped(born: str) -> str | None:
    """Returns the date with day and month swapped, where that is another valid date."""
    year, month, day = born.split("-")
    turned = f"{year}-{day}-{month}"
    return turned if turned != born and _is_date(turned) else None


def slips(born: str) -> frozenset[str]:
    """Returns the dates with one digit mistyped or two neighbouring digits swapped."""
    digits = born.replace("-", "")
    typed = {digits[:at] + digit + digits[at + 1 :] for at in range(8) for digit in "0123456789"}
    typed |= {digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :] for at in range(7)}
    dated = {f"{each[:4]}-{each[4:6]}-{each[6:]}" for each in typed} - {born}
    return frozenset(each for each in dated if _is_date(each))


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).year >= date.min.year
    except ValueError:
        return False
