"""Every page, mail and paper uses the terms of shared/ui/words/terms.toml: no avoided name stands in them, and listed words are the term."""

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from shared.texts import LANGUAGES, read_texts

ROOT = Path(__file__).parents[3]
TABLE = tomllib.loads((ROOT / "shared/ui/words/terms.toml").read_text("utf-8"))
TERMS: list[dict[str, Any]] = TABLE["term"]
CATALOGUES = {"shared": ROOT / "shared/ui/words"} | {
    folder.parent.name: folder for folder in sorted(ROOT.glob("services/*/words"))
}
OTHER_TEXTS = (
    "services/*/templates/**/*.html",
    "shared/ui/templates/**/*.html",
    "services/*/papers/*.typ",
    "services/*/pages/*_words.py",
    "deploy/gateway/*.html",
)
MARKUP = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<style>.*?</style>|<[^>]*>", re.DOTALL)
Text = tuple[str, str, str]
"""Where it stands, its language or `both`, what it says."""


def avoided(language: str) -> Iterator[tuple[str, re.Pattern[str]]]:
    """(what to say instead, the pattern of what is avoided)"""
    rows = [*TERMS, TABLE["style"] | {language: "plain words"}]
    for row in rows:
        for name in row.get(f"avoid_{language}", ()):
            yield row[language], re.compile(rf"\b(?:{name})\b" if language == "en" else name, re.IGNORECASE)


def texts() -> Iterator[Text]:
    """Everything a person reads: words, mails, what patients are handed, templates, printed papers."""
    for folder in (*CATALOGUES.values(), ROOT / "services/notify/templates", ROOT / "services/intake/templates/sheets"):
        for language in LANGUAGES:
            file = folder / f"{language}.toml"
            yield from (
                (f"{file.relative_to(ROOT)}: {key}", language, text)
                for key, text in _strings(tomllib.loads(file.read_text("utf-8")))
            )
    for pattern in OTHER_TEXTS:
        for file in sorted(ROOT.glob(pattern)):
            yield str(file.relative_to(ROOT)), "both", _read(file)


def _strings(table: Any, before: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(table, str):
        yield before, table
    elif isinstance(table, dict):
        for name, value in table.items():
            yield from _strings(value, f"{before}.{name}".lstrip("."))
    elif isinstance(table, list):
        for number, value in enumerate(table):
            yield from _strings(value, f"{before}.{number}")


def _read(file: Path) -> str:
    """What the file shows: without markup, comments and docstrings."""
    source = file.read_text("utf-8")
    if file.suffix == ".html":
        return MARKUP.sub(" ", source)
    if file.suffix == ".typ":
        return re.sub(r"(?m)(^|\s)//.*$", "", source)
    tree = ast.parse(source)
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return "\n".join(
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings
    )


@cache
def _places() -> dict[str, list[Text]]:
    """The texts by their owner: `shared`, `deploy` or a service."""
    places: dict[str, list[Text]] = {}
    for text in texts():
        parts = text[0].split("/")
        places.setdefault(parts[1] if parts[0] == "services" else parts[0], []).append(text)
    return places


@pytest.mark.parametrize("owner", sorted(_places()))
def test_no_other_name_of_a_thing_is_used(owner: str) -> None:
    patterns = {language: list(avoided(language)) for language in LANGUAGES}
    wrong = [
        f"{where}: “{match.group()}”; say {instead}"
        for where, language, text in _places()[owner]
        for each in (LANGUAGES if language == "both" else (language,))
        for instead, pattern in patterns[each]
        for match in pattern.finditer(text)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("language", LANGUAGES)
def test_listed_words_are_exactly_the_term(language: str) -> None:
    words = {service: read_texts(folder / f"{language}.toml") for service, folder in CATALOGUES.items()}
    wrong = []
    for term in TERMS:
        for place in term.get("keys", ()):
            service, key = place.split(":", 1)
            found = words[service].get(key)
            if not isinstance(found, str) or _without_capital(found) != _without_capital(term[language]):
                wrong.append(f"{place} is {found!r}; the term is {term[language]}")
    assert not wrong, "\n".join(wrong)


def _without_capital(word: str) -> str:
    return word[:1].lower() + word[1:]


def test_every_term_stands_once_and_says_where_it_is_from() -> None:
    assert len({term["code"] for term in TERMS}) == len(TERMS)
    for term in TERMS:
        assert (
            {"code", "en", "ja", "source"}
            <= set(term)
            <= {"code", "en", "ja", "source", "avoid_en", "avoid_ja", "keys"}
        ), term["code"]
        assert all(term[name].strip() for name in ("en", "ja", "source")), term["code"]
