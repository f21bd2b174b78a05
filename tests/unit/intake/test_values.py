"""Values from outside: what is taken, what it becomes, what is refused; whatever comes, only Unfit is raised."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.intake.rules import values
from services.intake.rules.people import check_person
from services.intake.rules.values import Unfit
from services.intake.rules.visits import check_period
from shared.errors import InvalidInput
from tests.unit.intake.cases import NOW


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("th", "th"),
        ("TH", "th"),
        ("tl", "fil"),
        ("prs", "fa-AF"),
        ("zh-hans-cn", "zh-Hans-CN"),
        ("cmn", "cmn"),
        ("yue", "yue"),
        ("ase", "ase"),
    ],
)
def test_languages_are_normalised(typed, kept):
    assert values.language(typed) == kept


@pytest.mark.parametrize("typed", ["xx", "english", "", "a", "タイ語", "th th", "t" * 400, "en-" + "x" * 50])
def test_no_language(typed):
    with pytest.raises(Unfit):
        values.language(typed)


@pytest.mark.parametrize("born", ["1961-04-02", "1961", "unknown", "2024-02-29"])
def test_birth_dates(born):
    assert values.birth_date(born) == born


@pytest.mark.parametrize(
    "born", ["1961-02-30", "61", "1961-4-2", "0000", "1700-01-01", "１９６１", "", "Unknown", "1961-04-02T00:00"]
)
def test_no_birth_dates(born):
    with pytest.raises(Unfit):
        values.birth_date(born)


@pytest.mark.parametrize("born", ["2027", "2026-12-01", "9999-12-31"])
def test_nobody_is_born_tomorrow(born):
    with pytest.raises(InvalidInput):
        check_person({"name": {"latin": "A"}, "birth_date": born}, NOW)
    check_person({"name": {"latin": "A"}, "birth_date": "2026-11-23"}, NOW)
    check_person({"name": {"latin": "A"}, "birth_date": "2026"}, NOW)


def test_phones():
    assert values.phone("+66 2 123 4567", None) == {"typed": "+66 2 123 4567", "e164": "+6621234567"}
    assert values.phone("03-1234-5678", "JP")["e164"] == "+81312345678"
    for typed in ("02 123 4567", "12", "call me", "+", "+99999999999999999999"):
        with pytest.raises(Unfit):
            values.phone(typed, None)


@pytest.mark.parametrize(
    "name", ["山田 太郎", "สมชาย ใจดี", "محمد", "N", "X Æ A-12", "O'Brien-Smith", "ﷺ", "Ж" * 200, "👩‍⚕️"]
)
def test_a_name_is_never_changed_or_rejected_for_its_script(name):
    assert values.line(name, 200) == name


@pytest.mark.parametrize("name", ["", "  ", "x" * 201, "two\nlines", "bell\x07"])
def test_no_names(name):
    with pytest.raises(Unfit):
        values.line(name, 200)


@given(st.text(max_size=60))
@settings(max_examples=300, deadline=None)
def test_whatever_comes_only_unfit_is_raised(text):
    checks = (
        values.language,
        values.country,
        values.department,
        values.birth_date,
        values.calendar_date,
        lambda t: values.phone(t, None),
        lambda t: values.phone(t, "JP"),
        lambda t: values.line(t, 200),
        lambda t: values.words(t, 200),
    )
    for check in checks:
        try:
            check(text)
        except Unfit as fault:
            assert len(text) < 12 or text not in str(fault), "a fault repeats nothing of what came"


@pytest.mark.parametrize(
    ("start", "end"),
    [(0, 0), (1, 0), (0, 25), (-24 * 40, -24 * 40 + 1), (24 * 366 * 4, 24 * 366 * 4 + 1)],
)
def test_periods_out_of_mind(start, end):
    with pytest.raises(InvalidInput):
        check_period(NOW + timedelta(hours=start), NOW + timedelta(hours=end), NOW)


def test_a_period():
    check_period(NOW, NOW + timedelta(hours=1), NOW)
