"""Birth dates as people type them: 19900102, 1990/1/2, 1990年1月2日, H2.1.2, 平成元年, a year alone. Japanese eras by law (元号法)."""

import re
from datetime import date
from unicodedata import normalize

from services.intake.rules.values import EARLIEST_BIRTH, Unfit

ERAS = {
    "M": (date(1868, 10, 23), 1912),
    "T": (date(1912, 7, 30), 1926),
    "S": (date(1926, 12, 25), 1989),
    "H": (date(1989, 1, 8), 2019),
    "R": (date(2019, 5, 1), 9999),
}
"""The first day, and the last year; a date after the last day is taken, for papers were printed before the era changed."""
IN_KANJI = {
    "明治": "M",
    "大正": "T",
    "昭和": "S",
    "平成": "H",
    "令和": "R",
    "明": "M",
    "大": "T",
    "昭": "S",
    "平": "H",
    "令": "R",
}

_ERA = r"(明治|大正|昭和|平成|令和|[明大昭平令]|[MTSHRmtshr])\s*\.?\s*"
_NEXT = r"\s*[年月/.\-\s]\s*"
_ERA_DATE = re.compile(_ERA + rf"(元|\d{{1,2}}){_NEXT}(\d{{1,2}}){_NEXT}(\d{{1,2}})日?\Z")
_ERA_RUN = re.compile(_ERA + r"(\d\d)(\d\d)(\d\d)\Z")
_ERA_YEAR = re.compile(_ERA + r"(元|\d{1,2})年?\Z")
_DATE = re.compile(rf"(\d{{4}}){_NEXT}(\d{{1,2}}){_NEXT}(\d{{1,2}})日?\Z")
_RUN = re.compile(r"(\d{4})(\d\d)(\d\d)\Z")
_YEAR = re.compile(r"(\d{4})年?\Z")
_ABROAD = re.compile(r"(\d{1,2})\s*[/.\-]\s*(\d{1,2})\s*[/.\-]\s*(\d{4})\Z")


def read(typed: str) -> tuple[str, ...]:
    """What a text may mean as a birth date, ISO dates or years: none, one, or two where day and month may be either way round."""
    text = normalize("NFKC", typed).strip().removesuffix("生まれ").removesuffix("生")
    if found := _DATE.match(text) or _RUN.match(text):
        return _dates((int(found[1]), int(found[2]), int(found[3])))
    if found := _ERA_DATE.match(text) or _ERA_RUN.match(text):
        return _of_era(found[1], found[2], int(found[3]), int(found[4]))
    if found := _ABROAD.match(text):
        one, other, year = int(found[1]), int(found[2]), int(found[3])
        return tuple(dict.fromkeys(_dates((year, other, one), (year, one, other))))
    return _year(text)


def birth_date(typed: str) -> str:
    """The one date or year a text means, as it is kept; raises Unfit, also where day and month could be either way round."""
    found = read(typed)
    if len(found) != 1:
        raise Unfit("expected a date such as 1961-04-02, S36.4.2 or 昭和36年4月2日, or a year")
    return found[0]


def _year(text: str) -> tuple[str, ...]:
    if found := _YEAR.match(text):
        return (found[1],) if EARLIEST_BIRTH <= int(found[1]) <= date.max.year else ()
    if found := _ERA_YEAR.match(text):
        year = _year_of(found[1], found[2])
        return (str(year),) if year and year >= EARLIEST_BIRTH else ()
    return ()


def _year_of(era: str, number: str) -> int | None:
    first, last = ERAS[IN_KANJI.get(era, era.upper())]
    year = first.year + (1 if number == "元" else int(number)) - 1
    return year if first.year <= year <= last else None


def _of_era(era: str, number: str, month: int, day: int) -> tuple[str, ...]:
    year = _year_of(era, number)
    found = _dates((year, month, day)) if year else ()
    first = ERAS[IN_KANJI.get(era, era.upper())][0].isoformat()
    return tuple(born for born in found if born >= first)


def _dates(*given: tuple[int, int, int]) -> tuple[str, ...]:
    found = []
    for year, month, day in given:
        try:
            born = date(year, month, day)
        except ValueError:
            continue
        if born.year >= EARLIEST_BIRTH:
            found.append(born.isoformat())
    return tuple(found)
