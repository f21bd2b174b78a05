"""gunicorn's settings of every web process, on this machine and in a container. The bind address and worker count are set by the caller."""

import glob
import os
import shutil
from typing import Any

from gunicorn import util

from deploy.request_framing import strictly_framed
from shared.web.app import THREADS

worker_class = "deploy.keep_alive_worker.KeepAliveWorker"
threads = THREADS
backlog = 1024
timeout = 60  # a web process that is silent for so long is replaced
graceful_timeout = 8
keepalive = 5
max_requests = 0
limit_request_line = 8190
limit_request_fields = 100
limit_request_field_size = 16380
control_socket_disable = True
accesslog = None  # the app itself logs one line per request, with its ids
errorlog = "-"
loglevel = "warning"
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108  (heartbeat files: memory, not disk)


def on_exit(server: Any) -> None:
    """Deletes the metrics files that the web processes share (shared/metrics.py), named after their master's pid."""
    for left in glob.glob(f"/dev/shm/imc-figures-*-{server.pid}"):  # noqa: S108
        shutil.rmtree(left, ignore_errors=True)


def pre_request(worker: Any, req: Any) -> None:
    """Checks the framing of a request's body before the app sees the request."""
    strictly_framed(req)


def _problem(sock: Any, status: int, reason: str, words: str) -> None:
    """Answers as a problem what gunicorn itself refuses before the app sees it (a request line or header too large, not HTTP)."""
    ours = status >= 500
    detail = "Something went wrong on our side." if ours else "The request cannot be processed."
    body = f'{{"type":"about:blank","title":"{reason}","status":{status},"detail":"{detail}","instance":"/"}}'.encode()
    head = f"HTTP/1.1 {status} {reason}\r\nConnection: close\r\nContent-Type: application/problem+json\r\n"
    head += f"Content-Length: {len(body)}\r\n{'Retry-After: 5' + chr(13) + chr(10) if ours else ''}\r\n"
    util.write_nonblock(sock, head.encode("ascii", "replace") + body)


util.write_error = _problem  # gunicorn has no setting for this; `words` is its own text, which may quote the request
