"""A proxy in the environment, as a hospital's network has one on every machine: no command and no process goes through it to ourselves.

Every system of these tests runs in such an environment (tests/system.py); here each variable stands by itself.
"""

import json
import socketserver
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.system import DEAD_PROXY, System

NONE = dict.fromkeys(DEAD_PROXY, "")
DEAD, SOCKS = "http://127.0.0.1:9", "socks5h://127.0.0.1:9"
SURROUNDINGS: dict[str, dict[str, str]] = {
    "http_proxy": {"http_proxy": DEAD},
    "in capitals": {"HTTP_PROXY": DEAD, "HTTPS_PROXY": DEAD},
    "for everything": {"all_proxy": SOCKS, "ALL_PROXY": SOCKS},
    "with a network left out": {"http_proxy": DEAD, "no_proxy": "127.0.0.0/8,10.0.0.0/8,localhost"},
    "with another network left out": {"HTTP_PROXY": DEAD, "NO_PROXY": "192.168.0.0/16,.hospital.example"},
    "no address at all": {"http_proxy": "proxy.hospital.example", "https_proxy": ":::"},
}


@pytest.mark.parametrize("how", SURROUNDINGS)
def test_commands_reach_the_system_beside_the_proxy(system: System, how: str) -> None:
    given, name = NONE | SURROUNDINGS[how], f"proxied-{list(SURROUNDINGS).index(how)}"
    commands = (
        ("keys", "issue", "--organization", name, "--json"),
        ("accounts", "add", name, "--role", "front_desk", "--json"),
        ("dead", "list", "--json"),
    )
    for command in commands:
        done = system.imc(*command, **given)
        assert done.status == 0, f"imc {' '.join(command)}: {done.status}\n{done.out}\n{done.err}"
    told = json.loads(system.imc("status", "--json", **given).out)
    assert told["gateway"]["answers"], told


class _Listener(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    heard: list[Any]


@pytest.fixture
def proxy() -> Iterator[_Listener]:
    """A proxy that notes whoever comes, and lets nobody through."""

    class Refuses(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            server.heard.append(self.request.recv(4000))

    with _Listener(("127.0.0.1", 0), Refuses) as server:
        server.heard = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_the_demo_says_nothing_to_the_proxy(own_system: Callable[..., System], proxy: _Listener) -> None:
    """In a system of its own: a demo that ends well waits until nothing waits, whoever else is at it."""
    system = own_system()
    address = f"http://127.0.0.1:{proxy.server_address[1]}"
    done = system.imc(
        "demo", "--cases", "2", seconds=180, **{name: address for name in DEAD_PROXY if "no_" not in name.lower()}
    )
    assert done.status == 0, f"{done.out}\n{done.err}"
    assert proxy.heard == []
