"""How every web process is served, on this machine and in a container. Bind address and number of processes are given beside."""

import glob
import os
import shutil
from typing import Any

worker_class = "gthread"
threads = 8
backlog = 1024
timeout = 60  # a web process that answers nothing at all for so long is replaced
graceful_timeout = 8
keepalive = 5
max_requests = 0
limit_request_line = 8190
limit_request_fields = 100
limit_request_field_size = 16380
control_socket_disable = True
accesslog = None  # one line per request comes from the app itself, with its ids
errorlog = "-"
loglevel = "warning"
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108  (heartbeat files: memory, not disk)


def on_exit(server: Any) -> None:
    """The figures that the web processes share (shared/metrics.py) end with their master, whose pid they are named after."""
    for left in glob.glob(f"/dev/shm/imc-figures-*-{server.pid}"):  # noqa: S108
        shutil.rmtree(left, ignore_errors=True)
