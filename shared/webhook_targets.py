"""Allowed targets of webhooks: https on an allowed port, never an internal address. The rule is checked when an endpoint is entered and
when it is used.

At entry only the URL itself is checked; when sending, every resolved address is checked (a name's addresses may change).
"""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from urllib.parse import urlsplit

from shared.special_addresses import is_special

MAX_LENGTH = 2048
Address = IPv4Address | IPv6Address
PORTS = (443, 8443)
"""HTTPS, and its usual other port: the two that senders of webhooks allow where they name ports (Telegram's Bot API: 443, 80, 88,
8443, of which 80 is in clear and 88 is Kerberos). Any other may be a mail server's, a database's or a printer's."""

_NAME = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_INSIDE = ("localhost", "local", "localdomain", "internal", "intranet", "lan", "home", "corp", "arpa")
_ENTRY = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(?::([0-9]{1,5}))?")


class BadTarget(ValueError):
    """A webhook must not call this URL or address; the message says what is expected."""


@dataclass(frozen=True)
class Allowed:
    """The exemptions of `IMC_WEBHOOK_ALLOW` from the rules of https, ports and private addresses: host[:port] and CIDR."""

    hosts: frozenset[tuple[str, int | None]] = frozenset()
    networks: tuple[IPv4Network | IPv6Network, ...] = ()

    def host(self, host: str, port: int) -> bool:
        """Whether this host is exempt, with this port or with any."""
        return (host, None) in self.hosts or (host, port) in self.hosts

    def address(self, address: Address) -> bool:
        return any(address.version == network.version and address in network for network in self.networks)


@dataclass(frozen=True)
class Target:
    """A parsed URL: `host` in lower case (an IPv6 address without brackets), `path` with its query."""

    url: str
    scheme: str
    host: str
    port: int
    path: str


def allowed(entries: Iterable[str]) -> Allowed:
    """Parses the entries of `IMC_WEBHOOK_ALLOW`; raises ValueError that names an entry that is neither host[:port] nor CIDR."""
    hosts: set[tuple[str, int | None]] = set()
    networks: list[IPv4Network | IPv6Network] = []
    for entry in entries:
        if "/" in entry:
            networks.append(ipaddress.ip_network(entry.strip(), strict=False))
            continue
        found = _ENTRY.fullmatch(entry.strip().lower())
        if not found or int(found[2] or 1) not in range(1, 65536):
            raise ValueError(f"{entry!r}: expected host[:port] or a CIDR such as 10.0.0.0/8")
        hosts.add((found[1].strip("[]").rstrip("."), int(found[2]) if found[2] else None))
    return Allowed(frozenset(hosts), tuple(networks))


def check_url(url: str, exempt: Allowed) -> Target:
    """The parsed URL; raises BadTarget where the URL itself shows that it must not be called."""
    target = _take_apart(url)
    address = _literal(target.host)
    if exempt.host(target.host, target.port) or (address and exempt.address(address)):
        return target
    if target.scheme != "https":
        raise BadTarget("expected a URL that starts with https://")
    if target.port not in PORTS:
        raise BadTarget(f"expected port {' or '.join(map(str, PORTS))}")
    if address:
        check_address(address, target.host, target.port, exempt)
    elif "." not in target.host or target.host.rpartition(".")[2] in _INSIDE:
        raise BadTarget("expected a host that the public internet knows")
    return target


def check_address(address: Address, host: str, port: int, exempt: Allowed) -> None:
    """Raises BadTarget for an address that a webhook must not connect to (special_addresses.py), or one with a zone."""
    if exempt.host(host, port) or exempt.address(address):
        return
    if isinstance(address, IPv6Address) and address.scope_id:
        raise BadTarget("expected an address without a zone")
    if is_special(address):
        raise BadTarget(
            "expected a public address, not one that is set aside for a special purpose (private, loopback, …)"
        )


def _take_apart(url: str) -> Target:
    if len(url) > MAX_LENGTH or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise BadTarget(f"expected a URL of at most {MAX_LENGTH} printable ASCII characters (write a name in Punycode)")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise BadTarget("expected a URL such as https://agency.example/imc") from error
    if parts.scheme not in ("http", "https") or not host or port == 0:
        raise BadTarget("expected a URL such as https://agency.example/imc")
    if parts.username is not None or parts.password is not None or "#" in url:
        raise BadTarget("expected a URL without user, password or fragment")
    host = host.rstrip(".")
    if not _literal(host) and not _NAME.fullmatch(host):
        raise BadTarget("expected a host name or address")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(url, parts.scheme, host, port or (443 if parts.scheme == "https" else 80), path)


def _literal(host: str) -> Address | None:
    """The host as an address; raises BadTarget for unusual spellings (0x7f.1, 2130706433, 0177.0.0.1) that resolvers accept."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        if re.fullmatch(r"(0x[0-9a-f]*|[0-9]+)", host.rpartition(".")[2]):
            raise BadTarget("expected an address written in its usual form") from None
        return None
