"""Who speaks HTTP to others, and that none of them takes a proxy from the environment but what speaks to the outside.

`urllib.request`, `requests` and `httpx` read http_proxy and its kin by themselves; urllib3's pools, http.client, smtplib and
sockets do not. A new client is a line here, with whom it speaks to.
"""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
READS_PROXIES = {
    "urllib.request",
    "requests",
    "httpx",
    "aiohttp",
    "pycurl",
    "authlib.integrations",
    "websockets",
    "grpc",
}
DIRECT = {"http.client", "urllib3", "smtplib"}
KNOWN = {
    "deploy/broker_users.py": "the broker's management, by its own address",
    "deploy/local/caller.py": "our own gateway, for `imc demo`",
    "deploy/local/gateway.py": "our own services",
    "deploy/cli/probe.py": "our own gateway and services",
    "deploy/patience.py": "nobody: it names urllib3's faults",
    "services/notify/actions/delivery/connection.py": "receivers of webhooks, by the address that was judged: a proxy would not be",
    "services/notify/actions/delivery/contact.py": "our own gateway",
    "services/notify/actions/delivery/smtp.py": "the mail server, which no HTTP proxy carries",
}
OUTSIDE = {
    "services/accounts/actions/oidc_client.py": "the hospital's provider; directly where it runs on this machine"
}


def _imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def _importing(names: set[str]) -> set[str]:
    paths = [path for top in ("services", "shared", "deploy") for path in (ROOT / top).rglob("*.py")]
    return {
        str(path.relative_to(ROOT))
        for path in paths
        if any(one == name or one.startswith(f"{name}.") for one in _imports(path) for name in names)
    }


def test_only_what_speaks_to_the_outside_uses_a_client_that_reads_proxies() -> None:
    assert _importing(READS_PROXIES) == set(OUTSIDE)


def test_every_client_is_known_and_says_whom_it_speaks_to() -> None:
    assert _importing(DIRECT) == set(KNOWN)


def test_nobody_asks_the_environment_for_a_proxy_or_builds_a_client_with_one() -> None:
    words = ("ProxyManager", "proxy_from_url", "getproxies", "set_tunnel", "trust_env = True")
    texts = {
        path: path.read_text("utf-8") for top in ("services", "shared", "deploy") for path in (ROOT / top).rglob("*.py")
    }
    assert [str(path) for path, text in texts.items() if any(word in text for word in words)] == []


def test_no_health_check_of_a_container_uses_a_tool_that_reads_proxies() -> None:
    texts = [ROOT / "docker-compose.yml", *(ROOT / "deploy").glob("Dockerfile*")]
    assert [path.name for path in texts for tool in ("curl", "wget") if tool in path.read_text("utf-8")] == []
