"""The words of pages: TOML catalogues by language and dotted key, the service's own before the shared ones.

Not here: which language somebody reads (shared/ui/reader.py). A test holds the languages against each other and against the pages.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from markupsafe import Markup

LANGUAGES = ("ja", "en")
PLURAL = frozenset(("one", "other"))
SHARED = Path(__file__).parent / "words"
_VARYING = re.compile(r"“[^”]*”|\d+")
Word = str | Mapping[str, str]


class Catalogue:
    """All words of one service's pages."""

    def __init__(self, words: Mapping[str, Mapping[str, Word]]) -> None:
        self._words = words

    def has(self, key: str) -> bool:
        return key in self._words[LANGUAGES[0]]

    def word(self, language: str, key: str, /, **fields: Any) -> str:
        """The word with its named fields put in; a key nobody knows is shown as it is, so that a page never fails by it.

        Where a field is markup, so is the result, with every other field escaped.
        """
        found = self._words.get(language, {}).get(key) or self._words[LANGUAGES[0]].get(key)
        if found is None:
            return key
        if not isinstance(found, str):
            found = found["one" if fields.get("n") == 1 and language == "en" else "other"]
        if not fields:
            return found
        if any(hasattr(value, "__html__") for value in fields.values()):
            return Markup(found).format(**fields)  # noqa: S704 - a word of our own; format escapes what is put in
        return found.format(**fields)

    def expected(self, language: str, sentence: str) -> str:
        """What a field expects, from the English sentence of schemas and rules; `expected` in the catalogue is keyed by it.

        Numbers in it and what stands in “quotes” are kept apart, so that one word serves them all: "expected # to # characters".
        """
        varying = _VARYING.findall(sentence)
        word = self.word(language, f"expected.{_VARYING.sub('#', sentence)}")
        if not word.startswith("expected."):
            return word.format(*varying)
        if language == "en":
            return sentence[:1].upper() + sentence[1:]
        return self.word(language, "form.expected", what=sentence.removeprefix("expected "))


def meanings_in(
    own: Path, tables: Mapping[tuple[str, ...], Mapping[str, str] | str]
) -> dict[tuple[str, ...], Mapping[str, str]]:
    """What codes mean, in English: a table's own sentences, or the words of the section it names in the catalogue of `own`."""
    words = catalogue(own)
    return {
        values: {value: words.word("en", f"{meant}.{value}") for value in values} if isinstance(meant, str) else meant
        for values, meant in tables.items()
    }


@cache
def catalogue(own: Path | None) -> Catalogue:
    """The shared words with those of `own` (a folder with ja.toml and en.toml) over them."""
    words: dict[str, dict[str, Word]] = {}
    for language in LANGUAGES:
        words[language] = {}
        for folder in (SHARED, own):
            if folder and (folder / f"{language}.toml").is_file():
                words[language] |= read_words(folder / f"{language}.toml")
    return Catalogue(words)


def read_words(file: Path) -> dict[str, Word]:
    """One catalogue, flat: `board.title` → word, or a table of `one` and `other`."""
    return dict(_flat(tomllib.loads(file.read_text("utf-8")), ""))


def _flat(table: Mapping[str, Any], before: str) -> Iterator[tuple[str, Word]]:
    for name, value in table.items():
        if isinstance(value, Mapping) and not (value and set(value) <= PLURAL):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield before + name, value
