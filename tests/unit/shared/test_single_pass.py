"""The load in a single pass and marshmallow's own: the same result, or the same faults, for every shape the services take."""

import importlib
import pkgutil
from typing import Any

import marshmallow as ma
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from marshmallow import fields, validate

from services.intake.schemas.requests import ReferralSchema
from shared.settings import SERVICES
from shared.web import single_pass
from shared.web.body import instance
from shared.web.fields import Flag, Schema, Whole
from shared.web.single_pass import fields_only, single_pass_load

WORDS = [
    "th",
    "male",
    "TH",
    "cardiology",
    "routine",
    "self",
    "1961-04-02",
    "on_site",
    "08:30",
    "mon",
    "R-26",
    "x@y.org",
    "",
    " ",
]
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 800),
    st.floats(allow_nan=False),
    st.text(max_size=6),
    st.just([]),
    st.just({}),
)
TIMES = st.sampled_from(["2026-12-01T10:00:00+09:00", "2026-12-01", "2026-12-01T10:00:00"])


def shapes() -> list[type[ma.Schema]]:
    """Every schema class in the services' `schemas`."""
    found: dict[str, type[ma.Schema]] = {}
    for service in SERVICES:
        package = importlib.import_module(f"services.{service}.schemas")
        below = [m.name for m in pkgutil.iter_modules(getattr(package, "__path__", []))]
        for module in (package, *(importlib.import_module(f"{package.__name__}.{name}") for name in below)):
            for value in vars(module).values():
                if (
                    isinstance(value, type)
                    and issubclass(value, ma.Schema)
                    and value.__module__.startswith("services.")
                ):
                    found[f"{value.__module__}.{value.__qualname__}"] = value
    return list(found.values())


def likely(field: fields.Field[Any]) -> st.SearchStrategy[Any]:
    """Values a field may well take; junk now and then."""
    if isinstance(field, fields.Nested):
        inner = likely_object(field.schema)
        return st.one_of(st.lists(inner, max_size=2) if field.many else inner, JUNK)
    if isinstance(field, fields.List):
        return st.one_of(st.lists(likely(field.inner), max_size=3), JUNK)
    choices = [c for check in field.validators if isinstance(check, validate.OneOf) for c in check.choices]
    named = [st.sampled_from(choices)] if choices else [st.sampled_from(WORDS), TIMES]
    return st.one_of(*named, *named, JUNK)


def likely_object(schema: ma.Schema) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with most of a schema's fields, and sometimes one it does not know."""
    known = {field.data_key or name: likely(field) for name, field in schema.load_fields.items()}
    whole = st.fixed_dictionaries({}, optional=known)
    required = st.fixed_dictionaries(known)
    return st.one_of(whole, required, whole.map(lambda found: found | {"unheard_of": 1}))


def loaded(load: Any, sent: Any) -> Any:
    """What a loader makes of it: the result, or the faults."""
    try:
        return ("loaded", load(sent))
    except ma.ValidationError as error:
        return ("faults", error.messages)


@pytest.mark.parametrize("shape", shapes(), ids=lambda shape: shape.__qualname__)
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_shape_of_the_services_loads_alike(shape: type[ma.Schema], data: st.DataObject) -> None:
    schema = instance(shape)
    sent = data.draw(st.one_of(likely_object(schema), JUNK))
    assert loaded(single_pass_load(schema), sent) == loaded(schema.load, sent)


@fields_only
class Inner(Schema):
    size = Whole(required=True)


@fields_only
class Odd(Schema):
    """What marshmallow can do beside the usual."""

    renamed = fields.String(data_key="from", attribute="since")
    nullable = fields.String(allow_none=True)
    made = fields.List(fields.String(), load_default=list)
    fixed = fields.String(load_default="usual")
    shown_only = fields.String(dump_only=True)
    inner = fields.Nested(Inner, allow_none=True)
    inners = fields.Nested(Inner, many=True)
    even = fields.Integer(validate=[validate.Range(0, 10), lambda n: n % 2 == 0 or _refuse()])


def _refuse() -> None:
    raise ma.ValidationError("expected an even number")


class Hooked(Inner):
    """A schema that does more than its fields do is left to marshmallow, also below one that does not."""

    size = Whole()
    a = Flag()

    @ma.post_load
    def swap(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {"b": data.get("a")}


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"from": "x", "nullable": None, "inner": None, "inners": [{"size": 1}, {"size": 2}], "even": 4},
        {"even": 5},
        {"even": 12},
        {"renamed": "x"},
        {"shown_only": "x"},
        {"inner": {}},
        {"inner": {"size": 1.5}},
        {"inners": {"size": 1}},
        {"made": None},
        {"made": "abc"},
        {"made": ["a", 1]},
        {"fixed": b"bytes"},
        [],
        None,
        "text",
    ],
)
def test_unusual_fields_load_alike(sent: Any) -> None:
    schema = instance(Odd)
    assert loaded(single_pass_load(schema), sent) == loaded(schema.load, sent)


def test_a_schema_that_states_it_expects_nothing_beyond_its_fields() -> None:
    """marshmallow keeps its hooks for itself: what a schema states of itself is held against them here."""
    stated = [shape for shape in shapes() if shape in single_pass._fields_only]
    assert ReferralSchema in stated and len(stated) > 9
    for shape in stated:
        assert not any(shape()._hooks.values()), shape
        assert shape.load is ma.Schema.load and shape._do_load is ma.Schema._do_load, shape


def test_defaults_are_made_anew_for_each() -> None:
    load = single_pass_load(instance(Odd))
    first = load({})
    first["made"].append("x")
    assert load({})["made"] == []


def test_hooks_and_partial_shapes_keep_their_meaning() -> None:
    assert single_pass_load(Hooked())({"a": True}) == {"b": True}
    assert single_pass_load(Inner(partial=True))({}) == {}
    assert single_pass_load(Inner(many=True))([{"size": 3}]) == [{"size": 3}]


def test_the_usual_case_does_not_ask_marshmallow(monkeypatch: pytest.MonkeyPatch) -> None:
    load = single_pass_load(instance(Odd))
    monkeypatch.setattr(ma.Schema, "load", lambda *_, **__: pytest.fail("marshmallow was asked"))
    assert load({"from": "x", "even": 2})["since"] == "x"
