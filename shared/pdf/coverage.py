"""The characters that the fonts of this folder cover, checked before rendering, so that no name is printed as boxes.

The coverage is in fonts/coverage.json, generated with the fonts by `python -m deploy.fonts`.
"""

import json
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from itertools import chain
from pathlib import Path
from typing import Any

from shared.unicode_forms import normalized

FONTS = Path(__file__).with_name("fonts")
# Never drawn: joiners, bidi controls, tags (all Cf); and these fillers, the grapheme joiner and variation selectors,
# by DerivedCoreProperties.txt, Default_Ignorable_Code_Point.
_IGNORABLE = frozenset(chain([0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0], range(0x180B, 0x1810), range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0)))  # fmt: skip
_NEVER_DRAWN = frozenset({"Cf", "Zs", "Zl", "Zp"})
_LINES = frozenset("\n\r\t")


class MissingGlyphs(ValueError):
    """No font here has these characters; `characters` in order, each once (a mark that no font sets on its letter: with the letter)."""

    def __init__(self, characters: Iterable[str]) -> None:
        self.characters = tuple(characters)
        named = ", ".join(" ".join(f"U+{ord(point):04X}" for point in found) for found in self.characters)
        super().__init__(f"no font of ours can write {named}")


def check(data: Any) -> None:
    """Raises MissingGlyphs where a string of `data`, at any depth, has a character that no font covers."""
    missing = dict.fromkeys(found for text in _strings(data) for found in clusters(text) if not written(found))
    if missing:
        raise MissingGlyphs(missing)


def clusters(text: str) -> Iterator[str]:
    """Yields letters with their marks, which must come from one font, without ignorable characters."""
    cluster = ""
    for point in text:
        if point in _LINES or _never_drawn(point):
            continue
        if cluster and not unicodedata.category(point).startswith("M"):
            yield cluster
            cluster = ""
        cluster += point
    if cluster:
        yield cluster


@lru_cache(10_000)
def written(cluster: str) -> bool:
    """Whether one font covers the whole cluster, as written, composed or decomposed. Controls never count, although some fonts map them."""
    if unicodedata.category(cluster[0]) == "Cc":
        return False
    spelled = {cluster, normalized("NFC", cluster), normalized("NFD", cluster)}  # like text shapers do
    return any(all(_has(font, ord(point)) for point in each) for font in _fonts() for each in spelled)


def _never_drawn(point: str) -> bool:
    return unicodedata.category(point) in _NEVER_DRAWN or ord(point) in _IGNORABLE


def _has(font: tuple[list[int], list[int]], point: int) -> bool:
    firsts, lasts = font
    place = bisect_right(firsts, point) - 1
    return place >= 0 and point <= lasts[place]


@cache
def _fonts() -> tuple[tuple[list[int], list[int]], ...]:
    """The first and the last characters of each font's ranges."""
    known: dict[str, str] = json.loads((FONTS / "coverage.json").read_text("ascii"))
    return tuple(_ranges(text) for text in known.values())


def _ranges(text: str) -> tuple[list[int], list[int]]:
    pairs = [(first, last or first) for first, _, last in (part.partition("-") for part in text.split())]
    return [int(first, 16) for first, _ in pairs], [int(last, 16) for _, last in pairs]


def _strings(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, Mapping):
        for value in data.values():
            yield from _strings(value)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from _strings(value)
