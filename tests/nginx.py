"""The real nginx with the gateway's own configuration, as Compose mounts it, but for its port, its name server and where files lie."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from deploy.cli import contracts
from deploy.local.mongod import free_port

GATEWAY = contracts.UPLOADS.parent
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
needs_nginx = pytest.mark.skipif(NGINX is None, reason="no nginx on this machine")


@dataclass
class Nginx:
    url: str
    port: int
    directory: Path

    def logs(self) -> str:
        time.sleep(0.3)
        return "".join((self.directory / name).read_text() for name in ("out.log", "err.log"))


@contextmanager
def gateway(directory: Path, service: int, public_url: str = "http://127.0.0.1") -> Iterator[Nginx]:
    """In front of what listens on port `service`, whichever service an address names."""
    assert NGINX is not None
    port = free_port()
    shutil.copytree(GATEWAY, directory / "imc")
    changed = {
        "/tmp/": f"{directory}/",
        "/var/spool/imc/": f"{directory}/",
        "listen 8000;": f"listen 127.0.0.1:{port};",
        "/etc/nginx/imc": f"{directory}/imc",
        "http://$service-web:8000": f"http://127.0.0.1:{service}",
    }
    for file in (directory / "imc").glob("*.conf"):
        text = file.read_text()
        for old, new in changed.items():
            text = text.replace(old, new)
        if file.name == "nginx.conf" and os.geteuid() == 0:
            text = f"user root;\n{text}"  # whose the directory is
        file.write_text(text)
    command = ["bash", str(GATEWAY / "start.sh"), "-c", str(directory / "imc" / "nginx.conf")]
    command += ["-e", str(directory / "start.log")]
    environment = {"PATH": f"{Path(NGINX).parent}:/usr/bin:/bin", "IMC_PUBLIC_URL": public_url}
    environment |= {"IMC_GATEWAY_DIR": str(directory)}
    with (directory / "out.log").open("wb") as out, (directory / "err.log").open("wb") as err:
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=err)
    made = Nginx(f"http://127.0.0.1:{port}", port, directory)
    try:
        for _ in range(200):
            assert process.poll() is None, (directory / "err.log").read_text()
            try:
                requests.get(f"{made.url}/healthz", timeout=5)
                break
            except requests.ConnectionError:
                time.sleep(0.05)
        yield made
    finally:
        process.terminate()
        process.wait(10)
