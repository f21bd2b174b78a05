"""Which languages are the same."""

import langcodes
import pytest

from services.interpreting.rules.languages import (
    MAX_DISTANCE,
    UnknownLanguage,
    distance,
    key_or_unknown,
    language_key,
    matching_languages,
    region_differs,
    related_languages,
    requested_language,
    served_languages,
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
    assert requested_language(wishes) == asked


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


@pytest.mark.parametrize(
    ("wanted", "spoken", "known"),
    [
        ("nb", "no", 1), ("no", "nb", 1), ("ary", "ar", 10), ("arz", "ar", 10), ("apc", "ar", 10), ("da", "no", 8), ("nn", "nb", 20),
        ("hr", "sr", 4), ("bs", "hr", 4), ("id", "ms", 10), ("wuu", "zh", 10), ("cs", "sk", 20), ("th", "th", 0), ("lb", "de", 4),
    ],
)  # fmt: skip
def test_who_is_near(wanted: str, spoken: str, known: int) -> None:
    assert distance(language_key(wanted), language_key(spoken)) == known
    assert language_key(spoken) in matching_languages(language_key(wanted))


@pytest.mark.parametrize(
    ("wanted", "spoken"),
    [
        ("ar", "ary"), ("arz", "ary"), ("ms", "id"), ("de", "gsw"), ("zh", "wuu"), ("yue", "zh"), ("nan", "zh"), ("zh", "yue"), ("nan", "yue"),
        ("es", "pt"), ("hi", "ur"), ("ta", "en"), ("jsl", "ja"), ("ase", "bfi"), ("fa", "ps"), ("kk", "ru"), ("th", "lo"),
    ],
)  # fmt: skip
def test_who_stays_apart(wanted: str, spoken: str) -> None:
    assert distance(language_key(wanted), language_key(spoken)) is None


def test_near_languages_are_those_of_the_table_and_no_other() -> None:
    """In the direction from the patient to the interpreter; script and region never matter."""
    for wanted, near in related_languages().items():
        assert list(near.values()) == sorted(near.values()) and all(0 < far <= MAX_DISTANCE for far in near.values())
        for spoken, far in near.items():
            assert not {wanted, spoken} & {"yue", "nan"}
            alias = (
                langcodes.tag_distance(f"{wanted}-Latn-US", f"{spoken}-Latn-US") - far
            )  # sh, an alias of sr, is nearer by one
            assert 0 <= alias <= 1, (wanted, spoken)
            assert wanted in served_languages([spoken]), "who becomes free wakes who waits"
    assert set(served_languages(["th"])) == {"th"}
