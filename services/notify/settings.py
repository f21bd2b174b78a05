"""The mail server, read from `IMC_SMTP_URL`; everything else notify needs stands in the common settings.

smtp://[user:password@]host[:port][?from=desk@hospital.example][&tls=…]        smtps:// speaks TLS from the start

TLS is spoken, and the server's certificate checked, with every server that is not this machine itself; `?tls=` says otherwise.
"""

from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from shared import mail_addresses
from shared.settings import BadSetting, Settings
from shared.special_addresses import parsed

EXPECTED = "smtp://[user:password@]host[:port], optionally with ?from=address and &tls=required, unverified or none"
FROM_START, STARTTLS, IN_CLEAR = "from_start", "starttls", "in_clear"


@dataclass(frozen=True)
class MailServer:
    """`tls` is `from_start`, `starttls` (both with a certificate that is `verified`, unless the setting says otherwise) or
    `in_clear`: to this machine, or where the setting asks for it."""

    host: str
    port: int
    user: str
    password: str
    tls: str
    verified: bool
    sender: str
    domain: str

    @property
    def unusual(self) -> str | None:
        """What is to be said loudly at start."""
        if self.tls == IN_CLEAR and not _this_machine(self.host):
            return f"IMC_SMTP_URL has tls=none: mail goes to {self.host} in clear, whoever answers there"
        if self.tls != IN_CLEAR and not self.verified:
            return f"IMC_SMTP_URL has tls=unverified: mail goes to {self.host} whatever certificate it shows"
        return None


def mail_server(settings: Settings) -> MailServer | None:
    """None where no mail is to be sent; raises BadSetting where the URL is malformed."""
    if not settings.smtp_url:
        return None
    parts, domain = urlsplit(settings.smtp_url), _domain(settings.public_url)
    try:
        port = parts.port or (465 if parts.scheme == "smtps" else 25)
        options = parse_qs(parts.query, strict_parsing=bool(parts.query))
    except ValueError as error:
        raise BadSetting("IMC_SMTP_URL", EXPECTED) from error
    if not parts.hostname or set(options) - {"from", "tls"} or any(len(given) > 1 for given in options.values()):
        raise BadSetting("IMC_SMTP_URL", EXPECTED)
    user, asked = unquote(parts.username or ""), options.get("tls", [""])[0]
    tls = _tls(parts.scheme, parts.hostname, asked)
    if tls == IN_CLEAR and user and not _this_machine(parts.hostname):
        raise BadSetting("IMC_SMTP_URL", "TLS where there is a password: without tls=none, or with smtps://")
    sender = _address(options["from"][0]) if "from" in options else f"imc@{domain}"
    password = unquote(parts.password or "")
    return MailServer(parts.hostname, port, user, password, tls, asked != "unverified", sender, domain)


def _tls(scheme: str, host: str, asked: str) -> str:
    """What the URL asks for; where it says nothing: TLS, but in clear to this machine, whose mail goes over no network."""
    if asked not in ("", "required", "unverified", "none") or (scheme, asked) == ("smtps", "none"):
        raise BadSetting("IMC_SMTP_URL", EXPECTED)
    if scheme == "smtps":
        return FROM_START
    if asked == "none" or (not asked and _this_machine(host)):
        return IN_CLEAR
    return STARTTLS


def _address(text: str) -> str:
    """The sender as it goes over the wire: in ASCII, which every server takes."""
    try:
        sender = mail_addresses.wire(mail_addresses.read(text))
    except mail_addresses.NotAnAddress as error:
        raise BadSetting("IMC_SMTP_URL", "?from= with one e-mail address") from error
    if sender.abroad:
        raise BadSetting("IMC_SMTP_URL", "?from= with an e-mail address in ASCII before its @")
    return sender.spec


def _domain(public_url: str) -> str:
    """The right half of message ids and of the usual sender; an address is no mail domain."""
    host = urlsplit(public_url).hostname or "localhost"
    if parsed(host):
        return "localhost"
    if host.isascii():
        return host
    try:
        return mail_addresses.wire(f"imc@{host}").spec.partition("@")[2]
    except mail_addresses.NotAnAddress as error:
        raise BadSetting("IMC_PUBLIC_URL", "a URL whose host can exist") from error


def _this_machine(host: str) -> bool:
    address = parsed(host)
    return address.is_loopback if address else host == "localhost"
