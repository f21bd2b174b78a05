"""Phone numbers as they are dialled from Japan and from abroad: one number, or none with the hint to write +."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import phones

LONDON, BANGKOK, TOKYO = "+442079460958", "+66812345678", "+81312345678"


@pytest.mark.parametrize(
    ("typed", "region", "e164"),
    [
        ("0044 20 7946 0958", "JP", LONDON),
        ("0066 81 234 5678", "JP", BANGKOK),
        ("010 44 20 7946 0958", "JP", LONDON),
        ("010-1-212-555-2368", "JP", "+12125552368"),
        ("0033-010-44-20-7946-0958", "JP", LONDON),
        ("001-010-66-81-234-5678", "JP", BANGKOK),
        ("0061 010 66 81 234 5678", "JP", BANGKOK),
        ("011 44 20 7946 0958", "JP", LONDON),
        ("0011 44 20 7946 0958", "JP", LONDON),
        ("8~10 44 20 7946 0958", "JP", LONDON),
        ("009 44 20 7946 0958", "JP", LONDON),
        ("00700 44 20 7946 0958", "JP", LONDON),
        ("００４４　２０　７９４６　０９５８", "JP", LONDON),
        ("＋４４ー２０ー７９４６ー０９５８", "JP", LONDON),
        ("+44 (0)20 7946 0958", "JP", LONDON),
        ("(+44) 20 7946 0958", "JP", LONDON),
        ("00 (44) 20\u00a07946\u200b0958", "JP", LONDON),
        ("+٤٤ ٢٠ ٧٩٤٦ ٠٩٥٨", None, LONDON),
        ("0044 20 7946 0958", None, LONDON),
        ("０３ー１２３４ー５６７８", "JP", TOKYO),
        ("03−1234−5678", "JP", TOKYO),
        ("+81 3 1234 5678", None, TOKYO),
        ("011-222-3333", "JP", "+81112223333"),  # Sapporo, not the prefix of North America
        ("0120-123-456", "JP", "+81120123456"),
    ],
)
def test_the_number_that_is_reached(typed: str, region: str | None, e164: str) -> None:
    assert phones.read(typed, region).e164 == e164


@pytest.mark.parametrize(
    "typed",
    [
        "44 20 7946 0958",  # no prefix: nobody knows
        "03-1234-567",
        "+81 3 0000 0000",  # possible, and in no plan
        "+66 2 123",
        "001 66 2 234 5678",  # Mississippi by 00, Bangkok by 001
        "0044",
        "00",
        "",
        "call me",
        "1-800-FLOWERS",
        "0" * 41,
    ],
)
@pytest.mark.parametrize("region", ["JP", None])
def test_what_is_no_number_is_refused_with_the_hint(typed: str, region: str | None) -> None:
    with pytest.raises(phones.NoPhone, match=r"\+66"):
        phones.read(typed, region)


def test_without_a_region_a_national_number_is_not_guessed() -> None:
    for typed in ("03-1234-5678", "081 234 5678", "020 7946 0958"):
        with pytest.raises(phones.NoPhone):
            phones.read(typed, None)


SAMPLES = [
    phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    for region in sorted(phonenumbers.SUPPORTED_REGIONS)
    if (number := phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE))
]


@given(st.sampled_from(SAMPLES), st.sampled_from(["00", "010", "0033010", "011", "0011", "001010", "+", "＋"]))
def test_a_number_of_any_country_behind_any_prefix_is_itself_or_refused(e164: str, prefix: str) -> None:
    """Never another country's, and above all never a Japanese one, unless it is dialled as one."""
    try:
        kept = phones.read(prefix + e164[1:], "JP").e164
        sapporo = prefix == "011" and len(prefix + e164[1:]) == 10  # as long as a number of Sapporo: dialled in Japan
        assert kept == e164 or sapporo
    except phones.NoPhone:
        assert prefix not in ("+", "＋"), "a number with + is always taken"


@given(st.text(st.sampled_from("0123456789+-() ー０９"), max_size=20), st.sampled_from(["JP", None]))
def test_whatever_is_kept_is_in_a_plan(typed: str, region: str | None) -> None:
    try:
        kept = phones.read(typed, region).e164
    except phones.NoPhone:
        return
    assert phonenumbers.is_valid_number(phonenumbers.parse(kept))
    assert region or typed.strip("( ")[:1] in "+＋0８8ー- )０", typed


EVERYWHERE = sorted(phonenumbers.SUPPORTED_REGIONS)


@given(st.sampled_from(EVERYWHERE), st.sampled_from(["E164", "INTERNATIONAL", "NATIONAL", "RFC3966"]), st.booleans())
def test_what_an_answer_gives_is_taken_by_either_side(place: str, form: str, here: bool) -> None:
    """Whoever typed it, in whichever country and form: the object names one number."""
    example = phonenumbers.example_number(place)
    if example is None:
        return
    form_of = getattr(phonenumbers.PhoneNumberFormat, form)
    e164 = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
    try:
        number = phones.read(e164, None)
        typed = phonenumbers.format_number(example, form_of)
        assert phones.read(typed, phonenumbers.region_code_for_number(example)).e164 == number.e164
    except phones.NoPhone:
        return  # nobody could have typed it so
    assert phones.given({"typed": typed, "e164": e164}, "JP" if here else None) == (typed, number)
    assert phones.given({"e164": e164}, None) == (e164, number)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"typed": "03-1234-5678"},
        {"typed": "+66 2 123 4567", "e164": TOKYO},
        {"e164": "03-1234-5678"},
        {"e164": 81312345678},
        {"e164": TOKYO, "typed": None},
        {"e164": TOKYO, "region": "JP"},
        {"e164": [TOKYO]},
        {"e164": TOKYO, "typed": "0" * 100_000},
    ],
    ids=str,
)
@pytest.mark.parametrize("region", [None, "JP"])
def test_an_object_that_no_answer_gives_is_refused(wrong: dict[str, object], region: str | None) -> None:
    with pytest.raises(phones.NoPhone):
        phones.given(wrong, region)
