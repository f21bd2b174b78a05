"""Normalizes names for searching: `words` keeps the letters, `loose` also ignores spelling variants. The results are never shown or stored.

`loose` works from left to right and only looks back, so the result for a prefix of a name is a prefix of the result for the name.
"""

import re
from unicodedata import category

from services.intake.rules.scripts import ALIKE, ALIKE_SPELLED, CYRILLIC_LIKE_LATIN, DROPPED, KANA_OF_V, SEQUENCES
from shared.unicode_forms import normalized

_ASCII_WORDS = re.compile(r"[a-z0-9]+")
_SEARCHED = (range(0x3100), range(0xFE00, 0x10000), range(0x1F000, 0x1FB00))
_MARKS_LEFT_OUT = (
    range(0x0780),
    range(0x1AB0, 0x1B00),
    range(0x1DC0, 0x1E00),
    range(0x20D0, 0x2100),
    range(0xFE00, 0xFE30),
)
"""Marks that people leave out when they type: Latin, Greek, Cyrillic, Hebrew, Arabic. Thai, Hindi and kana marks are significant."""
_MARKS = "".join(chr(code) for code in range(0x0900, 0x1A00) if category(chr(code))[0] == "M")
_UNIT = re.compile(f"[\u17d2\u1039]\\w|[{_MARKS}]")
_CLUSTER = re.compile(f"(?:[\u17d2\u1039]\\w|[{_MARKS}]){{2,}}")
"""The marks of one letter, and letters stacked below it with their sign (Khmer, Myanmar)."""
_SOUTHERN = re.compile("[\u0900-\u19ff]")
_CYRILLIC, _LATIN = re.compile("[\u0400-\u04ff]"), re.compile("[a-z]")
_AS_LATIN = str.maketrans(CYRILLIC_LIKE_LATIN)
_AS_CYRILLIC = {ord(latin): cyrillic for cyrillic, latin in CYRILLIC_LIKE_LATIN.items()}
_V = re.compile("ヴ([アイエオヤユヨ]?)")


def _table() -> dict[int, str | None]:
    """Returns the translation table: separators become a blank; apostrophes and the marks people leave out are removed."""
    found: dict[int, str | None] = {}
    for code in (code for some in _SEARCHED for code in some):
        kind = category(chr(code))
        if kind[0] in "PSZ":
            found[code] = " "
        elif kind in ("Cf", "Cc") or (kind[0] == "M" and any(code in some for some in _MARKS_LEFT_OUT)):
            found[code] = None
    return found | dict.fromkeys(map(ord, "'’‘ʼʹ`´ʻ"), None) | {ord(blank): " " for blank in "\t\n\r"} | ALIKE


_TABLE = _table()


def words(text: str) -> list[str]:
    """Returns the normalized words of a name: width, case, accents, and hiragana or katakana make no difference."""
    if text.isascii():
        return _ASCII_WORDS.findall(text.replace("'", "").replace("`", "").lower())
    folded = _folded(text)
    return _ASCII_WORDS.findall(folded) if folded.isascii() else _folded(folded).split()


def _folded(text: str) -> str:
    plain = normalized("NFKC", normalized("NFD", normalized("NFKC", text).casefold()).translate(_TABLE))
    if _SOUTHERN.search(plain):
        plain = _SEQUENCE.sub(lambda found: _ONE_LETTER[found[0]], _CLUSTER.sub(_in_order, plain))
    return " ".join(_of_one_script(word) for word in plain.split()) if _CYRILLIC.search(plain) else plain


def _in_order(found: re.Match[str]) -> str:
    """Sorts the marks of one letter and drops repeats, since keyboards of South-East Asia accept them in any order."""
    return "".join(sorted(set(_UNIT.findall(found[0]))))


_ONE_LETTER = {_CLUSTER.sub(_in_order, typed): letter for typed, letter in SEQUENCES.items()}
_SEQUENCE = re.compile("|".join(sorted(_ONE_LETTER, key=len, reverse=True)))


def _of_one_script(word: str) -> str:
    """Returns a word that mixes similar Latin and Cyrillic letters in the one script that covers all of them."""
    if not (_CYRILLIC.search(word) and _LATIN.search(word)):
        return word
    cyrillic, latin = word.translate(_AS_CYRILLIC), word.translate(_AS_LATIN)
    return cyrillic if not _LATIN.search(cyrillic) else word if _CYRILLIC.search(latin) else latin


def loose(word: str) -> str:
    """Returns a normalized word without long vowels, doubled letters and the h of sh, th, kh; small kana become large."""
    word = word.translate(ALIKE_SPELLED)
    if "ヴ" in word:
        word = _V.sub(_without_v, word)
    kept, last = [], ""
    for letter in word:
        if letter == "y" and last:
            letter = "i"
        elif letter == "々" and last:
            letter = last
        if last + letter not in DROPPED:
            kept.append(letter)
            last = letter
    return "".join(kept)


def _without_v(found: re.Match[str]) -> str:
    """Replaces ヴァ by バ. A ヴ at the very end is dropped, because the next letter decides what it becomes."""
    if found.end() == len(found.string) and not found[1]:
        return ""
    return KANA_OF_V[found[1]]
