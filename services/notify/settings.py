"""The mail server, read from `IMC_SMTP_URL`; everything else notify needs stands in the common settings.

smtp://[user:password@]host[:port][?from=desk@hospital.example][&tls=required]        smtps:// speaks TLS from the start
"""

from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from ipaddress import ip_address
from urllib.parse import parse_qs, unquote, urlsplit

from shared.settings import BadSetting, Settings

EXPECTED = "smtp://[user:password@]host[:port], optionally with ?from=address and &tls=required"


@dataclass(frozen=True)
class MailServer:
    """`tls` is `from_start`, `required`, or `if_offered` (no password is ever sent in clear, but to this machine)."""

    host: str
    port: int
    user: str
    password: str
    tls: str
    sender: str
    domain: str


def mail_server(settings: Settings) -> MailServer | None:
    """None where no mail is to be sent; raises BadSetting where the URL is malformed."""
    if not settings.smtp_url:
        return None
    parts, domain = urlsplit(settings.smtp_url), _domain(settings.public_url)
    try:
        port = parts.port or (465 if parts.scheme == "smtps" else 25)
    except ValueError as error:
        raise BadSetting("IMC_SMTP_URL", EXPECTED) from error
    options = parse_qs(parts.query, strict_parsing=bool(parts.query))
    if not parts.hostname or set(options) - {"from", "tls"} or options.get("tls", ["required"]) != ["required"]:
        raise BadSetting("IMC_SMTP_URL", EXPECTED)
    user = unquote(parts.username or "")
    tls = "from_start" if parts.scheme == "smtps" else "if_offered"
    if tls == "if_offered" and ("tls" in options or (user and not _this_machine(parts.hostname))):
        tls = "required"
    sender = _address(options.get("from", [f"imc@{domain}"])[0])
    return MailServer(parts.hostname, port, user, unquote(parts.password or ""), tls, sender, domain)


def _address(text: str) -> str:
    try:
        return Address(addr_spec=text).addr_spec
    except (MessageError, ValueError, IndexError) as error:
        raise BadSetting("IMC_SMTP_URL", "?from= with one e-mail address") from error


def _domain(public_url: str) -> str:
    """The right half of message ids and of the usual sender; an address is no mail domain."""
    host = urlsplit(public_url).hostname or "localhost"
    try:
        ip_address(host)
    except ValueError:
        return host
    return "localhost"


def _this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
