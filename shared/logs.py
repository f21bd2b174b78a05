"""Logs as JSON lines on standard error: always one line per entry, with ids and codes only, never contents.

It uses the standard library: every character outside ASCII is escaped, so that no value can break or forge a line.
"""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any, TextIO

_encode = json.JSONEncoder(default=str).encode


class JsonLines(logging.Formatter):
    """`{"time", "level", "logger", "message", "service", …}`; `extra={"fields": {…}}` adds to it."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        record_fields: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC)
            .isoformat(timespec="milliseconds")
            .replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "service": self._service,
        }
        record_fields |= getattr(record, "fields", {})
        if record.exc_info and record.exc_info[0]:
            record_fields["exception"] = record.exc_info[0].__name__
            record_fields["where"] = where(record.exc_info[2])
        return _encode(record_fields)


def line(logger: logging.Logger, message: str, **fields: Any) -> None:
    """Logs one line at INFO without logging's search for its caller, which costs more than the line."""
    record = logging.LogRecord(logger.name, logging.INFO, "", 0, message, None, None)
    record.fields = fields
    logger.handle(record)


def where(trace: Any) -> list[str]:
    """The traceback of an exception as `file:line function`: no values, no text of the exception, which may contain contents."""
    steps = []
    while trace is not None:
        code = trace.tb_frame.f_code
        steps.append(f"{'/'.join(code.co_filename.split('/')[-2:])}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return steps[-12:]


def configure(service: str, level: str = "INFO", stream: TextIO | None = None) -> None:
    """Formats all logs of this process with JsonLines; calling it again replaces the handler."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines(service))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("pymongo", "amqp", "werkzeug"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLevelName(level)))
