"""Settings of a process, from the environment or from secret files; an incomplete or malformed setting stops the start with one line.

A file in `IMC_SECRET_DIR` named like a variable in lower case takes precedence over that variable.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

SERVICES = ("intake", "interpreting", "training", "partners", "notify", "accounts")


class BadSetting(SystemExit):
    """Stops the process at start, with one line that names the variable and what was expected."""

    def __init__(self, name: str, expected: str) -> None:
        super().__init__(f"{name}: expected {expected}")
        self.name = name


@dataclass(frozen=True)
class Variable:
    """One documented variable: its default (None: required) and its meaning."""

    name: str
    default: str | None
    meaning: str


VARIABLES = (
    Variable("IMC_MONGO_URL", None, "MongoDB replica set, mongodb://…"),
    Variable("IMC_AMQP_URL", None, "RabbitMQ, amqp://… (mongodb://…: the embedded broker)"),
    Variable("IMC_SECRET_DIR", None, "directory of secret files"),
    Variable("IMC_PUBLIC_URL", "http://127.0.0.1:8000", "the gateway as people and agencies reach it"),
    Variable("IMC_TRUSTED_PROXIES", "", "addresses or CIDR, comma list, of proxies in front of the gateway"),
    Variable("IMC_INTERNAL_URL", "", "the gateway as services reach it; default: the public one"),
    Variable(
        "IMC_SMTP_URL",
        "",
        "smtp://[user:password@]host:port, or smtps://…; TLS is verified; unset: e-mail is suppressed",
    ),
    Variable("IMC_BROKER_PREFIX", "", "put before every name on the broker"),
    Variable("IMC_LOG_LEVEL", "INFO", "DEBUG, INFO, WARNING or ERROR"),
    Variable("IMC_WEB_WORKERS", "2", "web processes of one service"),
    Variable("IMC_WORKER_PREFETCH", "400", "messages a worker takes ahead"),
    Variable("IMC_RATE_LIMIT", "6000", "requests a minute per key; 0: none"),
    Variable("IMC_TIME_ZONE", "Asia/Tokyo", "the hospital's zone"),
    Variable("IMC_HOSPITAL_PHONE", "", "the centre's number on patients' papers; unset: a line to write it on"),
    Variable("IMC_HOSPITAL_NAME_JA", "大学病院", "the hospital's name on letters and certificates, in Japanese"),
    Variable("IMC_HOSPITAL_NAME_EN", "University Hospital", "the same in English"),
    Variable("IMC_HOSPITAL_ADDRESS_JA", "", "its address on them, in Japanese; unset: none"),
    Variable("IMC_HOSPITAL_ADDRESS_EN", "", "the same in English"),
    Variable("IMC_HOSPITAL_MAIL", "", "the centre's e-mail address on them; unset: none"),
    Variable("IMC_HOSPITAL_SIGNER_JA", "", "who signs them, in Japanese; unset: room for a name"),
    Variable("IMC_HOSPITAL_SIGNER_EN", "", "the same in English"),
    Variable("IMC_HOSPITAL_SIGNER_TITLE_JA", "病院長", "as what they sign, in Japanese"),
    Variable("IMC_HOSPITAL_SIGNER_TITLE_EN", "Director of the Hospital", "the same in English"),
    Variable("IMC_HEARTBEAT_FILE", "", "where a worker leaves its heartbeat for a health check; unset: nowhere"),
    Variable("IMC_OIDC_ISSUER", "", "the hospital's OpenID Connect provider; unset: sign-in by password alone"),
    Variable("IMC_OIDC_CLIENT_ID", "", "what the provider calls this system"),
    Variable("IMC_OIDC_CLIENT_SECRET", "", "shared with the provider; better a file"),
    Variable("IMC_WEBHOOK_ALLOW", "", "host[:port] or CIDR, comma list, exempt from the rules for webhook targets"),
)


@dataclass(frozen=True)
class Hospital:
    """The hospital's details on letters and certificates, each in Japanese and in English."""

    name: tuple[str, str] = ("大学病院", "University Hospital")
    address: tuple[str, str] = ("", "")
    mail: str = ""
    signer: tuple[str, str] = ("", "")
    signer_title: tuple[str, str] = ("病院長", "Director of the Hospital")


@dataclass(frozen=True)
class Settings:
    """One service's settings. `secret(name)` reads a file of the secret directory."""

    service: str
    mongo_url: str
    amqp_url: str
    secret_dir: Path
    public_url: str
    internal_url: str
    smtp_url: str
    broker_prefix: str
    log_level: str
    web_workers: int
    worker_prefetch: int
    rate_limit: int
    time_zone: ZoneInfo
    webhook_allow: tuple[str, ...]
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = field(default="", repr=False)
    hospital_phone: str = ""
    hospital: Hospital = Hospital()
    heartbeat_file: Path | None = None

    @property
    def database(self) -> str:
        return f"imc_{self.service}"

    @property
    def embedded_broker(self) -> bool:
        return self.amqp_url.startswith("mongodb")

    def secret(self, name: str) -> bytes:
        """The content of a secret file without a final line end; a missing, empty or sample file is a BadSetting."""
        path = self.secret_dir / name
        try:
            content = path.read_bytes().strip()
        except OSError as error:
            raise BadSetting(f"IMC_SECRET_DIR/{name}", f"a readable file ({error.strerror})") from error
        if not content or content.lower().startswith((b"changeme", b"sample", b"example")):
            raise BadSetting(f"IMC_SECRET_DIR/{name}", "a secret of your own, not an empty or sample one")
        return content


