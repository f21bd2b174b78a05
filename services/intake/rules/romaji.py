"""Japanese names in Latin letters: converted to kana where every syllable is one, and respelled (shi or si, tsu or tu)."""

from functools import cache

VOWELS = "aiueo"
ROWS = {
    "": "アイウエオ", "k": "カキクケコ", "s": "サシスセソ", "t": "タチツテト", "n": "ナニヌネノ", "h": "ハヒフヘホ",
    "m": "マミムメモ", "r": "ラリルレロ", "g": "ガギグゲゴ", "z": "ザジズゼゾ", "d": "ダヂヅデド", "b": "バビブベボ",
    "p": "パピプペポ",
}  # fmt: skip
HEPBURN = {"shi": "シ", "chi": "チ", "tsu": "ツ", "fu": "フ", "ji": "ジ", "ya": "ヤ", "yu": "ユ", "yo": "ヨ", "wa": "ワ", "wo": "ヲ"}  # fmt: skip
BEFORE_Y = {"ky": "キ", "gy": "ギ", "ny": "ニ", "hy": "ヒ", "by": "ビ", "py": "ピ", "my": "ミ", "ry": "リ", "sy": "シ", "sh": "シ", "ty": "チ", "ch": "チ", "zy": "ジ", "jy": "ジ", "j": "ジ"}  # fmt: skip
SPELLED = (("sha", "sya"), ("shu", "syu"), ("sho", "syo"), ("cha", "tya"), ("chu", "tyu"), ("cho", "tyo"), ("ja", "zya"), ("ju", "zyu"), ("jo", "zyo"), ("shi", "si"), ("chi", "ti"), ("tsu", "tu"), ("fu", "hu"), ("ji", "zi"))  # fmt: skip
"""Pairs of the Hepburn and the Kunrei spelling where they differ."""


@cache
def _syllables() -> dict[str, str]:
    table = {row + vowel: kana for row, line in ROWS.items() for vowel, kana in zip(VOWELS, line, strict=True)}
    table |= {head + vowel: kana + small for head, kana in BEFORE_Y.items() for vowel, small in zip("auo", "ャュョ", strict=True)}  # fmt: skip
    return table | HEPBURN


def kana(word: str, half_typed: bool = False) -> str:
    """Returns a normalized word in katakana; empty where it is no Japanese name in Latin letters.

    `half_typed`: a consonant at the end may still be waiting for its vowel.
    """
    table, read, at = _syllables(), [], 0
    while at < len(word):
        for length in (3, 2, 1):
            if found := table.get(word[at : at + length]):
                read.append(found)
                at += length
                break
        else:
            letter, following = word[at], word[at + 1 : at + 2]
            if letter == "n" or (letter == "m" and following in tuple("bpm")):
                read.append("ン")
            elif following and (letter == following or word[at : at + 3] == "tch"):
                read.append("ッ")
            elif letter == "h" and at and word[at - 1] == "o" and following not in tuple("aiueoy"):
                pass
            elif not (half_typed and _waits(word[at:])):
                return ""
            at += 1
    return "".join(read)


def _waits(rest: str) -> bool:
    """Whether the rest is an unfinished syllable."""
    return len(rest) < 3 and any(syllable.startswith(rest) for syllable in _syllables())


def spellings(word: str) -> set[str]:
    """Returns the word in Hepburn, in Kunrei and in kana; empty where it is no Japanese name."""
    read = kana(word, half_typed=True)
    if not read:
        return set()
    hepburn = kunrei = word
    for one, other in SPELLED:
        hepburn, kunrei = hepburn.replace(other, one), kunrei.replace(one, other)
    return {hepburn, kunrei, read}
