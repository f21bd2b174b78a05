"""E-mail to a real SMTP server: what it says, when it is tried again, and what happens when nobody knows whether it arrived."""

import asyncio
import email
import email.policy
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import getaddresses
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from pymongo.database import Database

from deploy.local.mongod import free_port
from services.notify.actions.outcomes import settle
from services.notify.rules.notifications import DELAYS
from services.notify.settings import mail_server
from shared.command_context import CommandContext
from shared.events.accounts import AccountCreated
from shared.events.partners import Contact
from shared.mail_addresses import wire
from shared.settings import BadSetting
from tests.ports import refusing_port
from tests.unit.notify.world import Case, World, settings_of


class Post:
    """A real SMTP server on this machine; each step answers what the test wants."""

    def __init__(self, **answers: str) -> None:
        self.got: list[EmailMessage] = []
        self.answers = answers
        self.envelopes: list[tuple[str, str]] = []
        self.rcpt: list[str] = []
        self.raw: list[bytes] = []

    async def handle_RCPT(self, server: SMTP, session: Any, envelope: Any, to: str, options: list[str]) -> str:
        if answer := self.answers.get("rcpt"):
            return answer
        envelope.rcpt_tos.append(to)
        return "250 ok"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        self.raw.append(envelope.content)
        self.envelopes.append((envelope.mail_from, envelope.rcpt_tos[0]))
        self.got.append(email.message_from_bytes(envelope.content, policy=email.policy.default))  # type: ignore[arg-type]
        if self.answers.get("data") == "silence":
            server.transport.close()  # type: ignore[union-attr]
        return self.answers.get("data", "250 kept")


@pytest.fixture
def post() -> Iterator[Post]:
    yield Post()


