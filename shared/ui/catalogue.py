"""The catalogue of texts of pages: TOML files by language and dotted key, the service's own before the shared ones.

Not here: how a text is read and filled in (shared/texts.py), the reader's language (shared/ui/reader.py). A test compares the languages
with each other and with the pages.
"""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from markupsafe import Markup

from shared.texts import LANGUAGES, Text, fill, in_plural_form, read_texts

SHARED = Path(__file__).parent / "words"
_VARYING = re.compile(r"“[^”]*”|\d+")


class Catalogue:
    """All texts of one service's pages."""

    def __init__(self, words: Mapping[str, Mapping[str, Text]]) -> None:
        self._words = words

    def has(self, key: str) -> bool:
        return key in self._words[LANGUAGES[0]]

    def word(self, language: str, key: str, /, **fields: Any) -> str:
        """The text with its fields filled in; an unknown key is returned unchanged, so that no page fails because of it.

        Where a field is markup, the result is markup, with every other field escaped.
        """
        found = self._words.get(language, {}).get(key) or self._words[LANGUAGES[0]].get(key)
        if found is None:
            return key
        text = in_plural_form(found, language, fields.get("n"))
        if not fields:
            return text
        if any(hasattr(value, "__html__") for value in fields.values()):
            return fill(Markup(text), fields)  # noqa: S704 - our own text
        return fill(text, fields)

    def expected(self, language: str, sentence: str) -> str:
        """The translation of what a field expects; schemas and rules give the English sentence, the key below `expected` in the catalogue.

        Numbers and “quoted” parts are replaced by #, so that one text serves them all: "expected # to # characters".
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
    """The meanings of codes in English: a table's own sentences, or the texts of the section it names in the catalogue of `own`."""
    words = catalogue(own)
    return {
        values: {value: words.word("en", f"{meant}.{value}") for value in values} if isinstance(meant, str) else meant
        for values, meant in tables.items()
    }


@cache
def catalogue(own: Path | None) -> Catalogue:
    """Returns the shared texts, overridden by those of `own` (a folder with ja.toml and en.toml)."""
    words: dict[str, dict[str, Text]] = {}
    for language in LANGUAGES:
        words[language] = {}
        for folder in (SHARED, own):
            if folder and (folder / f"{language}.toml").is_file():
                words[language] |= read_texts(folder / f"{language}.toml")
    return Catalogue(words)
