"""The strict JSON reader of all requests: input that a lenient parser accepts becomes a wrong record or a 500 later.

Not here: what the values mean (marshmallow schemas), how large a body may be (the web server's limit).
"""

import json
from math import isinf
from typing import Any, NoReturn
from unicodedata import is_normalized

from shared.unicode_forms import LONGEST, composed, is_stream_safe

DEEPEST = 32
MAX_SEPARATORS = 10_000  # no route's body has a tenth of it; each value costs a call from the decoder back into Python
_LONGEST_NUMBER = 400  # digits; the greatest float has 309
SMALLEST, GREATEST = -(2**63), 2**63 - 1


class MalformedJson(ValueError):
    """The body is not acceptable JSON; the message says what was expected and never quotes the body."""


def read(body: bytes) -> Any:
    """Parses JSON (RFC 8259, similar to I-JSON) into Python values, with strings in NFC; raises MalformedJson.

    Rejected: other encodings than UTF-8, a byte order mark, depth over 32, a duplicate name in an object, NaN and Infinity, numbers
    beyond a float, integers outside int64, NUL, lone surrogates, more than 10,000 commas and brackets (including those in strings).
    """
    if body.count(b",") + body.count(b"[") + body.count(b"{") > MAX_SEPARATORS:
        raise MalformedJson(f"expected at most {MAX_SEPARATORS} commas and brackets, at a depth of at most {DEEPEST}")
    try:
        text = body.decode("utf-8")
        value = _decoder.decode(text)
    except UnicodeDecodeError as error:
        raise MalformedJson(f"expected UTF-8; byte {error.start} is not") from None
    except json.JSONDecodeError as error:
        raise MalformedJson(
            f"expected JSON; it stops making sense at line {error.lineno}, column {error.colno}"
        ) from None
    except RecursionError:
        raise MalformedJson(_TOO_DEEP) from None
    # NUL and lone surrogates need escapes; the number of brackets bounds the depth; NFC is closed under
    # substrings. So most bodies are finished here, and only unusual ones are checked value by value.
    plain = "\\u" not in text and (text.isascii() or _is_nfc(text))
    if plain and text.count("[") + text.count("{") <= DEEPEST:
        return value
    return _checked(value, 0)


def _is_nfc(text: str) -> bool:
    """Whether the text is in NFC already; False for a text too long to check cheaply."""
    return len(text) <= LONGEST and is_stream_safe(text) and is_normalized("NFC", text)


_TOO_DEEP = f"expected a depth of at most {DEEPEST}"


def _checked(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return _text(value)
    if not isinstance(value, dict | list):
        return value
    if depth >= DEEPEST:
        raise MalformedJson(_TOO_DEEP)
    if isinstance(value, list):
        return [_checked(item, depth + 1) for item in value]
    return _object([(_text(name), _checked(item, depth + 1)) for name, item in value.items()])


def _text(text: str) -> str:
    if "\0" in text:
        raise MalformedJson("expected text without NUL (\\u0000)")
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        raise MalformedJson("expected text without lone surrogates (\\ud800 to \\udfff)") from None
    return composed(text)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise MalformedJson("expected every name once in an object")
    return members


def _integer(digits: str) -> int:
    number = int(digits) if len(digits) <= 20 else GREATEST + 1
    if not SMALLEST <= number <= GREATEST:
        raise MalformedJson("expected integers within 64 bits")
    return number


def _float(digits: str) -> float:
    number = float(digits) if len(digits) <= _LONGEST_NUMBER else float("inf")
    if isinf(number):
        raise MalformedJson("expected numbers that a 64-bit float can hold")
    return number


def _constant(name: str) -> NoReturn:
    raise MalformedJson("expected numbers; NaN and Infinity are none")


_decoder = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant, strict=True
)
