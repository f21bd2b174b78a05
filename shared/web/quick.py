"""Loading what is right at a third of the cost: one pass over a schema's fields, prepared once at import.

Whatever is wrong, missing or unusual is left to marshmallow's own load, which names every fault. Not here: what is expected.
"""

from collections.abc import Callable, Mapping
from typing import Any

import marshmallow as ma
from marshmallow import fields

from shared.web.bounds import Bound

Loaded = dict[str, Any]
Convert = Callable[[Any, Any], Any]
_HOOKS = ("pre_load", "post_load", "validates", "validates_schema")
_ABSENT: Any = object()


class _Unusual(Exception):
    """For marshmallow to look at."""


def quick_load(schema: ma.Schema) -> Callable[[Any], Loaded]:
    """The same as `schema.load`, result and errors alike; `schema` must not change any more."""
    prepared = _prepared(schema)
    if prepared is None:
        return schema.load  # type: ignore[return-value]
    load: Convert = prepared

    def quickly(sent: Any) -> Loaded:
        try:
            return load(sent, None)  # type: ignore[no-any-return]
        except (_Unusual, ma.ValidationError):
            return schema.load(sent)  # type: ignore[return-value]

    return quickly


def _prepared(schema: ma.Schema) -> Convert | None:
    """One pass over an object; None where the schema does more than its fields do."""
    plain = type(schema)._do_load is ma.Schema._do_load and type(schema)._deserialize is ma.Schema._deserialize
    hooked = any(schema._hooks[hook] for hook in _HOOKS)
    if not plain or hooked or schema.many or schema.partial or schema.unknown != ma.RAISE:
        return None
    dotted = any("." in (field.attribute or name) for name, field in schema.load_fields.items())
    if dotted or schema.dict_class is not dict:
        return None
    steps = [_step(name, field) for name, field in schema.load_fields.items()]

    def load(sent: Any, data: Any) -> Loaded:
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
            raise _Unusual  # a name nobody knows
        return found

    return load


def _step(name: str, field: fields.Field[Any]) -> tuple[str, str, Convert, Any]:
    """Name in the body, key in the result, how it is read, what stands for it where it is absent (`_ABSENT`: a fault)."""
    default = _ABSENT if field.required else field.load_default
    sent_as = field.data_key if field.data_key is not None else name
    return sent_as, field.attribute or name, _reader(sent_as, field), default


def _reader(name: str | None, field: fields.Field[Any]) -> Convert:
    """As `field.deserialize`; the first fault ends it."""
    if field.post_load or any(not isinstance(step, Bound) for step in field.pre_load):
        return lambda value, data: field.deserialize(value, name, data)
    return _bounded(field, _checked(field, _converter(name, field)))


def _bounded(field: fields.Field[Any], convert: Convert) -> Convert:
    most = min((step.most for step in field.pre_load if isinstance(step, Bound)), default=None)
    if most is None:
        return convert

    def bounded(value: Any, data: Any) -> Any:
        kind = type(value)
        if (kind is str or kind is list or kind is dict) and len(value) > most:
            raise _Unusual
        return convert(value, data)

    return bounded


def _checked(field: fields.Field[Any], convert: Convert) -> Convert:
    checks, allow_none = tuple(field.validators), field.allow_none
    if not checks and not allow_none:
        return convert

    def checked(value: Any, data: Any) -> Any:
        if value is None and allow_none:
            return None
        result = convert(value, data)
        for check in checks:
            check(result)
        return result

    return checked


def _converter(name: str | None, field: fields.Field[Any]) -> Convert:
    kind = type(field)._deserialize
    if kind is fields.Nested._deserialize:
        nested = _nested(field)  # type: ignore[arg-type]
        if nested is not None:
            return nested
    if kind is fields.List._deserialize:
        return _listed(field.inner)  # type: ignore[attr-defined]
    if kind is fields.String._deserialize:
        return _text
    own = field._deserialize

    def convert(value: Any, data: Any) -> Any:
        if value is None:
            raise _Unusual
        return own(value, name, data)

    return convert


def _nested(field: fields.Nested) -> Convert | None:
    if field.many or field.schema.many or field.unknown not in (None, ma.RAISE):
        return None
    return _prepared(field.schema)


def _listed(inner: fields.Field[Any]) -> Convert:
    read = _reader(None, inner)

    def listed(value: Any, data: Any) -> Any:
        if type(value) is not list:
            raise _Unusual
        return [read(each, None) for each in value]

    return listed


def _text(value: Any, data: Mapping[str, Any] | None) -> str:
    if type(value) is not str:
        raise _Unusual
    return value
