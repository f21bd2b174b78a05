"""Names made alike for searching: `words` keep the letters, `loose` also forgives how they are spelled. Nothing folded is shown or kept.

`loose` goes from left to right and looks back only: what is folded of a beginning is a beginning of what is folded of the whole.
"""

import re
from unicodedata import category

from services.intake.rules.scripts import ALIKE, ALIKE_SPELLED, DROPPED, KANA_OF_V
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
"""Marks people leave out when they type: of Latin, Greek, Cyrillic, Hebrew, Arabic. Those of Thai, Hindi, kana stay."""
_V = re.compile("ヴ([アイエオヤユヨ]?)")


def _table() -> dict[int, str | None]:
    """What becomes of letters other than themselves: separators a blank, apostrophes and left-out marks nothing."""
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
    """The words of a name, each plain: width, case, accents, hiragana or katakana make no difference."""
    if text.isascii():
        return _ASCII_WORDS.findall(text.replace("'", "").replace("`", "").lower())
    folded = _folded(text)
    return _ASCII_WORDS.findall(folded) if folded.isascii() else _folded(folded).split()


def _folded(text: str) -> str:
    return normalized("NFKC", normalized("NFD", normalized("NFKC", text).casefold()).translate(_TABLE))


def loose(word: str) -> str:
    """A plain word without long vowels, doubled letters and the h of sh, th, kh; small kana as large ones."""
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
    """ヴァ as バ; a ヴ at the very end may still become either, so it is left out."""
    if found.end() == len(found.string) and not found[1]:
        return ""
    return KANA_OF_V[found[1]]