def _reader(environ: Mapping[str, str]) -> tuple[Path, Mapping[str, str]]:
    directory = Path(environ.get("IMC_SECRET_DIR", ""))
    if not environ.get("IMC_SECRET_DIR") or not directory.is_dir():
        raise BadSetting("IMC_SECRET_DIR", "a directory of secret files")
    values = {}
    for variable in VARIABLES:
        file = directory / variable.name.lower()
        value = file.read_text().strip() if file.is_file() else environ.get(variable.name, variable.default)
        if value is None:
            raise BadSetting(variable.name, variable.meaning)
        values[variable.name] = value
    return directory, values


def _url(name: str, value: str, *schemes: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in schemes or not parts.netloc:
        raise BadSetting(name, f"a URL that starts with {' or '.join(s + '://' for s in schemes)}")
    return value.rstrip("/")


def _number(name: str, value: str, least: int) -> int:
    if not value.isascii() or not value.isdigit() or int(value) < least:
        raise BadSetting(name, f"a whole number from {least}")
    return int(value)


def _networks(name: str, value: str) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(ip_network(part.strip()) for part in value.split(",") if part.strip())
    except ValueError as error:
        raise BadSetting(name, "addresses or CIDR, such as 192.0.2.10 or 10.0.0.0/8, with commas between") from error


def _provider(value: Mapping[str, str]) -> dict[str, str]:
    """The hospital's OpenID Connect provider; its user (accounts' web process) checks that the secret exists."""
    issuer = value["IMC_OIDC_ISSUER"].strip()
    return {
        "oidc_issuer": _url("IMC_OIDC_ISSUER", issuer, "https", "http") if issuer else "",
        "oidc_client_id": value["IMC_OIDC_CLIENT_ID"].strip(),
        "oidc_client_secret": value["IMC_OIDC_CLIENT_SECRET"].strip(),
    }


def _hospital(value: Mapping[str, str]) -> Hospital:
    return Hospital(
        name=(value["IMC_HOSPITAL_NAME_JA"].strip(), value["IMC_HOSPITAL_NAME_EN"].strip()),
        address=(value["IMC_HOSPITAL_ADDRESS_JA"].strip(), value["IMC_HOSPITAL_ADDRESS_EN"].strip()),
        mail=value["IMC_HOSPITAL_MAIL"].strip(),
        signer=(value["IMC_HOSPITAL_SIGNER_JA"].strip(), value["IMC_HOSPITAL_SIGNER_EN"].strip()),
        signer_title=(value["IMC_HOSPITAL_SIGNER_TITLE_JA"].strip(), value["IMC_HOSPITAL_SIGNER_TITLE_EN"].strip()),
    )


def load(service: str, environ: Mapping[str, str] = os.environ) -> Settings:
    """Loads the settings of one service; raises BadSetting (a SystemExit) that names the first missing or malformed variable."""
    if service not in SERVICES:
        raise BadSetting("SERVICE", f"one of {', '.join(SERVICES)}")
    directory, value = _reader(environ)
    public = _url("IMC_PUBLIC_URL", value["IMC_PUBLIC_URL"], "http", "https")
    internal = value["IMC_INTERNAL_URL"]
    smtp = value["IMC_SMTP_URL"]
    level = value["IMC_LOG_LEVEL"].upper()
    if level not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        raise BadSetting("IMC_LOG_LEVEL", "DEBUG, INFO, WARNING or ERROR")
    try:
        zone = ZoneInfo(value["IMC_TIME_ZONE"])
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise BadSetting("IMC_TIME_ZONE", "a zone of the tz database, such as Asia/Tokyo") from error
    return Settings(
        service=service,
        mongo_url=_url("IMC_MONGO_URL", value["IMC_MONGO_URL"], "mongodb", "mongodb+srv"),
        amqp_url=_url("IMC_AMQP_URL", value["IMC_AMQP_URL"], "amqp", "amqps", "mongodb"),
        secret_dir=directory,
        public_url=public,
        internal_url=_url("IMC_INTERNAL_URL", internal, "http", "https") if internal else public,
        smtp_url=_url("IMC_SMTP_URL", smtp, "smtp", "smtps") if smtp else "",
        broker_prefix=value["IMC_BROKER_PREFIX"],
        log_level=level,
        web_workers=_number("IMC_WEB_WORKERS", value["IMC_WEB_WORKERS"], 1),
        worker_prefetch=_number("IMC_WORKER_PREFETCH", value["IMC_WORKER_PREFETCH"], 1),
        rate_limit=_number("IMC_RATE_LIMIT", value["IMC_RATE_LIMIT"], 0),
        time_zone=zone,
        webhook_allow=tuple(part.strip() for part in value["IMC_WEBHOOK_ALLOW"].split(",") if part.strip()),
        trusted_proxies=_networks("IMC_TRUSTED_PROXIES", value["IMC_TRUSTED_PROXIES"]),
        hospital_phone=value["IMC_HOSPITAL_PHONE"].strip(),
        hospital=_hospital(value),
        heartbeat_file=Path(value["IMC_HEARTBEAT_FILE"]) if value["IMC_HEARTBEAT_FILE"] else None,
        **_provider(value),
    )
