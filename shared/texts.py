"""Texts in TOML files, one file per language: reading, filling in fields, comparing languages. The only text engine.

A text names its fields as `{field}`. One with conditions, as `{% if field %}`, is a Jinja template with these delimiters, in a sandbox.
A text that depends on a count is a table of its language's plural forms (CLDR), chosen by the field `n`.
Not here: the reader's language, and the values of fields in it.
"""

import re
import string
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, Template, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

LANGUAGES = ("ja", "en")
PLURAL_FORMS = frozenset(("zero", "one", "two", "few", "many", "other"))
Text = str | Mapping[str, str]

_NO_NAME = re.compile(r"\{(?!\w+\})")
_sandbox = ImmutableSandboxedEnvironment(
    variable_start_string="{", variable_end_string="}", undefined=StrictUndefined, trim_blocks=True
)


def read_toml(file: Path) -> dict[str, Any]:
    """The parsed content of one file."""
    return tomllib.loads(file.read_text("utf-8"))


def read_texts(file: Path) -> dict[str, Text]:
    """The texts of one file, flattened: `board.title` → text, or a table of plural forms."""
    return dict(_flat(read_toml(file), ""))


def _flat(table: Mapping[str, Any], before: str) -> Iterator[tuple[str, Text]]:
    for name, value in table.items():
        if isinstance(value, Mapping) and not ("other" in value and set(value) <= PLURAL_FORMS):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield before + name, value


def fill(text: str, fields: Mapping[str, Any]) -> str:
    """`text` with its fields filled in; raises KeyError or jinja2.UndefinedError for a field that `fields` does not have.

    A text that is markup stays markup, and its fields are escaped.
    """
    return _compiled(text).render(fields) if is_template(text) else text.format_map(fields)


def is_template(text: str) -> bool:
    """Whether the text has anything but plain names in braces: a condition, or an expression, which the sandbox judges."""
    return _NO_NAME.search(text) is not None


@cache
def _compiled(text: str) -> Template:
    return _sandbox.from_string(text)


def in_plural_form(text: Text, language: str, count: object) -> str:
    """The plural form of the text for the count in this language; the form `other` where the count is not a number."""
    if isinstance(text, str):
        return text
    return text.get(plural_form(language, count), text["other"]) if isinstance(count, int | float) else text["other"]


@lru_cache(4096)
def plural_form(language: str, count: float) -> str:
    """The CLDR category of a count: `one` for 1 in English, always `other` in Japanese."""
    return _plural_rule(language)(count)


@cache
def _plural_rule(language: str) -> Any:
    from babel import Locale  # the event processes never call this and save its memory

    return Locale.parse(language, sep="-").plural_form


def fields_of(text: Text) -> set[str]:
    """The fields that a text names, in any of its plural forms."""
    if not isinstance(text, str):
        return set().union(*map(fields_of, text.values()))
    if is_template(text):
        return meta.find_undeclared_variables(_sandbox.parse(text))
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def differences(texts: Mapping[str, Mapping[str, Text]]) -> list[str]:
    """Differences between the languages of one catalogue: missing texts, other fields, missing plural forms."""
    every = sorted(set().union(*texts.values()))
    found = [f"{language}: {key} is missing" for key in every for language, own in texts.items() if key not in own]
    for key in every:
        named = {language: fields_of(own[key]) - {"n"} for language, own in texts.items() if key in own}
        if len(set(map(frozenset, named.values()))) > 1:
            found.append(f"{key}: {', '.join(f'{language} names {sorted(each)}' for language, each in named.items())}")
    return found + [
        f"{language}: {key} lacks the forms {', '.join(sorted(forms))}"
        for language, own in texts.items()
        for key, text in own.items()
        if not isinstance(text, str) and (forms := {*_plural_rule(language).rules, "other"} - set(text))
    ]
