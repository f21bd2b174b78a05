"""One example of every event, derived from its struct alone, always the same. For snapshots and the catalogue, not for tests of behaviour."""

from typing import Any

import msgspec
from msgspec import inspect

from shared.events.language import Event

_WORDS = {
    "case_id": "0197f0a0-0000-7000-8000-000000000001",
    "reference": "R-26-00427-G",
    "start": "2026-11-24T01:00:00.000Z",
    "end": "2026-11-24T02:00:00.000Z",
    "previous_start": "2026-11-23T01:00:00.000Z",
    "previous_end": "2026-11-23T02:00:00.000Z",
    "before": "2026-11-23T00:00:00.000Z",
    "expires_at": "2027-11-23T00:00:00.000Z",
    "by": "2026-11-25T08:15:00.000Z",
    "starts": "2026-04-01",
    "ends": "2028-03-31",
    "previous_ends": "2027-03-31",
    "signed_on": "2026-03-20",
    "notice_on": "2027-12-31",
    "notice_given_on": "2027-12-01",
    "terminates_on": "2028-02-01",
}


def example(struct: type[Event]) -> dict[str, Any]:
    """The JSON data of one event with every field filled."""
    made: dict[str, Any] = _value("data", inspect.type_info(struct))
    msgspec.convert(made, struct)
    return made


def _value(name: str, kind: inspect.Type) -> Any:
    if isinstance(kind, inspect.StructType):
        return {field.encode_name: _value(field.name, field.type) for field in kind.fields}
    if isinstance(kind, inspect.UnionType):
        return _value(name, next(part for part in kind.types if not isinstance(part, inspect.NoneType)))
    if isinstance(kind, inspect.VarTupleType | inspect.ListType):
        return [_value(name, kind.item_type)]
    if isinstance(kind, inspect.DictType):
        return {"en": _value(name, kind.value_type)}
    if isinstance(kind, inspect.BoolType):
        return True
    if isinstance(kind, inspect.IntType):
        return 1
    return _WORDS.get(name, name)
