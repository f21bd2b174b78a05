"""Meanings of codes in the OpenAPI document: every enum gets a sentence for each value, from its owner's table."""

from collections.abc import Callable, Mapping
from typing import Any

Meanings = Mapping[tuple[str, ...], Mapping[str, str]]
Document = dict[str, Any]


def no_meanings() -> Meanings:
    """No meanings, for a service without its own codes."""
    return {}


def describe_codes(meanings: Meanings) -> Callable[..., Document]:
    """Returns an apispec attribute function that adds the meanings of a field's codes; the table is found by its values."""
    known = {frozenset(values): meant for values, meant in meanings.items()}

    def explain(_: Any, field: Any, ret: Document, **more: Any) -> Document:
        return explained(ret, known.get(frozenset(value for value in ret.get("enum", ()) if value is not None)))

    return explain


def explained(shape: Document, meant: Mapping[str, str] | None) -> Document:
    """Returns what to add to a schema with an enum: a list in the description for people, the same as data for programs."""
    if not meant:
        return {}
    listed = "\n".join(f"- `{value}`: {words}" for value, words in meant.items())
    about = shape.get("description")
    return {
        "description": f"{about}\n\n{listed}" if about else listed,
        "x-enum-descriptions": {value: meant[value] for value in shape["enum"] if value is not None},
    }