@pytest.fixture
def server(post: Post) -> Iterator[str]:
    controller = Controller(post, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield f"smtp://127.0.0.1:{controller.port}?from=desk@hospital.example"
    controller.stop()


@pytest.fixture
def world(database: Database, tmp_path: Path, server: str) -> World:
    return World(database, tmp_path, smtp=server)


def confirm(world: World, **interpreter: Any) -> None:
    world.interpreter(**interpreter)
    world.consume(Case(organization_id=None).confirmed(world.now + timedelta(days=1)))


def test_an_interpreter_reads_it_in_japanese_without_anything_of_the_patient(world: World, post: Post) -> None:
    confirm(world)
    world.send()
    (mail,) = post.got
    notice = world.notification(channel="email")
    assert mail["Message-ID"] == f"<{notice['_id']}@imc.hospital.example>"
    assert mail["To"] == "TANAKA Yuki <yuki@hospital.example>" and mail["Auto-Submitted"] == "auto-generated"
    assert mail["Subject"].startswith("通訳予約の確定：") and "（日本時間）" in mail["Subject"]
    text = mail.get_content()
    assert "タイ語" in text and "R-26-00427-K" in text and "Outpatient 3" in text
    assert post.envelopes == [("desk@hospital.example", "yuki@hospital.example")]
    assert notice["status"] == "delivered"
    assert [event["type"] for event in world.published()] == ["notify.notification.delivered.v1"]


def test_the_language_is_the_readers(world: World, post: Post) -> None:
    account = AccountCreated(account_id="a1", username="yuki", roles=("interpreter",), language="en")
    world.consume(world.received_event(account, "a1"))
    confirm(world, account_id="a1")
    world.organization(
        contacts=(
            Contact(name="Malee", email="malee@agency.example", language="en"),
            Contact(name="鈴木", email="suzuki@agency.example", language="ja"),
        )
    )
    world.consume(Case().booked(world.now))
    world.send()
    subjects = {mail["To"].addresses[0].addr_spec: mail["Subject"] for mail in post.got}
    assert subjects["yuki@hospital.example"].startswith("Booking confirmed:")
    assert subjects["malee@agency.example"] == "Referral R-26-00427-K: visit booked"
    assert subjects["suzuki@agency.example"] == "【R-26-00427-K】来院予約のお知らせ"
    to_agency = next(mail.get_content() for mail in post.got if "malee" in mail["To"])
    assert "(Japan time, UTC+09:00)" in to_agency and "Your reference: BKK-2291" in to_agency


def test_a_transient_rejection_is_tried_again_with_the_same_message_id(world: World, post: Post) -> None:
    post.answers["data"] = "451 later"
    confirm(world)
    world.send()
    assert world.notification(channel="email")["reason"] == "smtp_451"
    post.answers["data"] = "250 kept"
    world.move(seconds=40)
    world.send()
    assert world.notification(channel="email")["status"] == "delivered"
    assert len(post.got) == 2 and len({mail["Message-ID"] for mail in post.got}) == 1


def test_a_permanent_rejection_ends_it(world: World, post: Post) -> None:
    post.answers["rcpt"] = "550 no such person"
    confirm(world)
    world.send()
    notice = world.notification(channel="email")
    assert (notice["status"], notice["reason"], notice["attempts"]) == ("dead", "smtp_550", 1)
    assert [event["type"] for event in world.published()] == ["notify.notification.dead.v1"]


def test_a_server_away_is_tried_for_a_day_then_it_is_dead(database: Database, tmp_path: Path) -> None:
    with refusing_port() as port:
        world = World(database, tmp_path, smtp=f"smtp://127.0.0.1:{port}")
        confirm(world)
        began = world.now
        while (notice := world.notification(channel="email"))["status"] != "dead":
            world.now = max(world.now, notice["due_at"])
            world.send(1)
    assert notice["attempts"] == len(DELAYS["email"]) + 1 and notice["reason"] == "connection_refused"
    assert timedelta(hours=21) < world.now - began < timedelta(hours=27)


def test_no_answer_after_the_message_is_uncertain(world: World, post: Post) -> None:
    post.answers["data"] = "silence"
    confirm(world)
    world.send()
    notice = world.notification(channel="email")
    assert (notice["status"], notice["reason"]) == ("uncertain", "no_answer_after_data")
    world.move(days=2)
    world.send()
    assert len(post.got) == 1 and not world.published()


def test_a_crash_inside_sending_is_for_a_person_to_settle(world: World, post: Post) -> None:
    confirm(world)
    (due,) = world.deps.store.due("email", world.now, [], [], 10)
    assert world.deps.store.claim([due], world.now, world.now + timedelta(seconds=180))
    world.move(seconds=181)
    world.send()
    notice = world.notification(channel="email")
    assert (notice["status"], notice["reason"], post.got) == ("uncertain", "crashed_while_sending", [])
    context = CommandContext(world.now, "account:desk", "request")
    settle(world.deps, notice["_id"], False, context)
    world.send()
    (mail,) = post.got
    assert (
        mail["Message-ID"].startswith(f"<{notice['_id']}@")
        and world.notification(channel="email")["status"] == "delivered"
    )


def test_settled_as_delivered_is_published_and_not_sent(world: World, post: Post) -> None:
    post.answers["data"] = "silence"
    confirm(world)
    world.send()
    context = CommandContext(world.now, "account:desk", "request")
    settle(world.deps, world.notification(channel="email")["_id"], True, context)
    assert [event["type"] for event in world.published()] == ["notify.notification.delivered.v1"] and len(post.got) == 1


def test_mail_without_an_address_is_suppressed(world: World, post: Post) -> None:
    confirm(world, email=None)
    world.send()
    assert (world.notification(channel="email")["status"], world.notification(channel="email")["reason"]) == (
        "suppressed",
        "no_address",
    )


def test_an_interpreter_consumed_late_gets_the_mail(world: World, post: Post) -> None:
    world.consume(Case().confirmed(world.now))
    world.send()
    assert world.notification(channel="email")["reason"] == "recipient_not_known_yet"
    world.interpreter()
    world.move(minutes=1)
    world.send()
    assert len(post.got) == 1


def test_a_name_or_address_adds_no_header(world: World, post: Post) -> None:
    world.organization(
        contacts=(
            Contact(name='Malee"\r\nBcc: all@agency.example', email="malee@agency.example"),
            Contact(name="x", email="x@agency.example\r\nBcc: all@agency.example"),
        )
    )
    world.consume(Case().accepted())
    world.send()
    (mail,) = post.got
    assert mail["Bcc"] is None and [envelope[1] for envelope in post.envelopes] == ["malee@agency.example"]
    assert {notice["status"] for notice in world.notifications(channel="email")} == {"delivered", "dead"}


def test_lines_that_begin_with_a_dot_arrive_whole(post: Post, server: str, world: World) -> None:
    from services.notify.actions.delivery.mail import compose
    from services.notify.actions.delivery.smtp import transmit
    from services.notify.rules.texts import RenderedText

    known = mail_server(world.settings)
    assert known is not None
    written = RenderedText("dots", ".first\n..second\n.\nlast")
    to = wire("malee@agency.example")
    message = compose(known, {"_id": "n1", "at": world.now}, "Malee", to, written)
    assert transmit(known, to, message).result == "delivered"
    assert post.got[0].get_content().replace("\r\n", "\n").rstrip("\n") == ".first\n..second\n.\nlast"


def test_a_mail_server_that_hangs_does_not_delay_webhooks(database: Database, tmp_path: Path) -> None:
    from tests.unit.notify.world import Receiver

    with socket.create_server(("127.0.0.1", 0)) as silent:
        world = World(database, tmp_path, smtp=f"smtp://127.0.0.1:{silent.getsockname()[1]}")
        agency = Receiver()
        world.interpreter()
        world.endpoint(agency.url)
        world.consume(*[Case().confirmed(world.now) for _ in range(6)], *[Case().received() for _ in range(6)])
        stop = threading.Event()
        threads = [
            threading.Thread(target=sender.run, args=(world.deps, stop)) for sender in (world.mail, world.webhooks)
        ]
        for thread in threads:
            thread.start()
        for _ in range(200):
            if len(agency.got) >= 6:
                break
            stop.wait(0.05)
        assert len(agency.got) >= 6
        stop.set()
        for thread in threads:
            thread.join(10)
        assert not any(thread.is_alive() for thread in threads)
        agency.close()


def test_signing_in_to_the_mail_server(database: Database, tmp_path: Path) -> None:
    seen: list[tuple[bytes, bytes]] = []

    def check(_: Any, __: Any, ___: Any, mechanism: str, data: Any) -> AuthResult:
        seen.append((data.login, data.password))
        return AuthResult(success=True)

    post = Post()
    controller = Controller(
        post, hostname="127.0.0.1", port=free_port(), authenticator=check, auth_required=True, auth_require_tls=False
    )
    controller.start()
    world = World(database, tmp_path, smtp=f"smtp://imc:p%40ss@127.0.0.1:{controller.port}")
    confirm(world)
    world.send()
    controller.stop()
    assert seen == [(b"imc", b"p@ss")] and len(post.got) == 1


@pytest.mark.parametrize(
    "url",
    [
        "smtp://h:99999",
        "smtp://h?from=nobody",
        "smtp://h?tls=no",
        "smtp://h?x=1",
        "smtp://h?x",
        "smtp://h?tls=none&tls=required",
        "smtps://h?tls=none",
        "smtp://u:p@h?tls=none",
        "smtp://h?from=花子@hospital.example",
    ],
)
def test_a_malformed_mail_url_stops_the_process_with_one_line(url: str, tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="IMC_SMTP_URL: expected"):
        mail_server(settings_of(tmp_path, (), url))


def test_a_password_is_never_sent_in_clear_over_the_network(tmp_path: Path) -> None:
    def tls(url: str) -> str | None:
        server = mail_server(settings_of(tmp_path, (), url))
        return server.tls if server else None

    assert tls("") is None and tls("smtps://mail.example") == "from_start"
    assert tls("smtp://mail.example") == tls("smtp://u:p@mail.example") == "starttls"
    assert tls("smtp://127.0.0.1?tls=required") == tls("smtp://u:p@10.0.0.5?tls=unverified") == "starttls"
    assert {tls(f"smtp://{host}") for host in ("127.0.0.1", "u:p@127.0.0.1", "localhost", "[::1]")} == {"in_clear"}
    assert tls("smtp://mail.example?tls=none") == "in_clear"


# addresses and names as they arrive


class Listening(SMTP):
    """Keeps RCPT as it came over the wire: aiosmtpd's own reading of it takes quotes off."""

    async def smtp_RCPT(self, arg: str) -> None:
        self.event_handler.rcpt.append(arg)
        await super().smtp_RCPT(arg)


class Wire(Controller):
    def factory(self) -> SMTP:
        return Listening(self.handler, **self.SMTP_kwargs)


def notified_at(database: Database, tmp_path: Path, smtputf8: bool, *contacts: Contact) -> tuple[World, Post]:
    post = Post()
    controller = Wire(post, hostname="127.0.0.1", port=free_port(), enable_SMTPUTF8=smtputf8)
    controller.start()
    world = World(database, tmp_path, smtp=f"smtp://127.0.0.1:{controller.port}?from=desk@hospital.example")
    world.organization(contacts=contacts)
    world.consume(Case().accepted())
    world.send()
    controller.stop()
    return world, post


@pytest.mark.parametrize("smtputf8", [True, False])
@pytest.mark.parametrize(
    ("kept", "arrives"),
    [
        ("info@例え.jp", "info@xn--r8jz45g.jp"),
        (".hanako@softbank.ne.jp", '".hanako"@softbank.ne.jp'),
        ("a..b@docomo.ne.jp", '"a..b"@docomo.ne.jp'),
        ("abc.@docomo.ne.jp", '"abc."@docomo.ne.jp'),
        ('"night desk"@agency.example', '"night desk"@agency.example'),
        ('"a@b"@mañana.example', '"a@b"@xn--maana-pta.example'),
    ],
)
def test_an_address_arrives_in_envelope_and_header_as_smtp_writes_it(
    database: Database, tmp_path: Path, kept: str, arrives: str, smtputf8: bool
) -> None:
    name = "Rahman-Idris, Yusuf (night desk), Eastern Gulf Medical Assistance and Repatriation Services"
    world, post = notified_at(database, tmp_path, smtputf8, Contact(name=name, email=kept))
    assert len(post.got) == 1
    assert post.rcpt == [f"TO:<{arrives}>"]
    assert getaddresses([email.message_from_bytes(post.raw[0])["To"]]) == [(name, arrives)]
    assert world.notification(channel="email")["status"] == "delivered"


@pytest.mark.parametrize(("smtputf8", "ends"), [(True, ("delivered", None)), (False, ("dead", "no_smtputf8"))])
def test_a_local_part_with_letters_is_sent_only_where_the_server_accepts_it(
    database: Database, tmp_path: Path, smtputf8: bool, ends: tuple[str, str | None]
) -> None:
    world, post = notified_at(database, tmp_path, smtputf8, Contact(name="鈴木, 花子", email="花子@例え.jp"))
    notice = world.notification(channel="email")
    assert (notice["status"], notice["reason"]) == ends
    assert [to for _, to in post.envelopes] == (["花子@xn--r8jz45g.jp"] if smtputf8 else [])
    if smtputf8:
        assert post.got[0]["To"].addresses[0].display_name == "鈴木, 花子"


# the server proves who it is


def certified(tmp_path: Path, host: str) -> tuple[ssl.SSLContext, Path]:
    """A server's context and the file of who vouches for it."""
    now, key = datetime.now(UTC), ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(host))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    certificate, private = tmp_path / "server.pem", tmp_path / "server.key"
    certificate.write_bytes(made.public_bytes(Encoding.PEM))
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, private)
    return context, certificate


