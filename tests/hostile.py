"""Shapes of bodies, headers and addresses that cost more to refuse than they cost to send: for tests and for the bench."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

MIB = 1024 * 1024
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
EDGE = "----edge"
MULTIPART = f"multipart/form-data; boundary={EDGE}"
MARKS = "\u0301\u0316"  # of two classes, the wrong way round: sorting them is what costs
EXPANDS = "\ufdfa"  # one character whose NFKC form has eighteen


@dataclass(frozen=True)
class Shape:
    """One request; `headers` beside the content type."""

    name: str
    kind: str | None
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    query: str = ""


def texts(size: int) -> dict[str, str]:
    """Texts of about so many bytes in UTF-8 that are dear to normalise, match, split, parse or encode."""
    return {
        "marks": "a" + MARKS * (size // 4),
        "marks in runs of thirty": ("a" + MARKS * 15) * (size // 61),
        "marks that decompose": "\u0f73" * (size // 3),
        "rare marks": "a" + "\U0001e8d0\u0301" * (size // 6),
        "expanding": EXPANDS * (size // 3),
        "jamo": "\u1100\u1161\u11a8" * (size // 9),
        "digits": "9" * size,
        "full-width digits": "９" * (size // 3),
        "blanks": " " * (size - 1) + "x",
        "dots": "." * size,
        "dashes": "-" * size,
        "at": "@" * size,
        "labels": "a@" + "a." * (size // 2),
        "plus": "+" + "1 " * (size // 2),
        "controls": "\x01" * size,
        "line ends": "\r\n" * (size // 2),
        "quotes": '"' * size,
        "angles": "<" * size,
        "percent": "%" * size,
        "backslashes": "\\" * size,
        "repeats": "ab" * (size // 2),
        "kana": "ヴ" * (size // 3),
    }


def json_bodies(good: dict[str, Any], size: int = MIB) -> Iterator[Shape]:
    """A good body with each of its texts in turn replaced by a dear one, and bodies that are dear as a whole."""
    for name, text in texts(size - 200).items():
        for member in good:
            encoded = json.dumps(good | {member: text}, ensure_ascii=False).encode()[:size]
            yield Shape(f"{name} in {member}", JSON, encoded)
        yield Shape(f"{name} as a name", JSON, json.dumps({text: 1}, ensure_ascii=False).encode()[:size])
    whole = {
        "unknown names": json.dumps({f"{n:x}": 1 for n in range(size // 12)}),
        "as many unknown names as are taken": json.dumps({f"{n:x}": 1 for n in range(9_000)}),
        "empty objects": "[" + "{}," * (size // 3) + "{}]",
        "as many objects as are taken": "[" + "{}," * 4_900 + "{}]",
        "a list of objects in each": json.dumps({member: [{}] * 4_000 for member in list(good)[:2]}),
        "lists": "[" + "[]," * (size // 3) + "[]]",
        "numbers": "[" + "1," * (size // 2) + "1]",
        "one name again and again": "{" + '"a":1,' * (size // 6) + '"a":1}',
        "deep": "[" * (size // 2) + "]" * (size // 2),
        "deep, never closed": '{"a":' * (size // 5),
        "a huge integer": json.dumps(good)[:-1] + ', "n": ' + "9" * size,
        "a huge float": json.dumps(good)[:-1] + ', "n": 0.' + "9" * (size - 200) + "e-1}",
        "a huge exponent": json.dumps(good)[:-1] + ', "n": 1e' + "9" * (size - 200) + "}",
        "escapes": json.dumps({"a": "é" * (size // 6 - 10)}),
        "escaped marks": json.dumps({next(iter(good)): MARKS * (size // 12 - 20)}),
        "escaped quotes, never closed": '{"a": "' + '\\"' * (size // 2),
        "quotes": '"' * size,
        "commas in a text": json.dumps({"a": "," * size}),
        "blanks": " " * size,
        "backslashes": '"' + "\\" * size,
        "zeros": "0" * size,
    }
    for name, text in whole.items():
        yield Shape(name, JSON, text.encode()[:size])
    yield Shape("bytes that are no UTF-8", JSON, b'{"a": "' + b"\xff" * (size - 20) + b'"}')


def form_bodies(good: dict[str, str], size: int = MIB) -> Iterator[Shape]:
    """The same as a browser's forms."""
    for name, text in texts(size - 500).items():
        for member in good:
            rest = "".join(f"&{other}=x" for other in good if other != member)
            yield Shape(f"{name} in {member}", FORM, (f"{member}={text}".encode()[: size - 400]) + rest.encode())
        yield Shape(f"{name} as a name", FORM, f"{text}=1".encode()[:size])
    whole = {
        "fields": b"a=1&" * (size // 4),
        "empty fields": b"&" * size,
        "as many fields as are taken": b"&".join(b"%x=1" % n for n in range(999)),
        "one field again and again": b"&".join([b"username=1"] * 999),
        "rows": b"&".join(b"languages.%d.tag=x" % n for n in range(999)),
        "a row of many digits": b"a." + b"9" * (size - 20) + b".b=1",
        "deep": b"a." * (size // 2 - 2) + b"=1",
        "percent": b"a=" + b"%ff" * (size // 3),
        "escaped": b"a=" + b"%C3%A9" * (size // 6),
        "half escaped": b"a=" + b"%C3" * (size // 3),
        "equals": b"=" * size,
    }
    for name, body in whole.items():
        yield Shape(name, FORM, body)


def multipart_bodies(size: int = MIB) -> Iterator[Shape]:
    """Parts without end, names without end, edges that nearly fit."""
    part = f'--{EDGE}\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'.encode()
    end = f"--{EDGE}--\r\n".encode()
    head = f'--{EDGE}\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'.encode()
    whole = {
        "parts": part * (size // len(part)),
        "49 parts": part * 49 + end,
        "a header without end": f"--{EDGE}\r\n".encode() + b"X: " + b"a" * size,
        "headers": f"--{EDGE}\r\n".encode() + b"X: a\r\n" * (size // 6),
        "parameters": f"--{EDGE}\r\nContent-Disposition: form-data".encode() + b"; a=b" * (size // 5) + b"\r\n\r\n",
        "quotes": f"--{EDGE}\r\nContent-Disposition: form-data; name=".encode() + b'"' * size + b"\r\n\r\n",
        "line ends in a file": head + b"\r\n" * (size // 2 - 100) + end,
        "carriage returns in a file": head + b"\r" * (size - 200) + end,
        "edges that nearly fit": head + f"\r\n--{EDGE[:-1]}".encode() * (size // (len(EDGE) + 3)),
        "dashes": head + b"\r\n-" * (size // 3),
        "no edge": b"a" * size,
    }
    for name, body in whole.items():
        yield Shape(name, MULTIPART, body[:size])
    yield Shape("a long edge", f"multipart/form-data; boundary={'-' * 7000}", b"-" * size)


def heads() -> Iterator[Shape]:
    """Headers and addresses, each as long as a server lets through."""
    long = 8000
    values = {
        "Accept": "a/b;q=0.1," * (long // 10),
        "Accept-Language": "aa-bb;q=0.1," * (long // 12),
        "Accept-Encoding": "gzip;q=0.1," * (long // 11),
        "Cookie": "a=1; " * (long // 5),
        "Authorization": "Bearer " + "a." * (long // 2),
        "If-Match": '"1",' * (long // 4),
        "If-None-Match": '"1",' * (long // 4),
        "Idempotency-Key": "a" * long,
        "X-Request-Id": "a" * long,
        "Traceparent": "0" * long,
        "User-Agent": "Mozilla/" * (long // 8),
        "X-Forwarded-For": "1.1.1.1," * (long // 8),
        "Content-Type": "application/json" + ";a=b" * (long // 4),
        "Range": "bytes=" + "0-1," * (long // 4),
        "Origin": "http://" + "a." * (long // 2),
        "X-CSRF": "ab" * (long // 2),
        "Referer": "http://" + "a/" * (long // 2),
    }
    for name, value in values.items():
        yield Shape(f"header {name}", None, headers={name: value})
        yield Shape(f"header {name}, a hundred of them", None, headers={name: ",".join([value] * 100)})
    for name, query in {
        "names": "a&" * (long // 2),
        "again": "limit=1&" * (long // 8),
        "percent": "a=" + "%ff" * (long // 3),
        "marks": "cursor=" + "%CC%81" * (long // 6),
        "brackets": "limit[$gt]=" + "1" * long,
        "digits": "limit=" + "9" * long,
    }.items():
        yield Shape(f"query {name}", None, query=query)


def sent(client: Any, method: str, path: str, shape: Shape, **headers: str) -> Any:
    """The answer of a test client to it."""
    given = shape.headers | headers
    return client.open(
        path, method=method, data=shape.body or None, content_type=shape.kind, headers=given, query_string=shape.query
    )


Send = Callable[[Shape], Any]
