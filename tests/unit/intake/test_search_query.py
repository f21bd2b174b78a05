"""What is typed into the one box, read: references, birth dates, phones, numbers, names, and several of them together."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.intake.rules import birth_dates, search_query
from services.intake.rules.references import read_reference
from services.intake.rules.values import Unfit
from shared.ids import reference

SEEDED = settings(max_examples=300, deadline=None, derandomize=True)

R427 = reference("R", 2026, 427)


@pytest.mark.parametrize(
    "typed",
    [
        R427,
        R427.lower(),
        R427.replace("-", ""),
        R427.replace("-", " "),
        R427.replace("00", "OO"),
        "Ｒ－２６－００４２７－" + R427[-1],
        R427[:-2],
        R427[2:],
        R427[2:-2],
    ],
)
def test_a_reference_in_any_form(typed):
    query = search_query.read(typed)
    assert query.reference and query.reference.text == R427
    assert query.kinds[0] == "reference"


def test_a_slip_in_a_reference_is_told():
    wrong = R427[:-1] + ("A" if R427[-1] != "A" else "C")
    assert search_query.read(wrong).kinds == ("mistyped_reference",)


@pytest.mark.parametrize("typed", ["Rossi", "ROLLIBOOL", "2600427", "R2", "19900102", "リサ", ""])
def test_no_reference(typed):
    found = read_reference(typed)
    assert found is None or not found.certain


@SEEDED
@given(st.integers(1, 99_999), st.integers(2000, 2099))
def test_every_reference_is_read(number, year):
    text = reference("R", year, number)
    assert read_reference(text.replace("-", "").lower()).text == text


BIRTHS = {
    "19900102": ("1990-01-02",),
    "1990/1/2": ("1990-01-02",),
    "1990-01-02": ("1990-01-02",),
    "１９９０．１．２": ("1990-01-02",),
    "1990 1 2": ("1990-01-02",),
    "1990年1月2日": ("1990-01-02",),
    "1990年 1月 2日生まれ": ("1990-01-02",),
    "H2.1.2": ("1990-01-02",),
    "h2/1/2": ("1990-01-02",),
    "H020102": ("1990-01-02",),
    "平成2年1月2日": ("1990-01-02",),
    "平2.1.2": ("1990-01-02",),
    "平成元年1月8日": ("1989-01-08",),
    "令和元年5月1日": ("2019-05-01",),
    "R1.5.1": ("2019-05-01",),
    "S64.1.7": ("1989-01-07",),
    "昭和64年1月7日": ("1989-01-07",),
    "大正15年12月24日": ("1926-12-24",),
    "T1.7.30": ("1912-07-30",),
    "H31.4.30": ("2019-04-30",),
    "13/02/1990": ("1990-02-13",),
    "02/01/1990": ("1990-01-02", "1990-02-01"),
    "1990": ("1990",),
    "1990年生": ("1990",),
    "昭和55年": ("1980",),
    "S55": ("1980",),
    "平成元年": ("1989",),
}
NO_BIRTHS = ["平成1年1月7日", "R1.4.30", "1990-02-30", "H2.13.1", "1879-12-31", "99999999", "H99", "昭和0年", "12", "R", "平成", "1990-1", ""]  # fmt: skip


@pytest.mark.parametrize(("typed", "born"), BIRTHS.items())
def test_a_birth_date_in_any_form(typed, born):
    assert birth_dates.read(typed) == born
    assert search_query.read(typed).terms[0].births == born
    assert search_query.read(typed).kinds[0] == "birth_date"


@pytest.mark.parametrize("typed", NO_BIRTHS)
def test_no_birth_date(typed):
    assert birth_dates.read(typed) == ()
    with pytest.raises(Unfit):
        birth_dates.birth_date(typed)


def test_a_date_to_keep_is_one_date():
    assert birth_dates.birth_date("S36.4.2") == "1961-04-02"
    with pytest.raises(Unfit):
        birth_dates.birth_date("02/01/1990")


@pytest.mark.parametrize(
    "typed",
    ["03-1234-5678", "0312345678", "(03) 1234-5678", "03 1234 5678", "０３－１２３４－５６７８", "03ー1234ー5678"],
)
def test_a_phone_without_its_country(typed):
    assert search_query.read(typed).terms[0].phones == ("876543213",)


@pytest.mark.parametrize("typed", ["+81 3 1234 5678", "+81 (0)3-1234-5678", "+81312345678", "0081 3 1234 5678"])
def test_a_phone_with_its_country(typed):
    assert search_query.read(typed).terms[0].phones == ("87654321318",)


def test_the_end_of_a_phone():
    assert search_query.read("5678").terms[0].phones == ("8765",)
    assert search_query.read("678").terms[0].phones == ()


def test_numbers_on_papers():
    (one,) = search_query.read("AB-12O456").terms
    assert (one.passports, one.hospitals) == (("AB120456",), ("AB12O456",))
    (one,) = search_query.read("0012345").terms
    assert one.hospitals == ("12345",)


def test_words_in_any_script():
    assert search_query.read("グエン・ティ").words == ("グエン", "ティ")
    assert search_query.read("田中花").words == ("田中花",)
    assert search_query.read("O'Brien-Smith").words == ("obrien", "smith")


def test_several_things_at_once():
    query = search_query.read("Nguyễn 1990/1/2 huong")
    assert query.words == ("nguyen", "huong")
    assert [one.births for one in query.terms] == [("1990-01-02",)]
    query = search_query.read("tanaka H2 1 2 090 1234 5678")
    assert [one.births or one.phones for one in query.terms] == [("1990-01-02",), ("8765432109",)]
    assert query.words == ("tanaka",)
    assert search_query.read("nguyen 1990 0312345678").kinds == (
        "birth_date",
        "phone",
        "hospital_number",
        "passport",
        "name",
    )


@SEEDED
@given(st.text(max_size=60))
def test_whatever_is_typed_is_read(text):
    query = search_query.read(text)
    assert len(query.words) <= search_query.MAX_WORDS
