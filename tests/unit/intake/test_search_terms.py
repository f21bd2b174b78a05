"""Whoever is stored is found: by the whole name, by its beginnings, in another order, without accents, by every other number."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.intake.rules import search_match, search_query
from services.intake.rules.name_normalization import loose, words
from services.intake.rules.search_terms import NOTHING, starts, terms_of
from shared.blind_index import BlindIndex

SEEDED = settings(max_examples=300, deadline=None, derandomize=True)

INDEX = BlindIndex(b"k" * 32)


def found(person, typed):
    """Whether a question leads to the person: by the ranges of terms first, then opened."""
    asked = search_query.read(typed)
    terms = terms_of(INDEX, person, person)
    ranges = any(
        clauses and all(any(first <= term <= last for first, last in clause for term in terms) for clause in clauses)
        for clauses in search_match.clauses(INDEX, asked)
    )
    fits = search_match.matcher(asked)(person) is not None
    assert not fits or ranges, f"{typed!r} fits {person['name']} but is not looked for"
    return ranges and fits


def named(**forms):
    return {"name": forms, "birth_date": "1990-01-02", "sex": "female", "nationality": "VN"}


HUONG = named(latin="NGUYEN Thi Huong", native="Nguyễn Thị Hương", kana="グエン・ティ・フオン")


@pytest.mark.parametrize(
    "typed",
    ["nguyen", "NGUYỄN", "ng", "huong nguyen", "nguyen huong", "thi huong", "nguyenthi", "hu ng", "グエン", "ｸﾞｴﾝ ﾃｨ", "ぐえんてぃ", "ふお", "nguyen 1990", "19900102 huong"],
)  # fmt: skip
def test_one_person_by_many_ways(typed):
    assert found(HUONG, typed)


@pytest.mark.parametrize("typed", ["tran", "nguyen van", "huongn thi x", "1991", "nguyen 1991", "グエナ", "小林"])
def test_and_not_by_others(typed):
    assert not found(HUONG, typed)


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ({"native": "山田太郎"}, "太郎"),
        ({"native": "山田太郎"}, "山田 太郎"),
        ({"native": "山田 太郎"}, "山田太郎"),
        ({"native": "王晓明"}, "王"),
        ({"native": "王曉明"}, "晓明"),
        ({"native": "김민수"}, "민수"),
        ({"kana": "ヤマダタロウ"}, "タロー"),
        ({"kana": "ヤマダ タロウ"}, "やまだたろう"),
        ({"kana": "ヤマダ タロウ"}, "yamada"),
        ({"kana": "ツジ ジュンコ"}, "tuzi zyunko"),
        ({"latin": "Chiba Shinichi"}, "tiba"),
        ({"latin": "Muhammad Ali"}, "mohammed"),
        ({"latin": "Johannes van der Berg"}, "vanderberg"),
        ({"latin": "Al-Hashimi Omar"}, "omar alhashimi"),
        ({"latin": "Smith", "preferred": "Bill"}, "bill"),
        ({"native": "سلام", "given": "Salam"}, "salam"),
        ({"kana": "シルヴィア"}, "シルヴ"),
    ],
)
def test_names_run_together_turned_round_or_spelled_otherwise(name, typed):
    assert found(named(**name), typed)


scripts = st.sampled_from(
    ["abcdefghijklmnopqrstuvwxyz", "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝßàáâãäåçèéêëìíîïñòóôõöøùúûüýÿđłőűžšćřňĞğİıŞşạảấầẩẫậ", "アイウエオカキクケコサシスセソタチツテトャュョッーヴァィェガギグ", "あいうえおかがきぎくぐさざしじゃゅょっん", "王李张刘陈杨黄赵吴周徐孙马朱胡林郭何高罗髙齋々", "김이박최정강조윤장임민수지현", "абвгдеёжзийклмнопрстуфхцчшщъыьэюя", "ابتثجحخدذرزسشصضطظعغفقكلمنهويأإآى", "กขคงจชซญดตถทนบปผพฟมยรลวศสหอะาิีึืุูเแโใไ่้", "कखगघचछजझटठडढणतथदधनपफबभमयरलवशषसहािीुूेैोौंः्"]
)  # fmt: skip
word = scripts.flatmap(lambda letters: st.text(alphabet=letters, min_size=1, max_size=12))
separator = st.sampled_from([" ", "  ", "-", "・", "　"])
name = st.tuples(st.lists(word, min_size=1, max_size=4), separator).map(lambda deps: deps[1].join(deps[0]))


@SEEDED
@given(name)
def test_everybody_is_found_by_the_own_name(text):
    person = named(native=text)
    if any(loose(each) for each in words(text)):
        assert found(person, text)


@SEEDED
@given(name, st.integers(2, 8), st.data())
def test_everybody_is_found_by_two_letters_and_more(text, length, data):
    beginning = data.draw(st.sampled_from(words(text) or [""]))[:length]
    if len(beginning) >= 2 and loose(beginning):
        assert found(named(latin=text), beginning)


@SEEDED
@given(name)
def test_everybody_is_found_without_accents(text):
    plain = "".join(c for c in unicodedata.normalize("NFD", text) if not "\u0300" <= c <= "\u036f")
    if any(loose(each) for each in words(plain)):
        assert found(named(native=text), plain)


@SEEDED
@given(st.lists(word, min_size=2, max_size=3), st.randoms(use_true_random=False))
def test_everybody_is_found_in_any_order(deps, rng):
    turned = list(deps)
    rng.shuffle(turned)
    if all(loose(each) for part in deps for each in words(part)):
        assert found(named(native=" ".join(deps)), " ".join(turned))


PAPERS = named(latin="Ruiz Carlos") | {
    "phone": {"typed": "03-1234-5678", "e164": "+81312345678"},
    "passport": {"number": "ar 99O877", "country": "CO"},
    "hospital_number": "0012-345",
}


@pytest.mark.parametrize("typed", ["5678", "1234-5678", "0312345678", "+81 3 1234 5678", "AR990877", "ar99O877", "12345", "0012345", "ruiz 5678", "5678 1990"])  # fmt: skip
def test_by_numbers(typed):
    assert found(PAPERS, typed)


def test_a_known_year_is_found_by_a_date_in_it():
    assert found(named(latin="A B") | {"birth_date": "1990"}, "1990/1/2")
    assert found(named(latin="A B") | {"birth_date": "1990"}, "1990")
    assert not found(named(latin="A B") | {"birth_date": "1991"}, "1990/1/2")
    assert not found(named(latin="A B") | {"birth_date": "unknown"}, "1990")


def test_terms_are_few():
    assert len(terms_of(INDEX, named(latin="SOMCHAI Jaidee"), {})) == 3
    assert len(terms_of(INDEX, HUONG, PAPERS)) == 6 + 1 + 1
    assert len(starts({"latin": " ".join(f"word{n}" for n in range(40)), "native": "寿限無" * 60})) <= 120
    assert len(starts({"latin": "Wang Wei", "preferred": "wang", "family": "Wang", "given": "Wei"})) == 2
    assert terms_of(INDEX, {"name": {"latin": "!?"}, "birth_date": "unknown"}, {}) == NOTHING
