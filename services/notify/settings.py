"""The settings of delivery: the mail server (`IMC_SMTP_URL`), keys, exempt targets. Everything else is in the common settings.

smtp://[user:password@]host[:port][?from=desk@hospital.example][&tls=…]        smtps:// speaks TLS from the start

TLS is used, and the server's certificate checked, with every server that is not this machine itself; `?tls=` changes that.
"""

from dataclasses import dataclass
from functools import cached_property
from urllib.parse import parse_qs, unquote, urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from shared import mail_addresses
from shared.hpke import open_with
from shared.service_tokens import private_key
from shared.settings import BadSetting, Settings
from shared.special_addresses import parsed
from shared.webhook_targets import Allowed, allowed

EXPECTED = "smtp://[user:password@]host[:port], optionally with ?from=address and &tls=required, unverified or none"
FROM_START, STARTTLS, IN_CLEAR = "from_start", "starttls", "in_clear"


@dataclass(frozen=True)
class MailServer:
    """`tls` is `from_start`, `starttls` (both with a certificate that is `verified`, unless the setting turns that off) or
    `in_clear`: to this machine, or where the setting asks for it. `domain` is that of message ids."""

    host: str
    port: int
    user: str
    password: str
    tls: str
    verified: bool
    sender: str
    domain: str

    @property
    def warning(self) -> str | None:
        """The warning to log at start, for a setting that protects mail less than usual."""
        if self.tls == IN_CLEAR and not _is_this_machine(self.host):
            return f"IMC_SMTP_URL has tls=none: mail goes to {self.host} in clear, to any server that answers there"
        if self.tls != IN_CLEAR and not self.verified:
            return f"IMC_SMTP_URL has tls=unverified: mail goes to {self.host} whatever certificate it has"
        return None


class DeliveryConfig:
    """What delivery needs of the settings: the mail server, the keys that decrypt endpoints' secrets and sign requests for addresses,
    targets that are exempt from the rules for webhooks."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def check(self) -> None:
        """Stops the process at start where a secret or setting is missing or malformed."""
        self.mail_server  # noqa: B018 - read for its BadSetting
        self.exempt_targets  # noqa: B018 - read for its BadSetting
        self._private_key  # noqa: B018 - read for its BadSetting
        self.token_key  # noqa: B018 - read for its BadSetting

    @cached_property
    def mail_server(self) -> MailServer | None:
        return mail_server(self._settings)

    @cached_property
    def exempt_targets(self) -> Allowed:
        try:
            return allowed(self._settings.webhook_allow)
        except ValueError as error:
            raise BadSetting("IMC_WEBHOOK_ALLOW", f"a comma list of host[:port] and CIDR; {error}") from error

    def decrypt(self, sealed: str) -> str:
        """Returns an endpoint's secret, or the path of a link, decrypted; raises OpenError."""
        return open_with(self._private_key, sealed).decode()

    @cached_property
    def token_key(self) -> Ed25519PrivateKey:
        """The key that signs notify's requests to other services."""
        try:
            return private_key(self._settings.secret("notify_token_key"))
        except ValueError as error:
            raise BadSetting("IMC_SECRET_DIR/notify_token_key", "an Ed25519 private key in PEM") from error

    @cached_property
    def _private_key(self) -> bytes:
        pem = self._settings.secret("notify_private_key")
        try:
            key = load_pem_private_key(pem, None)
        except ValueError:
            key = None
        if not isinstance(key, X25519PrivateKey):
            raise BadSetting("IMC_SECRET_DIR/notify_private_key", "an X25519 private key in PEM")
        return pem


def mail_server(settings: Settings) -> MailServer | None:
    """Returns the mail server, None where no mail is to be sent; raises BadSetting where the URL is malformed."""
    if not settings.smtp_url:
        return None
    parts, domain = urlsplit(settings.smtp_url), _domain(settings.public_url)
    try:
        port = parts.port or (465 if parts.scheme == "smtps" else 25)
        options = parse_qs(parts.query, strict_parsing=bool(parts.query))
    except ValueError as error:
        raise BadSetting("IMC_SMTP_URL", EXPECTED) from error
    if not parts.hostname or set(options) - {"from", "tls"} or any(len(values) > 1 for values in options.values()):
        raise BadSetting("IMC_SMTP_URL", EXPECTED)
    user, requested = unquote(parts.username or ""), options.get("tls", [""])[0]
    tls = _tls(parts.scheme, parts.hostname, requested)
    if tls == IN_CLEAR and user and not _is_this_machine(parts.hostname):
        raise BadSetting("IMC_SMTP_URL", "TLS where there is a password: without tls=none, or with smtps://")
    sender = _address(options["from"][0]) if "from" in options else f"imc@{domain}"
    password = unquote(parts.password or "")
    return MailServer(parts.hostname, port, user, password, tls, requested != "unverified", sender, domain)


def _tls(scheme: str, host: str, requested: str) -> str:
    """Returns what the URL asks for; by default TLS, and none to this machine, whose mail goes over no network."""
    if requested not in ("", "required", "unverified", "none") or (scheme, requested) == ("smtps", "none"):
        raise BadSetting("IMC_SMTP_URL", EXPECTED)
    if scheme == "smtps":
        return FROM_START
    if requested == "none" or (not requested and _is_this_machine(host)):
        return IN_CLEAR
    return STARTTLS


def _address(text: str) -> str:
    """Returns the sender as it is transmitted: in ASCII, which every server accepts."""
    try:
        sender = mail_addresses.wire(mail_addresses.read(text))
    except mail_addresses.NotAnAddress as error:
        raise BadSetting("IMC_SMTP_URL", "?from= with one e-mail address") from error
    if sender.abroad:
        raise BadSetting("IMC_SMTP_URL", "?from= with an e-mail address in ASCII before its @")
    return sender.spec


def _domain(public_url: str) -> str:
    """Returns the domain of message ids and of the default sender; an IP address is no mail domain."""
    host = urlsplit(public_url).hostname or "localhost"
    if parsed(host):
        return "localhost"
    if host.isascii():
        return host
    try:
        return mail_addresses.wire(f"imc@{host}").spec.partition("@")[2]
    except mail_addresses.NotAnAddress as error:
        raise BadSetting("IMC_PUBLIC_URL", "a URL whose host can exist") from error


def _is_this_machine(host: str) -> bool:
    address = parsed(host)
    return address.is_loopback if address else host == "localhost"
