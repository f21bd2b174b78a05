"""Papers for patients: which language, beside what, every sentence there in every language, days as each language writes them."""

import string
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from services.intake.rules import values
from services.intake.rules.needs import PROVIDERS
from services.intake.rules.sheets import EASY, HOUSE, LANGUAGES, SURE, beside, language_for, text

JAPAN = ZoneInfo("Asia/Tokyo")
EVERY = (HOUSE, *LANGUAGES)


def tags(*spoken: str) -> list[dict[str, str]]:
    return [{"tag": tag, "level": "native"} for tag in spoken]


@pytest.mark.parametrize(
    ("spoken", "paper"),
    [
        (["th"], "th"),
        (["th", "en"], "th"),
        (["km", "vi"], "vi"),
        (["pt-BR"], "pt"),
        (["zh"], "zh-Hans"),
        (["zh-Hans"], "zh-Hans"),
        (["zh-CN"], "zh-Hans"),
        (["cmn"], "zh-Hans"),
        (["zh-Hant"], "en"),
        (["zh-TW"], "en"),
        (["zh-Hant-HK", "ko"], "ko"),
        (["yue"], "en"),
        (["nan", "ja"], EASY),
        (["ja"], EASY),
        (["ja", "ko"], "ko"),
        (["de"], "en"),
        (["de", "ja-JP"], EASY),
        ([], "en"),
    ],
)
def test_the_paper_is_in_the_first_language_there_is_one_in(spoken: list[str], paper: str) -> None:
    assert language_for(tags(*spoken)) == paper


@pytest.mark.parametrize("code", LANGUAGES)
def test_japanese_stands_first_and_english_beside_what_nobody_checked(code: str) -> None:
    columns = [column.code for column in beside(code)]
    assert columns[:2] == [HOUSE, code]
    assert columns[2:] == ([] if code == "en" or text(code).reviewed else ["en"])


def test_a_language_without_a_paper_is_none() -> None:
    for code in ("de", "zh-Hant", "../../settings", ""):
        with pytest.raises(KeyError):
            text(code)


@pytest.mark.parametrize("code", EVERY)
def test_every_language_says_all_that_japanese_says_with_the_same_fields(code: str) -> None:
    ours, house = text(code).parts, text(HOUSE).parts
    assert {(part, word) for part in ours for word in ours[part]} == {(p, w) for p in house for w in house[p]}
    for part, words in house.items():
        for word, sentence in words.items():
            assert ours[part][word].strip(), (part, word)
            assert fields(ours[part][word]) <= fields(sentence) | {"language", "how"}, (part, word)
    assert text(code).version and text(code).name


def fields(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


@pytest.mark.parametrize("code", EVERY)
def test_every_sentence_of_an_interpreter_is_whole(code: str) -> None:
    paper, statuses = text(code), ("not_needed", "provided", "requested", "offered", "unfilled", *SURE)
    for status in statuses:
        for provider in PROVIDERS[1:]:
            for way in values.MODALITIES:
                told = paper.interpreter(status, {"provided_by": provider}, way, "th")
                assert told and "{" not in told and "None" not in told, (status, provider, way)


def test_who_interprets_is_told_by_how_sure_it_is() -> None:
    english = text("en")
    sure, looking = (english.interpreter(status, {}, "video", "th") for status in ("confirmed", "unfilled"))
    assert sure != looking and "Thai" in sure and "Thai" in looking
    assert {english.interpreter(status, {}, "video", "th") for status in SURE} == {sure}
    assert english.interpreter("not_needed", {}, "on_site", "th") == english.parts["interpreter"]["none"]


@pytest.mark.parametrize(
    ("code", "language", "name"),
    [
        ("en", "zh-Hans", "Simplified Chinese"),
        ("en", "pt-BR", "Brazilian Portuguese"),
        ("en", "th-TH", "Thai"),
        ("ar", "ar", "العربية"),
        ("ja", "vi", "ベトナム語"),
    ],
)
def test_languages_are_called_as_the_paper_calls_them(code: str, language: str, name: str) -> None:
    assert name in text(code).interpreter("confirmed", {}, "on_site", language)


@pytest.mark.parametrize("code", EVERY)
def test_what_is_brought_follows_who_pays_and_begins_with_the_paper_itself(code: str) -> None:
    by_payer = {payer: text(code).bring(payer) for payer in values.PAYERS}
    assert all(len(each) == 5 and all(each) for each in by_payer.values())
    assert len({each[0] for each in by_payer.values()}) == 1
    paid = {payer: each[2] for payer, each in by_payer.items()}
    assert paid["foreign_insurer"] == paid["assistance_company"]
    assert len(set(paid.values())) == 3, "cash, the insurance of Japan, a guarantee"


@pytest.mark.parametrize(
    ("code", "written"),
    [
        ("ja", "2026年11月26日（木）"),
        ("easy", "2026年11月26日（木よう日）"),
        ("en", "Thursday 26 November 2026"),
        ("zh-Hans", "2026年11月26日星期四"),
        ("ko", "2026년 11월 26일 목요일"),
        ("vi", "Thứ Năm, 26 tháng 11, 2026"),
    ],
)
def test_days_are_written_as_each_language_writes_them_at_the_hospital(code: str, written: str) -> None:
    late = datetime(2026, 11, 25, 15, 30, tzinfo=UTC)
    assert text(code).day(late, JAPAN).replace("Thursday,", "Thursday") == written


@pytest.mark.parametrize("code", EVERY)
def test_numerals_are_those_on_the_hospitals_doors(code: str) -> None:
    written = text(code).day(datetime(2026, 11, 26, 5, 0, tzinfo=UTC), JAPAN)
    assert "26" in written and all(sign.isascii() for sign in written if sign.isdigit())
    assert "2026" in written or "2569" in written, "Thai counts its years from Buddha"


def test_only_arabic_is_written_from_the_right() -> None:
    assert {code for code in EVERY if text(code).direction == "rtl"} == {"ar"}
    assert text(EASY).tag == HOUSE and text("zh-Hans").tag == "zh-Hans"
