"""Lengths come first: whatever a field is, it is never handed more than it takes; faults are a hundred at most."""

import json
from typing import Any
from urllib.parse import parse_qsl, quote_plus

import marshmallow as ma
import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import fields, validate
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import RequestEntityTooLarge, RequestHeaderFieldsTooLarge

from shared.errors import MalformedRequest
from shared.strict_json import DEEPEST, MAX_SEPARATORS, MalformedJson, read
from shared.ui.inputs import softened
from shared.ui.typed import MAX_SHOWN, read_typed
from shared.unicode_forms import LONGEST
from shared.web.body import faults, instance
from shared.web.bounded_request import LONGEST_HEADER, MAX_FIELDS, check_headers, form_fields
from shared.web.bounds import LOOSER, MAX_FAULTS, USUAL_MEMBERS, USUAL_TEXT
from shared.web.fields import Line, Schema, Text
from shared.web.single_pass import single_pass_load
from tests.hostile import form_bodies, json_bodies, texts

GREATEST_SEEN: list[int] = []


class Watched(fields.Field[Any]):
    """Notes how much it was handed: what it would cost to normalise, match or loop over."""

    def _deserialize(self, value: Any, *rest: Any, **more: Any) -> Any:
        GREATEST_SEEN.append(len(value) if isinstance(value, str | list | dict) else 0)
        return value


class Part(Schema):
    name = Watched(required=True)
    short = Watched(validate=validate.Length(max=10))


class Whole(Schema):
    name = Line(40, required=True)
    text = Watched(validate=validate.Length(1, 300))
    free = Watched()
    parts = fields.List(fields.Nested(Part), validate=validate.Length(1, 10))
    tags = fields.List(Watched())
    named = fields.Dict(keys=Watched(), values=Watched())
    part = fields.Nested(Part)
    rows = fields.Nested(Part, many=True)


GOOD = {"name": "a", "text": "b", "free": "c"}
JSON_BODIES = {shape.name: shape.body for shape in json_bodies(GOOD, 60_000)}
FORM_BODIES = {shape.name: shape.body for shape in form_bodies(GOOD, 300_000)}


def loaded(schema: ma.Schema, sent: Any, quick: bool) -> list[tuple[str, str]]:
    try:
        (single_pass_load(schema) if quick else schema.load)(sent)
    except ma.ValidationError as error:
        return faults(error.messages)
    return []


@pytest.mark.parametrize("quick", [True, False])
@pytest.mark.parametrize("member", Whole().fields)
@pytest.mark.parametrize("size", [USUAL_TEXT * LOOSER + 1, 50_000])
def test_no_field_is_handed_more_than_it_takes(member: str, size: int, quick: bool) -> None:
    GREATEST_SEEN.clear()
    for value in (
        "x" * size,
        ["x"] * size,
        {str(n): 1 for n in range(size)},
        [{"name": "x" * size}],
        {"name": "x" * size},
    ):
        told = loaded(instance(Whole), GOOD | {member: value}, quick)
        assert told or not isinstance(value, str)
    assert max(GREATEST_SEEN, default=0) <= USUAL_TEXT * LOOSER


def test_forms_are_bounded_alike() -> None:
    GREATEST_SEEN.clear()
    assert loaded(softened(Whole), GOOD | {"text": "x" * 1201, "tags": ["x"] * (USUAL_MEMBERS + 1)}, False)
    assert max(GREATEST_SEEN) <= USUAL_TEXT


def test_a_field_that_is_too_long_is_one_fault_beside_the_others() -> None:
    found = dict(loaded(instance(Whole), {"text": "x" * 5000, "parts": [{}] * 300_000, "unknown": 1}, True))
    assert found == {
        "#/name": "expected; it is required",
        "#/text": "expected a length of at most 300",
        "#/parts": "expected a length of at most 10",
        "#/unknown": "not expected here",
    }


@given(st.lists(st.text(max_size=6), unique=True, max_size=400))
def test_at_most_a_hundred_faults_and_how_many_more(names: list[str]) -> None:
    unknown = [name for name in names if name not in Whole().fields]
    told = loaded(instance(Whole), GOOD | dict.fromkeys(unknown), True)
    assert len(told) == min(len(unknown), MAX_FAULTS) + (len(unknown) > MAX_FAULTS)
    if len(unknown) > MAX_FAULTS:
        assert told[-1] == ("#", f"and {len(unknown) - MAX_FAULTS} more")


