"""What codes mean, in the OpenAPI document: every set of codes in a schema gets a sentence for each, from its owner's table."""

from collections.abc import Callable, Mapping
from typing import Any

Meanings = Mapping[tuple[str, ...], Mapping[str, str]]
Document = dict[str, Any]


def no_meanings() -> Meanings:
    """Of a service without codes of its own."""
    return {}


def describe_codes(meanings: Meanings) -> Callable[..., Document]:
    """A function for apispec that adds what a field's codes mean; tables are found by their values."""
    known = {frozenset(values): meant for values, meant in meanings.items()}

    def explain(_: Any, field: Any, ret: Document, **more: Any) -> Document:
        return explained(ret, known.get(frozenset(value for value in ret.get("enum", ()) if value is not None)))

    return explain


def explained(shape: Document, meant: Mapping[str, str] | None) -> Document:
    """What is added to a schema with an enum: the list for people in its description, the same for programs."""
    if not meant:
        return {}
    listed = "\n".join(f"- `{value}`: {words}" for value, words in meant.items())
    about = shape.get("description")
    return {
        "description": f"{about}\n\n{listed}" if about else listed,
        "x-enum-descriptions": {value: meant[value] for value in shape["enum"] if value is not None},
    }
