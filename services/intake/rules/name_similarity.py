"""Scores how alike two names are: by script, word against word in any order, by sound rather than by spelling.

Forms in scripts that only one of the names has are not compared. Not here: what the score means for a person (similarity.py).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import combinations, pairwise
from unicodedata import name as unicode_name

from services.intake.rules import romaji
from services.intake.rules.name_normalization import loose, words
from services.intake.rules.name_variants import same
from services.intake.rules.records import Name
from services.intake.rules.search_terms import NAME_FORMS, turns

MAX_JOINED = 6
"""The most words of a name that are also tried joined. Each further word doubles the work."""
ANOTHER_WORD = 0.72
"""Two words with a lower likeness are different names, not one name with a typing error."""
INITIAL, VARIANT, SOUNDS_ALIKE = 0.9, 0.96, 0.98
RUN_TOGETHER = 0.93
PER_EXTRA_WORD, MAX_EXTRA = 0.05, 0.15
ONE_WORD_OF_MANY = 0.7
JOINED_SCRIPTS = ("CJK", "HANGUL", "KATAKANA")
SURE, UNSURE = 0.65, 0.35


@dataclass(frozen=True)
class NameSimilarity:
    """`score` is 0 to 1, or None where no script is shared; `shared`: at least one word is the same; `odd`: how many words differ."""

    score: float | None
    shared: bool = False
    odd: int = 0


def compare(one: Name, other: Name) -> NameSimilarity:
    """Compares two names in all their forms. The script with the lowest likeness counts most: 王伟 and 王薇 are both Wang Wei."""
    mine, theirs = _by_script(one), _by_script(other)
    found = {script: _best(mine[script], theirs[script]) for script in mine.keys() & theirs.keys()}
    telling = {script: each for script, each in found.items() if script != "KATAKANA"} or found
    if not telling:
        return NameSimilarity(None)
    ranked = sorted(telling.values(), key=lambda each: each.score or 0.0)
    low, high = ranked[0], ranked[-1]
    score = SURE * (low.score or 0.0) + UNSURE * (high.score or 0.0)
    return NameSimilarity(score, any(each.shared for each in ranked), low.odd)


def _by_script(name: Name) -> dict[str, list[list[str]]]:
    forms: dict[str, list[list[str]]] = {}
    for form in NAME_FORMS[:4]:
        if parts := words(name.get(form) or ""):
            forms.setdefault(_script(parts[0][0]), []).append(parts)
    if "LATIN" in forms and "KATAKANA" not in forms:
        read = [[romaji.kana(word) for word in parts] for parts in forms["LATIN"]]
        forms |= {"KATAKANA": kana} if (kana := [each for each in read if all(each)]) else {}
    return forms


@cache
def _script(letter: str) -> str:
    return unicode_name(letter, "OTHER").partition(" ")[0]


def _best(mine: list[list[str]], theirs: list[list[str]]) -> NameSimilarity:
    return max((_forms(one, other) for one in mine for other in theirs), key=lambda each: each.score or 0.0)


def _forms(one: list[str], other: list[str]) -> NameSimilarity:
    """Compares two forms in one script."""
    if _script(one[0][0]) in JOINED_SCRIPTS and (len(one) == 1 or len(other) == 1):
        first = "".join(one)
        whole = max(_alike(loose(first), loose(turned)) for turned in turns(["".join(other)]) or [""])
        return NameSimilarity(whole, first[0] == "".join(other)[0], int(whole < RUN_TOGETHER))
    fewer, more = sorted((one, other), key=len)
    return max((_aligned(fewer, each) for each in _joinings(more, len(fewer))), key=lambda each: each.score or 0.0)


def _joinings(parts: list[str], fewer: int) -> Iterator[list[str]]:
    """Yields the words as they are, and with neighbours joined until `fewer` are left: `Xiao Ming Wang` as `Xiaoming Wang`."""
    yield parts
    if fewer < len(parts) <= MAX_JOINED:
        for cuts in combinations(range(1, len(parts)), fewer - 1):
            bounds = (0, *cuts, len(parts))
            yield ["".join(parts[begin:end]) for begin, end in pairwise(bounds)]


def _aligned(fewer: list[str], more: list[str]) -> NameSimilarity:
    """Pairs each word of the shorter name with the most similar word of the longer one, best pairs first, and scores the result."""
    pairs = sorted(
        ((_word(one, other), at, to) for at, one in enumerate(fewer) for to, other in enumerate(more)), reverse=True
    )
    taken: dict[int, tuple[float, int]] = {}
    used: set[int] = set()
    for likeness, at, to in pairs:
        if at not in taken and to not in used:
            taken[at] = likeness, max(len(fewer[at]) + len(more[to]), 4)
            used.add(to)
    likenesses = [likeness for likeness, _ in taken.values()]
    score = sum(likeness * weight for likeness, weight in taken.values()) / sum(weight for _, weight in taken.values())
    extra = len(more) - len(fewer)
    odd = sum(likeness < ANOTHER_WORD for likeness in likenesses)
    score -= min(PER_EXTRA_WORD * extra, MAX_EXTRA)
    if len(fewer) == 1 and extra:
        score *= ONE_WORD_OF_MANY
    return NameSimilarity(min(score, 0.6) if odd else score, any(each >= VARIANT for each in likenesses), odd)


def _word(one: str, other: str) -> float:
    """Returns the likeness of two normalized words, 0 to 1."""
    if one == other:
        return 1.0
    first, second = loose(one), loose(other)
    if first == second:
        return SOUNDS_ALIKE
    if same(one, other) or _same_sound(one, other):
        return VARIANT
    if min(len(one), len(other)) == 1:
        return INITIAL if one[0] == other[0] else 0.0
    return min(max(_alike(first, second), _alike(one, other)), SOUNDS_ALIKE)


def _same_sound(one: str, other: str) -> bool:
    read = romaji.kana(one)
    return bool(read) and loose(read) == loose(romaji.kana(other))


def _alike(one: str, other: str) -> float:
    from rapidfuzz.distance import OSA  # the event process compares no names

    return OSA.normalized_similarity(one, other)