@pytest.mark.parametrize("name", JSON_BODIES)
def test_a_body_has_few_values_or_is_refused_unread(name: str) -> None:
    body = JSON_BODIES[name]
    try:
        value = read(body)
    except MalformedJson:
        return
    assert sum(body.count(c) for c in (b",", b"[", b"{")) <= MAX_SEPARATORS
    told = loaded(instance(Whole), value, True)
    assert len(told) <= MAX_FAULTS + 1
    assert len(json.dumps(told)) < 70_000  # pointers repeat no more of a name than its beginning


def test_the_longest_text_is_left_for_its_field_to_refuse() -> None:
    long = "e\u0301" * LONGEST
    assert read(json.dumps({"a": long}).encode())["a"] == long
    assert read(json.dumps({"a": "e\u0301"}).encode())["a"] == "é"


@pytest.mark.parametrize("body", [b"[" * 10_001, b'{"a":' + b"1," * 10_001, b"{" * 5_001 + b"[" * 5_000])
def test_too_many_values(body: bytes) -> None:
    with pytest.raises(MalformedJson, match=f"at most {MAX_SEPARATORS} .* depth of at most {DEEPEST}"):
        read(body)


@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=20)), max_size=20))
def test_forms_are_read_as_the_library_reads_them(pairs: list[tuple[str, str]]) -> None:
    clean = [(a.encode(errors="replace").decode(), b.encode(errors="replace").decode()) for a, b in pairs]
    body = "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in clean)
    assert form_fields(body.encode()) == parse_qsl(body, keep_blank_values=True) == clean


@given(st.text(st.sampled_from("a&=+%2 3D\r\n\t_.;é"), max_size=60))
def test_odd_forms_are_read_as_the_library_reads_them_or_refused(body: str) -> None:
    try:
        found = form_fields(body.encode())
    except MalformedRequest:
        assert "%" in body
        return
    assert found == parse_qsl(body, keep_blank_values=True)


def test_a_form_of_too_many_fields_is_not_read() -> None:
    with pytest.raises(RequestEntityTooLarge):
        form_fields(b"a=1&" * MAX_FIELDS)
    assert len(form_fields(b"&".join([b"a=1"] * MAX_FIELDS))) == MAX_FIELDS


@pytest.mark.parametrize("digits", [5, 4301, 100_000])
def test_a_row_with_a_huge_number_is_no_row(digits: int) -> None:
    tree = read_typed(MultiDict([("rows." + "9" * digits + ".tag", "x")])).tree
    assert list(tree["rows"]) == ["9" * digits]


@pytest.mark.parametrize("name", FORM_BODIES)
def test_what_is_shown_again_is_bounded(name: str) -> None:
    body = FORM_BODIES[name]
    try:
        typed = read_typed(MultiDict(form_fields(body)))
    except (MalformedRequest, RequestEntityTooLarge):
        return
    assert sum(len(value) for value in typed.values.values()) <= MAX_SHOWN
    assert len(loaded(softened(Whole), typed.tree, False)) <= MAX_FAULTS + 1


@pytest.mark.parametrize("name", ["HTTP_COOKIE", "HTTP_ACCEPT", "HTTP_X_REQUEST_ID", "HTTP_ANYTHING", "CONTENT_TYPE"])
def test_a_header_that_is_too_long_is_taken_out_before_anything_reads_it(name: str) -> None:
    environ = {name: "a" * (LONGEST_HEADER + 1), "PATH_INFO": "/" + "a" * 9000}
    with pytest.raises(RequestHeaderFieldsTooLarge):
        check_headers(environ)
    assert list(environ) == ["PATH_INFO"]
    check_headers({name: "a" * 400})


@pytest.mark.parametrize("name", texts(2000))
def test_a_text_is_judged_by_its_length_before_its_characters(name: str) -> None:
    class One(Schema):
        text = Text(100, required=True)

    assert loaded(instance(One), {"text": texts(2000)[name]}, True) == [("#/text", "expected a length of at most 100")]