@pytest.mark.parametrize(
    ("starttls", "trusted", "asked", "ends"),
    [
        (True, True, "required", ("delivered", None)),
        (True, False, "required", ("failed", "certificate")),
        (True, False, "unverified", ("delivered", None)),
        (False, True, "required", ("failed", "starttls_not_offered")),
        (False, True, "unverified", ("failed", "starttls_not_offered")),
        (False, True, "none", ("delivered", None)),
    ],
)
def test_a_server_without_a_valid_certificate_gets_no_mail(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, post: Post,
    starttls: bool, trusted: bool, asked: str, ends: tuple[str, str | None],
) -> None:  # fmt: skip
    context, certificate = certified(tmp_path, "127.0.0.1")
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    controller = Controller(
        post,
        hostname="127.0.0.1",
        port=free_port(),
        tls_context=context if starttls else None,
        require_starttls=starttls,
    )
    controller.start()
    world = World(database, tmp_path, smtp=f"smtp://127.0.0.1:{controller.port}?tls={asked}")
    confirm(world)
    world.send()
    controller.stop()
    notice = world.notification(channel="email")
    assert (notice["status"], notice["reason"]) == ends and len(post.got) == (ends[0] == "delivered")


def test_an_unverified_connection_is_warned_of(tmp_path: Path) -> None:
    def warning(url: str) -> str | None:
        server = mail_server(settings_of(tmp_path, (), url))
        assert server is not None
        return server.warning

    for quiet in ("smtp://mail.example", "smtps://mail.example", "smtp://127.0.0.1", "smtp://localhost?tls=none"):
        assert warning(quiet) is None
    assert "in clear" in str(warning("smtp://mail.example?tls=none"))
    for loud in ("smtp://mail.example?tls=unverified", "smtps://u:p@mail.example?tls=unverified"):
        assert "whatever certificate" in str(warning(loud)) and "u:p" not in str(warning(loud))


