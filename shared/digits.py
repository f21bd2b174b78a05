"""Normalises typed digits: full width, numerals of other scripts, blanks and dash-like characters between groups.

A Japanese keyboard gives full-width digits, and ー from the key beside the zero; a code copied from a page contains invisible
blanks. Lengths must be checked first: the cost of folding grows with the text.
"""

import re
from unicodedata import category, decimal

from shared.unicode_forms import normalized

MOST = 200
"""Letters of the longest number there is; more is not looked at."""
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
_MARKS = frozenset("ー－−~˗⁃─━│\u00ad")
"""Dash-like, and not of Unicode's category Pd: the kana mark of a long vowel, minus, tilde, rules of boxes."""


def folded(text: str) -> str:
    """The text in NFKC, with digits of any script as 0 to 9, without invisible characters, on one line."""
    if text.isascii():
        return " ".join(text.split())
    plain = (_plain(letter) for letter in normalized("NFKC", text))
    return " ".join("".join(plain).split())


def closed_up(text: str) -> str:
    """Same as `folded`, without blanks and dash-like characters: `１２３ー４５６` and `123 456` are 123456. Other characters stay."""
    return "".join(letter for letter in folded(text) if letter not in _MARKS and category(letter) not in ("Zs", "Pd"))


def dashed(text: str) -> str:
    """Same as `folded`, with each dash-like character as a hyphen, for a number whose groups are to stay visible."""
    return "".join("-" if letter in _MARKS or category(letter) == "Pd" else letter for letter in folded(text))


def amount(text: str) -> str:
    """An integer or decimal number in the form that programs parse: `１，２００` is 1200, `−５` is -5. Other text is unchanged."""
    plain = dashed(text).replace(" ", "") if len(text) <= MOST else text
    return plain.replace(",", "") if _THOUSANDS.fullmatch(plain) else plain


def code(text: str) -> str:
    """The stored form of a number or code: `ＡＢ１２３ー４５` is AB123-45. One with letters of another script is unchanged."""
    plain = dashed(text) if len(text) <= MOST else ""
    return plain if plain.isascii() and 0 < len(plain) <= len(text) else text


def _plain(letter: str) -> str:
    if letter.isascii():
        return letter
    kind = category(letter)
    if kind == "Nd":
        return str(decimal(letter))
    return "" if kind in ("Cf", "Cc") else " " if kind[0] == "Z" else letter
