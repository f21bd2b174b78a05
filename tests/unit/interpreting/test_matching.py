"""Who fits, why another does not, who comes first, and what a hand assignment may override."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.interpreting.rules import matching
from services.interpreting.rules.matching import (
    Candidate,
    InterpreterAlreadyBooked,
    InterpreterInactive,
    OverrideNeeded,
    Requirements,
    SpokenLanguage,
)
from services.interpreting.rules.periods import Absence, Claim, Hours

TOKYO = ZoneInfo("Asia/Tokyo")
START = datetime(2026, 11, 25, 1, tzinfo=UTC)  # a Wednesday, 10:00 in Tokyo
HOUR = timedelta(hours=1)
REQUIRED = Requirements(Claim("new", START, START + HOUR, "on_site", "Ward 3"), "th", "th")
WHO = Candidate(
    "i1", "TANAKA", "female", {"th": SpokenLanguage("th", "professional")}, ("on_site", "video"), (Hours(2, 510, 1035),)
)
BUSY = Claim("old", START + timedelta(minutes=30), START + 2 * HOUR, "on_site", "Ward 3")
NEAR = Claim("old", START + HOUR, START + 2 * HOUR, "on_site", "Radiology")


def look(who: Candidate = WHO, required: Requirements = REQUIRED, held: list[Claim] | None = None) -> matching.Fit:
    return matching.evaluate(who, required, held or [], TOKYO)


@pytest.mark.parametrize(
    ("changes", "held", "codes"),
    [
        ({}, [], ()),
        ({"languages": {"vi": SpokenLanguage("vi", "native")}}, [], ("language",)),
        ({"modalities": ("phone",)}, [], ("modality",)),
        ({"hours": ()}, [], ("outside_hours",)),
        ({"hours": (Hours(2, 0, 630),)}, [], ("outside_hours",)),
        ({"absences": (Absence(START, START + HOUR),)}, [], ("absent",)),
        ({"daily_maximum": 1}, [Claim("old", START + 3 * HOUR, START + 4 * HOUR)], ("daily_maximum",)),
        ({"daily_maximum": 2}, [Claim("old", START + 3 * HOUR, START + 4 * HOUR)], ()),
        ({"daily_maximum": 1}, [Claim("old", START + 24 * HOUR, START + 25 * HOUR)], ()),
        ({"active": False}, [], ("inactive",)),
        ({}, [BUSY], ("busy",)),
        ({"buffer": timedelta(minutes=10)}, [NEAR], ("buffer",)),
        ({}, [NEAR], ()),
        ({"languages": {}, "modalities": (), "hours": (), "active": False}, [BUSY],
         ("language", "modality", "outside_hours", "inactive", "busy")),
    ],
)  # fmt: skip
def test_why_not(changes: dict[str, Any], held: list[Claim], codes: tuple[str, ...]) -> None:
    assert look(replace(WHO, **changes), held=held).why_not == codes


def test_order_of_the_criteria() -> None:
    """Each is better than all that come after it together."""
    required = replace(REQUIRED, gender_wish="female", case_interpreters=frozenset({"knows"}))
    plain = replace(
        WHO, gender="male", languages={"th": SpokenLanguage("th", "native")}, modalities=("video", "on_site")
    )
    worst = replace(plain, id="zz")
    load = [Claim("x", START + 5 * HOUR, START + 6 * HOUR)]
    certified = {"th": SpokenLanguage("th", "native", date(2027, 1, 1), certified=True)}
    people = [
        look(replace(plain, id="gender", gender="female"), required, load),
        look(replace(plain, id="level", languages={"th": SpokenLanguage("th", "certified")}), required, load),
        look(replace(plain, id="certificate", languages=certified), required, load),
        look(replace(plain, id="modality", modalities=("on_site",)), required, load),
        look(replace(plain, id="knows"), required, load),
        look(replace(plain, id="load"), required),
        look(worst, required, load),
    ]
    names = [fit.candidate.id for fit in matching.rank(reversed(people))]
    assert names == ["gender", "level", "certificate", "modality", "knows", "load", "zz"]


@pytest.mark.parametrize(("until", "valid"), [(date(2026, 11, 25), True), (date(2026, 11, 24), False), (None, True)])
def test_a_certificate_counts_until_its_last_day(until: date | None, valid: bool) -> None:
    spoken = {"th": SpokenLanguage("th", "native", until, certified=True)}
    assert look(replace(WHO, languages=spoken)).ranking["certified"] is valid


def test_who_gave_it_back_is_passed_over() -> None:
    required = replace(REQUIRED, excluded=frozenset({"i1"}))
    second = replace(WHO, id="i2", languages={"th": SpokenLanguage("th", "native")})
    chosen = matching.best_match([look(required=required), look(second, required)], required)
    assert chosen is not None
    assert chosen.candidate.id == "i2"
    assert matching.best_match([look(required=required)], required) is None
    assert matching.reason_counts([look(required=required)], required) == {"gave_back": 1}


codes = st.sets(st.sampled_from(matching.WHY_NOT))


@given(codes, st.one_of(st.none(), st.just("on the ward, asked by the chief")))
def test_an_override_excuses_hours_and_languages_but_never_an_overlap(against: set[str], override: str | None) -> None:
    fit = replace(look(), why_not=tuple(code for code in matching.WHY_NOT if code in against))
    if "inactive" in against:
        expected: type[Exception] | None = InterpreterInactive
    elif against & {"busy", "buffer"}:
        expected = InterpreterAlreadyBooked
    else:
        expected = OverrideNeeded if against and not override else None
    if expected is None:
        assert matching.require_assignable(fit, override) == fit.why_not
        return
    with pytest.raises(expected):
        matching.require_assignable(fit, override)


@given(codes, codes)
def test_whoever_holds_it_keeps_it_only_if_nothing_new_stands_against(against: set[str], overridden: set[str]) -> None:
    fit = replace(look(), why_not=tuple(against))
    assert matching.still_fits(fit, overridden, same_time=True) == (against <= overridden)
    lasting = overridden & {"language", "modality"}
    assert matching.still_fits(fit, overridden, same_time=False) == (against <= lasting)
