"""Odd bodies over HTTP, through the gateway: each is refused as a problem that says what is expected, and nothing of it is stored."""

import gzip
import json
import socket
import struct
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pymongo
import pytest
import requests

from tests.contract.refusals import pointers, raw, refused
from tests.contract.world import World
from tests.journeys import play
from tests.system import System

REFERRALS = "/intake/api/v1/referrals"
MIB = 1024 * 1024
GOOD = json.dumps(play.referral()).encode()
NAME = b'"SOMCHAI Jaidee"'
PLACE = b'"latin": ' + NAME


def _instead(new: bytes) -> bytes:
    """A good referral with something else for the name."""
    assert NAME in GOOD
    return GOOD.replace(NAME, new)


MALFORMED = {
    "depth 33": _instead(b"[" * 30 + b"]" * 30),
    "depth 100000": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "depth 100000, never closed": b"[" * 100_000,
    "a name twice": _instead(NAME + b", " + PLACE),
    "a name twice, once escaped": _instead(NAME + b', "l\\u0061tin": "x"'),
    "NaN": _instead(b"NaN"),
    "Infinity": _instead(b"-Infinity"),
    "1e400": _instead(b"1e400"),
    "2**63": _instead(b"9223372036854775808"),
    "5000 digits": _instead(b"9" * 5000),
    "NUL, escaped": _instead(b'"a\\u0000b"'),
    "NUL in a name": _instead(NAME + b', "\\u0000": 1'),
    "NUL, raw": _instead(b'"a\0b"'),
    "a raw line end in a text": _instead(b'"a\nb"'),
    "lone surrogate": _instead(b'"\\ud800"'),
    "surrogates the wrong way round": _instead(b'"\\udc00\\ud800"'),
    "a surrogate as UTF-8": _instead(b'"\xed\xa0\x80"'),
    "overlong UTF-8": _instead(b'"\xc0\xaf"'),
    "Latin-1": _instead('"José"'.encode("latin-1")),
    "byte order mark": b"\xef\xbb\xbf" + GOOD,
    "UTF-16": GOOD.decode().encode("utf-16"),
    "empty": b"",
    "blanks": b"  \n",
    "cut": GOOD[:-7],
    "cut inside a text": GOOD[: GOOD.index(b"SOMCHAI") + 3],
    "something after it": GOOD + b"{}",
    "single quotes": GOOD.replace(b'"', b"'"),
    "a comma too many": _instead(NAME + b","),
    "hex": _instead(b"0x1F"),
    "leading zero": _instead(b"012"),
    "gzip without saying so": gzip.compress(GOOD),
    "a form": b"agency_reference=1&patient=2",
    "XML": b"<referral/>",
}
NOT_A_REFERRAL = {"null": b"null", "list": b"[]", "list of one": b"[" + GOOD + b"]", "text": b'"x"', "number": b"1", "true": b"true", "{}": b"{}"}  # fmt: skip
WRONG_TYPES = ["text/plain", "text/json", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data", "application/json; charset=latin-1", "application/jsonx", "application/fhir+json", "*/*", ""]  # fmt: skip


@pytest.fixture(autouse=True)
def _nothing_is_stored(system: System, world: World) -> Iterator[None]:
    """Whatever a test of this file sends, the agency has as many cases afterwards as before, and no notice more."""
    client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(system.state["mongo_url"])
    mine = {"organization_id": world.cast.organization_id}

    def stored() -> tuple[int, int, Any]:
        intake = client["imc_intake"]
        case = intake["cases"].find_one({"_id": world.ids["case_id"]}) or {}
        return (
            intake["cases"].count_documents(mine),
            client["imc_notify"]["notices"].count_documents(mine),
            case["version"],
        )

    before = stored()
    yield
    assert stored() == before
    client.close()


def _post(
    world: World, body: Any, kind: str | None = "application/json", path: str = REFERRALS, **more: str
) -> requests.Response:
    headers = {**({"Content-Type": kind} if kind else {}), **more}
    return world.system.call("POST", path, world.cast.agency.credential, data=body, headers=headers)


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_not_strict_json_is_400(world: World, name: str) -> None:
    problem = refused(_post(world, MALFORMED[name]), 400)
    assert "expected" in problem["detail"]


@pytest.mark.parametrize("name", NOT_A_REFERRAL)
def test_json_of_another_shape_is_422(world: World, name: str) -> None:
    refused(_post(world, NOT_A_REFERRAL[name]), 422)


@pytest.mark.parametrize("kind", WRONG_TYPES)
def test_other_content_types_are_415(world: World, kind: str) -> None:
    refused(_post(world, GOOD, kind or None), 415)


def test_a_compressed_body_is_415(world: World) -> None:
    refused(_post(world, gzip.compress(GOOD), **{"Content-Encoding": "gzip"}), 415)


@pytest.mark.parametrize("value", [1.9, 60.0, "60", True, None, [], {}, -1, 0, 10**18])
def test_a_whole_number_is_nothing_else(world: World, value: Any) -> None:
    body = play.referral() | {"visit": {"department": "cardiology", "minutes": value}}
    del body["agency_reference"]
    answer = world.system.call("POST", "/intake/api/v1/cases", world.cast.desk.credential, json=body)
    assert pointers(refused(answer, 422)) == {"#/visit/minutes"}


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("size", [MIB + 1, 3 * MIB])
def test_more_than_a_mebibyte_is_413(world: World, size: int, chunked: bool) -> None:
    body = GOOD[:-1] + b" " * (size - len(GOOD)) + b"}"
    refused(_post(world, iter([body]) if chunked else body), 413)


@pytest.mark.parametrize("chunked", [False, True])
def test_a_document_over_20_mebibytes_is_413(world: World, chunked: bool) -> None:
    edge = uuid.uuid4().hex.encode()
    part = b'--%s\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
    content = b"%PDF-1.7\n" + b"0" * (20 * MIB + 1 - 9)
    form = (
        part % (edge, b"kind", b"", b"imaging")
        + part % (edge, b"file", b'; filename="a.pdf"', content)
        + b"--%s--\r\n" % edge
    )
    path = f"{REFERRALS}/{world.ids['case_id']}/documents"
    refused(
        _post(world, iter([form]) if chunked else form, f"multipart/form-data; boundary={edge.decode()}", path), 413
    )


ODD_UPLOADS: dict[str, tuple[dict[str, Any], int]] = {
    "no file": ({"data": {"kind": "imaging"}}, 415),
    "no kind": ({"files": {"file": ("a.txt", b"text")}}, 422),
    "a kind that is none": ({"files": {"file": ("a.txt", b"text")}, "data": {"kind": "$ne"}}, 422),
    "an unknown field": (
        {"files": {"file": ("a.txt", b"text")}, "data": {"kind": "imaging", "visible_to": "patient"}},
        422,
    ),
    "two files": ({"files": [("file", ("a.txt", b"a")), ("file", ("b.txt", b"b"))], "data": {"kind": "imaging"}}, 422),
    "another part": ({"files": [("file", ("a.txt", b"a")), ("x", ("b.txt", b"b"))], "data": {"kind": "imaging"}}, 422),
    "an empty file": ({"files": {"file": ("a.txt", b"")}, "data": {"kind": "imaging"}}, 415),
    "a program": ({"files": {"file": ("a.pdf", b"MZ\x90\0\3")}, "data": {"kind": "imaging"}}, 415),
    "a page": ({"files": {"file": ("a.pdf", b"<html><script>1</script>\0")}, "data": {"kind": "imaging"}}, 415),
    "a zip": ({"files": {"file": ("a.docx", b"PK\x03\x04" + b"0" * 50)}, "data": {"kind": "imaging"}}, 422),
}


@pytest.mark.parametrize("name", ODD_UPLOADS)
def test_odd_uploads_are_refused(world: World, name: str) -> None:
    sent, status = ODD_UPLOADS[name]
    path = f"{REFERRALS}/{world.ids['case_id']}/documents"
    refused(world.system.call("POST", path, world.cast.agency.credential, **sent), status)


def test_half_a_request_and_then_a_reset_leave_nothing_behind(system: System, world: World) -> None:
    head = _head(world, b"Transfer-Encoding: chunked")
    half = b"%x\r\n%s\r\n" % (len(GOOD), GOOD)  # all of the referral, but not the end of the body
    for sent in (head + half, head + half[:50], _head(world, b"Content-Length: %d" % (len(GOOD) + 1)) + GOOD):
        where = urlsplit(system.url)
        with socket.create_connection((where.hostname or "", where.port or 80), timeout=10) as caller:
            caller.sendall(sent)
            caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    refused(_post(world, b"{"), 400)  # it goes on answering


@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: %d\r\nTransfer-Encoding: chunked" % len(GOOD),
        b"Content-Length: -1",
        b"Content-Length: 1e3",
        b"Content-Length: 10\r\nContent-Length: 12",
        b"Transfer-Encoding: gzip, chunked",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        b"Transfer-Encoding:\x0bchunked",
    ],
)
def test_framing_that_two_servers_might_read_differently_is_refused(
    system: System, world: World, framing: bytes
) -> None:
    status, _, _ = raw(system.url, _head(world, framing + b"\r\nConnection: close") + b"0\r\n\r\n" + GOOD)
    assert status in (400, 415, 501)


def test_a_body_where_none_is_taken(world: World) -> None:
    for body, statuses in (
        (b"[]", (422,)),
        (b'{"status": "completed"}', (422,)),
        (b"{", (400,)),
        (b"x" * (MIB + 1), (413,)),
    ):
        path = f"/intake/api/v1/cases/{world.ids['case_id']}/review"
        headers = {"Content-Type": "application/json"}
        refused(world.system.call("POST", path, world.cast.desk.credential, data=body, headers=headers), *statuses)


OPERATORS: list[Any] = [{"$ne": None}, {"$gt": ""}, {"$where": "sleep(5000)"}, {"$regex": ".*"}, ["x", {"$ne": 1}]]


@pytest.mark.parametrize("value", OPERATORS, ids=str)
def test_no_operator_is_taken_for_a_value(world: World, value: Any) -> None:
    body = play.referral()
    for section, field in (("request", "department"), ("patient", "birth_date"), ("payer", "kind")):
        changed = {**body, section: {**body[section], field: value}}
        assert f"#/{section}/{field}" in pointers(refused(_post(world, json.dumps(changed)), 422))
    assert pointers(refused(_post(world, json.dumps(body | {"agency_reference": value})), 422)) == {
        "#/agency_reference"
    }
    assert pointers(refused(_post(world, json.dumps(body | {"$set": {"status": "accepted"}})), 422)) == {"#/$set"}
    for name in ("username", "password", "one_time_code"):
        who = {"username": "admin", "password": "x" * 13, "one_time_code": "000000", name: value}
        answer = requests.post(f"{world.system.url}/accounts/api/v1/tokens", json=who, timeout=20)
        assert pointers(refused(answer, 422)) == {f"#/{name}"}


@pytest.mark.parametrize(
    "field",
    [
        "id",
        "_id",
        "version",
        "status",
        "organization_id",
        "last_sequence",
        "requests",
        "reference",
        "channel",
        "__proto__",
    ],
)
def test_nobody_sets_what_is_ours(world: World, field: str) -> None:
    body = json.dumps(play.referral() | {field: "accepted"})
    assert pointers(refused(_post(world, body), 422)) == {f"#/{field}"}
    nested = play.referral()
    nested["patient"] |= {field: "accepted"}
    assert pointers(refused(_post(world, json.dumps(nested)), 422)) == {f"#/patient/{field}"}


def test_all_faults_are_told_at_once(world: World) -> None:
    body = {
        "patient": {"name": {}, "sex": "x", "birth_date": "1961-02-30"},
        "languages": [{"tag": "?"}, {}],
        "payer": {},
        "x": 1,
    }
    expected = {"#/agency_reference", "#/request", "#/patient/sex", "#/patient/birth_date"}
    expected |= {"#/languages/0/tag", "#/languages/1/tag", "#/payer/kind", "#/x"}
    assert expected <= pointers(refused(_post(world, json.dumps(body)), 422))


def _head(world: World, framing: bytes) -> bytes:
    credential = world.cast.agency.credential.encode()
    return (
        b"POST /intake/api/v1/referrals HTTP/1.1\r\nHost: imc.example\r\nAuthorization: Bearer %s\r\n"
        b"Content-Type: application/json\r\n%s\r\n\r\n" % (credential, framing)
    )
