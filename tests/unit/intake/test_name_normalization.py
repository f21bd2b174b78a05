"""Names made alike: what people leave out or write otherwise makes no difference, and what is folded once stays as it is."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.intake.rules import romaji
from services.intake.rules.name_normalization import loose, words

SEEDED = settings(max_examples=300, deadline=None, derandomize=True)

ALIKE = [
    ("Nguyễn Thị Hương", "NGUYEN thi huong"),
    ("ｿﾑﾁｬｲ ｼﾞｬｲﾃﾞｨｰ", "そむちゃい・じゃいでぃー"),
    ("Müller", "Mueller"),
    ("Müller", "Muller"),
    ("Ōta", "Ohta"),
    ("Ōta", "Oota"),
    ("Itō", "Itou"),
    ("Yūko", "Yuuko"),
    ("Mohammed", "Mohamed"),
    ("Sergey", "Sergei"),
    ("Dmitriy", "Dmitrii"),
    ("Al-Hashimi", "al hashimi"),
    ("O’Brien", "OBrien"),
    ("Łukasz Groß", "Lukasz Gross"),
    ("İbrahim Yıldız", "Ibrahim Yildiz"),
    ("サトウ タロウ", "サトー タロー"),
    ("オオタ", "オウタ"),
    ("ｷﾖｳｺ", "キョウコ"),
    ("シルヴィア", "シルビア"),
    ("髙橋", "高橋"),
    ("齋藤", "斉藤"),
    ("陳麗華", "陈丽华"),
    ("佐々木", "佐佐木"),
    ("أحمد", "احمد"),
    ("Семёнов", "Семенов"),
    ("Παπαδόπουλος", "ΠΑΠΑΔΟΠΟΥΛΟΣ"),
    ("김민수", "김민수"),
    ("ＷＡＮＧ　Ｗｅｉ", "wang wei"),
]
APART = [
    ("Chan", "Tan"),
    ("Hana", "Hina"),
    ("ハナ", "バナ"),
    ("ココ", "コ"),
    ("王伟", "王薇"),
    ("สมชาย", "สมชัย"),
    ("김하늘", "김바다"),
]


def folded(name):
    return [loose(word) for word in words(name)]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_one_name_written_two_ways(one, other):
    assert folded(one) == folded(other)


@pytest.mark.parametrize(("one", "other"), APART)
def test_two_names(one, other):
    assert folded(one) != folded(other)


@SEEDED
@given(st.text(max_size=30))
def test_words_are_words_already(text):
    found = words(text)
    assert words(" ".join(found)) == found
    assert all(word and " " not in word for word in found)


@SEEDED
@given(st.text(max_size=30))
def test_folding_twice_changes_nothing(text):
    for word in words(text):
        assert loose(loose(word)) == loose(word)


letters = st.text(alphabet="abcdeghiklmnoqrstuvwxyzアイウエオカコサトヴァィーッ々田山", max_size=14)


@SEEDED
@given(letters, st.integers(0, 14))
def test_a_beginning_folded_is_a_beginning_of_the_whole_folded(word, length):
    assert loose(word).startswith(loose(word[:length]))


@pytest.mark.parametrize(
    ("word", "read"),
    [
        ("yamada", "ヤマダ"),
        ("shinichi", "シニチ"),
        ("kyoko", "キョコ"),
        ("shimpei", "シンペイ"),
        ("hattori", "ハットリ"),
        ("itoh", "イト"),
        ("tuzi", "ツヂ"),
    ],
)
def test_japanese_names_are_read_as_kana(word, read):
    assert loose(romaji.kana(word)) == loose(read)


@pytest.mark.parametrize("word", ["nguyen", "smith", "ivanov", "jing", "anh", "wang", "x", ""])
def test_other_names_are_not(word):
    assert romaji.kana(word) == ""


def test_both_spellings_are_looked_for():
    assert romaji.spellings("tiba") == {"chiba", "tiba", "チバ"}
    assert romaji.spellings("yamad") == {"yamad", "ヤマ"}, "half a word, read as far as it goes"
    assert romaji.spellings("nguyen") == set()
