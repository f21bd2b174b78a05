"""Finds codes by typed names: a whole name, regardless of case, width, accents or kana; or suggestions of what was meant.

A prefix, an abbreviation or a code that is shown nowhere never counts as a name.
"""

from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache
from typing import Literal
from unicodedata import category

from shared.unicode_forms import normalized

MOST = 100
"""Letters of the longest name there is."""
NEAREST = 5
READERS = ("ja", "en")
_KANA = {code: code + 0x60 for code in range(0x3041, 0x3097)}


class NotNamed(ValueError):
    """The text is not a whole name; `nearest` are the codes that may have been meant."""

    def __init__(self, nearest: tuple[str, ...]) -> None:
        self.nearest = nearest
        super().__init__("expected a name")


@cache
def cldr_names(reader: str, of: Literal["languages", "territories"]) -> dict[str, str]:
    """CLDR's names in a reader's language, by code."""
    from babel import Locale

    return dict(getattr(Locale.parse(reader.replace("-", "_")), of))


def plain(text: str) -> str:
    """The text's letters and digits only, in one case and width, without accents; hiragana as katakana."""
    parted = normalized("NFD", normalized("NFKC", text).casefold())
    letters = (letter for letter in parted if not "\u0300" <= letter <= "\u036f" and category(letter)[0] not in "PSZC")
    return normalized("NFC", "".join(letters)).translate(_KANA)


class Names:
    """An index of codes by their names. `shown` are codes that a list offers with their names; only these may be typed as codes."""

    def __init__(self, named: Iterable[tuple[str, str]], shown: Iterable[str] = ()) -> None:
        self._codes: dict[str, set[str]] = {}
        self._initials: dict[str, set[str]] = {}
        self._shown = {plain(code): code for code in shown}
        for code, name in named:
            if key := plain(name):
                self._codes.setdefault(key, set()).add(code)
            if len(parts := name.split()) > 1:
                self._initials.setdefault(plain("".join(part[0] for part in parts)), set()).add(code)
        offered = set(self._shown.values())
        self._offered = [(name, code) for name, codes in self._codes.items() for code in codes & offered]

    def find(self, typed: str) -> str:
        """The code with this whole name. Raises NotNamed, also where several codes have it."""
        key = plain(typed) if len(typed) <= MOST else ""
        code = self._shown.get(key)
        found = self._codes.get(key, set())
        if code and (code in found or self._means_nothing_else(key, code)):
            return code
        if len(found) != 1 or code or not self._means_nothing_else(key, only := next(iter(found))):
            raise NotNamed(self._nearest(key))
        return only

    def _means_nothing_else(self, key: str, code: str) -> bool:
        """Whether these letters begin no offered name of another code: CH begins Chile and China, but is the code of Switzerland.

        A longer name with the same words does not count as another: Japanese Sign Language beside ja.
        """
        own = [name for name, one in self._offered if one == code]
        begun = [name for name, one in self._offered if one != code and name.startswith(key)]
        return all(any(name.startswith(mine) for mine in own) for name in begun)

    def _nearest(self, key: str) -> tuple[str, ...]:
        """Suggestions by name or code, initials, prefix, substring or similar spelling; offered codes first."""
        if not key:
            return ()
        offered = set(self._shown.values())
        begun = [name for name in self._codes if name.startswith(key)]
        containing = [name for name in self._codes if key in name] if len(key) > 1 else []
        alike = get_close_matches(key, self._codes, NEAREST, 0.75) if len(key) > 3 else []
        codes = [self._shown[key]] if key in self._shown else []
        codes += sorted(self._codes.get(key, ()))
        codes += [code for name in sorted(begun, key=len) for code in sorted(self._codes[name] & offered)]
        codes += sorted(self._initials.get(key, ()))
        for names in (begun, containing, alike):
            some = [code for name in sorted(names, key=len) for code in sorted(self._codes[name])]
            codes += sorted(some, key=lambda code: code not in offered)
        return tuple(dict.fromkeys(codes))[:NEAREST]
