"""What the web server says of a request it could not read holds nothing of that request."""

import logging

import pytest

from deploy.web_server import without_address


@pytest.mark.parametrize(
    ("message", "given", "said"),
    [
        (
            "Invalid request from ip=192.0.2.1: Invalid HTTP request line: 'GET /training/application/SECRET'",
            (),
            "Invalid request",
        ),
        ("Invalid request from ip=::1: Invalid HTTP Header: 'Cookie: imc_session=SECRET'", (), "Invalid request"),
        ("Error handling request %s", ("/training/application/SECRET",), "Error handling request"),
        ("Error handling request %s %s", ("GET", "/interpreting/offers/SECRET"), "Error handling request"),
        ("Worker (pid:%s) exited", (7,), "Worker (pid:7) exited"),
    ],
)
def test_a_line_of_the_server_holds_no_address(message: str, given: tuple[object, ...], said: str) -> None:
    record = logging.LogRecord("gunicorn.error", logging.WARNING, "", 0, message, given, None)
    assert without_address(record)
    assert record.getMessage() == said
