"""Sends one message over SMTP. Where the message was sent but no answer came, nobody can know whether it arrived: it ends `uncertain`."""

import logging
import smtplib
import ssl
from collections.abc import Iterable
from email.message import EmailMessage
from email.policy import SMTP

from services.notify.rules.notifications import DEAD, DELIVERED_NOW, UNCERTAIN, Outcome, failure
from services.notify.settings import FROM_START, STARTTLS, MailServer
from shared import mail_addresses

log = logging.getLogger("imc.notify")
SECONDS = 8.0


class Rejected(Exception):
    """The server answered with a code that is not the expected one."""

    def __init__(self, code: int) -> None:
        super().__init__(str(code))
        self.code = code


def transmit(server: MailServer, to: mail_addresses.Wire, message: EmailMessage) -> Outcome:
    """Sends a message to one address, command by command, because it matters after which one the server stopped answering."""
    try:
        client = _connect(server)
    except (OSError, smtplib.SMTPException) as error:
        return failure(_connect_failure(server, error))
    if to.abroad and not client.has_extn("smtputf8"):
        _quit(client)
        return Outcome(DEAD, "no_smtputf8")
    try:
        content = _start_data(client, server, to, message)
    except Rejected as rejection:
        client.close()
        return _rejected(rejection.code)
    except (OSError, smtplib.SMTPException, UnicodeError) as error:
        client.close()
        return failure(_reason(error))
    try:
        code = _send_content(client, content)
    except (OSError, smtplib.SMTPException):
        client.close()
        return Outcome(UNCERTAIN, "no_answer_after_data")
    _quit(client)
    return DELIVERED_NOW if code == 250 else _rejected(code)


def _connect(server: MailServer) -> smtplib.SMTP:
    tls = ssl.create_default_context()
    if not server.verified:
        tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
    if server.tls == FROM_START:
        client: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, server.domain, timeout=SECONDS, context=tls)
    else:
        client = smtplib.SMTP(server.host, server.port, server.domain, timeout=SECONDS)
    try:
        client.ehlo_or_helo_if_needed()
        if server.tls == STARTTLS:
            client.starttls(context=tls)
            client.ehlo()
        if server.user:
            client.login(server.user, server.password)
    except BaseException:
        client.close()
        raise
    return client


def _start_data(client: smtplib.SMTP, server: MailServer, to: mail_addresses.Wire, message: EmailMessage) -> bytes:
    """Sends MAIL, RCPT and DATA, before the message, and returns its bytes. Raises Rejected.

    Addresses are written unchanged: smtplib's own `mail` and `rcpt` parse them again, which damages some quoted ones.
    """
    content = message.as_bytes(policy=SMTP.clone(utf8=to.abroad))
    client.command_encoding = "utf-8" if to.abroad else "ascii"
    options = " SMTPUTF8 BODY=8BITMIME" if to.abroad else ""
    _expect(client.docmd("MAIL", f"FROM:<{server.sender}>{options}"), (250,))
    _expect(client.docmd("RCPT", f"TO:<{to.spec}>"), (250, 251))
    _expect(client.docmd("DATA"), (354,))
    return content


def _send_content(client: smtplib.SMTP, content: bytes) -> int:
    """Sends the message and its final dot; returns the reply code."""
    lines = content.replace(b"\r\n.", b"\r\n..")  # RFC 5321 4.5.2
    if lines.startswith(b"."):
        lines = b"." + lines
    client.send(lines + (b"" if lines.endswith(b"\r\n") else b"\r\n") + b".\r\n")
    return client.getreply()[0]


def _expect(answer: tuple[int, bytes], codes: Iterable[int]) -> None:
    if answer[0] not in codes:
        raise Rejected(answer[0])


def _quit(client: smtplib.SMTP) -> None:
    try:
        client.quit()
    except (OSError, smtplib.SMTPException):
        client.close()


def _rejected(code: int) -> Outcome:
    """Returns the outcome by the reply code: 5xx is permanent, everything else transient (RFC 5321 4.2.1)."""
    return Outcome(DEAD, f"smtp_{code}") if 500 <= code < 600 else failure(f"smtp_{code}")


def _connect_failure(server: MailServer, error: Exception) -> str:
    """Returns the reason; a server that does not prove its identity gets no mail, and the log names the setting for operators."""
    reason = _reason(error)
    if reason in ("starttls_not_offered", "certificate", "tls"):
        log.warning(
            "%s:%s gets no mail (%s): %s. See IMC_SMTP_URL in deploy/settings.md",
            server.host,
            server.port,
            reason,
            error,
        )
    return reason


def _reason(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return "starttls_not_offered"
    if isinstance(error, ssl.SSLCertVerificationError):
        return "certificate"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"smtp_{error.smtp_code}"
    if isinstance(error, TimeoutError):
        return "timeout"
    if isinstance(error, ConnectionRefusedError):
        return "connection_refused"
    return "tls" if isinstance(error, ssl.SSLError) else "connection_lost"