SENDER = """
import sys, threading
from pathlib import Path
import pymongo
from services.notify.dependencies import Dependencies
from services.notify.settings import DeliveryConfig
from services.notify.actions.delivery.dispatcher import MAIL, Dispatcher
from services.notify.rules.texts import Texts
from services.notify.store.store import Store
from shared.clock import utc_now
from tests.unit.notify.world import settings_of
mongo_url, name, secrets, smtp = sys.argv[1:]
settings = settings_of(Path(secrets), (), smtp)
store = Store(pymongo.MongoClient(mongo_url, tz_aware=True)[name])
Dispatcher(MAIL).run(Dependencies(store, utc_now, settings, Texts(), DeliveryConfig(settings)), threading.Event())
"""


def test_a_process_killed_inside_sending_leaves_it_uncertain(
    mongo_url: str, database: Database, tmp_path: Path
) -> None:
    entered, held = threading.Event(), Post()

    async def hold(*_: Any) -> str:
        entered.set()
        await asyncio.sleep(60)
        return "250 kept"

    held.handle_DATA = hold  # type: ignore[method-assign]
    controller = Controller(held, hostname="127.0.0.1", port=free_port())
    controller.start()
    world = World(database, tmp_path, smtp=f"smtp://127.0.0.1:{controller.port}")
    confirm(world)
    told = [mongo_url, database.name, str(tmp_path / "notify"), world.settings.smtp_url]
    process = subprocess.Popen([sys.executable, "-c", SENDER, *told])
    try:
        assert entered.wait(60)
    finally:
        process.kill()
        process.wait(10)
    assert world.notification(channel="email")["status"] == "sending"
    world.move(seconds=300)
    world.send()
    assert world.notification(channel="email")["status"] == "uncertain" and not world.published()
    controller.stop()
