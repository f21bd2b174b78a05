"""Which languages are the same."""

import pytest

from services.interpreting.rules.languages import (
    UnknownLanguage,
    asked_language,
    key_or_unknown,
    language_key,
    region_differs,
)


@pytest.mark.parametrize(
    ("tag", "key"),
    [
        ("th", "th"), ("TH", "th"), ("th-TH", "th"), ("cmn", "zh"), ("zh", "zh"), ("zh-Hans-CN", "zh"), ("zh-Hant", "zh"),
        ("zh-cmn", "zh"), ("tl", "fil"), ("fil", "fil"), ("tgl", "fil"), ("prs", "fa"), ("fa", "fa"), ("pes", "fa"),
        ("yue", "yue"), ("zh-yue", "yue"), ("nan", "nan"), ("zh-min-nan", "nan"), ("wuu", "wuu"), ("arb", "ar"), ("npi", "ne"),
        ("zsm", "ms"), ("iw", "he"), ("in", "id"), ("jsl", "jsl"), ("sgn-JP", "jsl"), ("ase", "ase"), ("sr-Latn", "sr"),
        ("pt-BR", "pt"), ("my", "my"), ("ja", "ja"),
    ],
)  # fmt: skip
def test_the_primary_language_after_aliases(tag: str, key: str) -> None:
    assert language_key(tag) == key


@pytest.mark.parametrize("tag", ["", "a", "english", "und", "xx-yy-zz-!!", "th_TH_x_", "123", "zz"])
def test_what_is_no_language(tag: str) -> None:
    with pytest.raises(UnknownLanguage):
        language_key(tag)
    assert key_or_unknown(tag) == "und"


def test_neighbours_are_not_the_same() -> None:
    assert len({language_key(tag) for tag in ("zh", "yue", "nan", "jsl", "ja")}) == 5


@pytest.mark.parametrize(
    ("wishes", "asked"),
    [
        (["th"], "th"),
        (["ja", "vi"], "vi"),
        (["pt-BR", "en"], "pt-BR"),
        (["ja"], "und"),
        ([], "und"),
        (["??", "en"], "en"),
    ],
)
def test_a_booking_is_for_the_first_wish_besides_japanese(wishes: list[str], asked: str) -> None:
    assert asked_language(wishes) == asked


@pytest.mark.parametrize(
    ("asked", "spoken", "differs"),
    [
        ("pt-BR", "pt-PT", True),
        ("pt-BR", "pt", False),
        ("pt", "pt-BR", False),
        ("prs", "fa-IR", True),
        ("und", "th", False),
    ],
)
def test_a_region_only_warns(asked: str, spoken: str, differs: bool) -> None:
    assert region_differs(asked, spoken) is differs
