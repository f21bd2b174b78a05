"""One try of one e-mail over SMTP, with a Message-ID made from the notice's id: the same in every try.

Where the message was handed over but no answer came, nobody can know whether it arrived: the try ends `uncertain`. An
applicant's address and link come from training at this very moment (contact.py) and are gone with the try.
"""

import logging
import smtplib
import ssl
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from services.notify.actions.preferences import preferences_of
from services.notify.actions.sending.contact import contact_of
from services.notify.dependencies import Dependencies, Document
from services.notify.rules.audience import (
    ended_by,
    is_urgent,
    kind_of,
    link_of,
    page_of,
    still_says_so,
)
from services.notify.rules.event_data import OF_AGENCY
from services.notify.rules.mail_headers import mailbox, title
from services.notify.rules.notices import (
    DEAD,
    EMAIL,
    SCHEDULED,
    SUPPRESSED,
    TAKEN,
    UNCERTAIN,
    Notice,
    Outcome,
    failed,
)
from services.notify.rules.preferences import held_until, wants
from services.notify.rules.silence import silent
from services.notify.rules.texts import Written, department_codes
from services.notify.settings import FROM_START, STARTTLS, MailServer
from shared import mail_addresses
from shared.clock import parse_rfc3339
from shared.hpke import OpenError
from shared.ids import derived_id
from shared.mail_limits import AGENCY

log = logging.getLogger("imc.notify")
SECONDS = 8.0
SENDER = "International Medical Center"
NO_SUCH_PERSON = Outcome(SUPPRESSED, "no_address")


class Refused(Exception):
    """The server answered with a code that means no."""

    def __init__(self, code: int) -> None:
        super().__init__(str(code))
        self.code = code


def send_mail(deps: Dependencies, notice: Notice) -> Outcome:
    """Suppressed where there is no server or no address (any more)."""
    server = deps.delivery_config.mail
    if server is None:
        return Outcome(SUPPRESSED, "no_smtp")
    reader = _reader(deps, notice)
    if isinstance(reader, Outcome):
        return reader
    if _cause_is_gone(deps, notice, reader):
        return Outcome(SUPPRESSED, "cause_gone")
    if unwanted := _unwanted(deps, notice, reader["account_id"]):
        return unwanted
    if _over(deps, notice):
        return Outcome(SUPPRESSED, "offer_over")
    if until := _too_many(deps, notice):
        return Outcome(SCHEDULED, "mail_limit", until=until)
    departments = deps.store.department_names(department_codes([notice]))
    try:
        fields = notice["fields"] | {"reference": notice["reference"], "link": _link(deps, notice, reader)}
    except OpenError:
        return failed("secret_unreadable")
    written = deps.texts.write_mail(notice["text"], reader["language"], fields, departments)
    try:
        to = mail_addresses.wire(reader["email"])
    except mail_addresses.NotAnAddress:
        return Outcome(DEAD, "bad_address")
    outcome = hand_over(server, to, compose(server, notice, reader["name"], to, written))
    carried = reader.get("link_number") if reader.get("link") and reader["link"] in written.text else None
    return replace(outcome, link_number=carried)


def _reader(deps: Dependencies, notice: Notice) -> Document | Outcome:
    """Name, e-mail and language of who it is for; an applicant's link comes with them.

    Anybody may begin an application with somebody else's address: nothing they typed is in the mail, their name neither.
    """
    kind, _, id_ = notice["recipient"].partition(":")
    if kind == "applicant":
        found = contact_of(deps, id_)
        return found if isinstance(found, Outcome) else found | {"name": "", "account_id": None}
    if kind in OF_AGENCY:
        if reason := silent(deps.store.organization(notice["organization_id"])):
            return Outcome(SUPPRESSED, reason)
        return dict(notice["to"]) | {"account_id": None} if kind == "contact" else NO_SUCH_PERSON
    if kind == "account":
        return _who_signs_in(deps, id_)
    person = deps.store.interpreter(id_)
    if person is None:
        return failed("not_heard_of_yet")
    if not person["email"] or not person["active"]:
        return NO_SUCH_PERSON
    account = deps.store.account(person["account_id"]) if person["account_id"] else None
    language = (account or {}).get("language") or "ja"
    return {name: person[name] for name in ("email", "name", "account_id")} | {"language": language}


def _who_signs_in(deps: Dependencies, account_id: str) -> Document | Outcome:
    """Somebody of the house, at the address of their account."""
    account = deps.store.account(account_id)
    if account is None:
        return failed("not_heard_of_yet")
    if not account.get("email") or not account["enabled"]:
        return NO_SUCH_PERSON
    return {
        "name": account["name"],
        "email": account["email"],
        "language": account["language"],
        "account_id": account_id,
    }


def _unwanted(deps: Dependencies, notice: Notice, account_id: str | None) -> Outcome | None:
    """What a person has switched off, or wants at another hour. Asked at the last moment: what counts is what they want now."""
    if account_id is None or is_urgent(notice["text"]):
        return None
    wished = preferences_of(deps, account_id)
    if not wants(wished, kind_of(notice["text"]), EMAIL):
        return Outcome(SUPPRESSED, "preference")
    until = held_until(wished, notice, deps.clock(), deps.settings.time_zone)
    return Outcome(SCHEDULED, "quiet_hours", until=until) if until else None


def _too_many(deps: Dependencies, notice: Notice) -> datetime | None:
    """Until when an agency's contact gets no more: an agency makes its own mail, as fast as it calls. None of it is lost."""
    if not notice["recipient"].startswith("contact:") or not deps.settings.rate_limit:
        return None
    who = derived_id(str(notice["organization_id"]), notice["recipient"])
    return deps.store.take_mail(AGENCY, who, deps.clock())


def _cause_is_gone(deps: Dependencies, notice: Notice, reader: Document) -> bool:
    """Whether what it says was taken back since: an application in another state, a visit cancelled, an offer withdrawn."""
    if "status" in reader:
        return not still_says_so(notice["text"], reader["status"])
    ends = ended_by(notice["text"])
    return bool(ends) and "part_id" in notice and deps.store.was_told_later(notice, ends)


def _over(deps: Dependencies, notice: Notice) -> bool:
    """Whether it asks for an answer that would come too late."""
    ends = notice["fields"].get("expires_at")
    return bool(ends) and parse_rfc3339(ends) <= deps.clock()


def _link(deps: Dependencies, notice: Notice, reader: Document) -> str | None:
    """Where the reader goes on, if there is a page that they can open: an agency has none.

    An offer's and an applicant's are signed, in clear here and in the mail alone; raises OpenError.
    """
    if reader.get("link"):
        return link_of(notice["text"], reader["link"])
    if here := page_of(notice["text"], notice.get("application_id")):
        return deps.settings.public_url + here
    if sealed := notice.get("sealed_link"):
        return deps.settings.public_url + deps.delivery_config.open(sealed)
    return None


def compose(server: MailServer, notice: Notice, name: str, to: mail_addresses.Wire, written: Written) -> EmailMessage:
    """The message to one address under this name. Nothing in a name or title can add a header or a recipient."""
    message = EmailMessage(policy=SMTP)
    message["Message-ID"] = f"<{notice['_id']}@{server.domain}>"
    message["Date"] = format_datetime(notice["at"])
    message["From"] = mailbox("From", SENDER, server.sender)
    message["To"] = mailbox("To", name, to.spec)
    message["Subject"] = title("Subject", written.title)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no vacation answers
    message.set_content(written.text)
    return message


def hand_over(server: MailServer, to: mail_addresses.Wire, message: EmailMessage) -> Outcome:
    """Talks to the server step by step, because it matters after which step it fell silent."""
    try:
        client = _opened(server)
    except (OSError, smtplib.SMTPException) as error:
        return failed(_why_not_opened(server, error))
    if to.abroad and not client.has_extn("smtputf8"):
        _goodbye(client)
        return Outcome(DEAD, "no_smtputf8")
    try:
        content = _up_to_data(client, server, to, message)
    except Refused as refusal:
        client.close()
        return _refused(refusal.code)
    except (OSError, smtplib.SMTPException, UnicodeError) as error:
        client.close()
        return failed(_why(error))
    try:
        code = _content(client, content)
    except (OSError, smtplib.SMTPException):
        client.close()
        return Outcome(UNCERTAIN, "no_answer_after_data")
    _goodbye(client)
    return TAKEN if code == 250 else _refused(code)


def _opened(server: MailServer) -> smtplib.SMTP:
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


def _up_to_data(client: smtplib.SMTP, server: MailServer, to: mail_addresses.Wire, message: EmailMessage) -> bytes:
    """Sender, recipient and DATA; until here nothing was handed over. Raises Refused.

    Addresses are written as they are: smtplib's own `mail` and `rcpt` parse them anew, and not every quoted one survives.
    """
    content = message.as_bytes(policy=SMTP.clone(utf8=to.abroad))
    client.command_encoding = "utf-8" if to.abroad else "ascii"
    options = " SMTPUTF8 BODY=8BITMIME" if to.abroad else ""
    _expect(client.docmd("MAIL", f"FROM:<{server.sender}>{options}"), (250,))
    _expect(client.docmd("RCPT", f"TO:<{to.spec}>"), (250, 251))
    _expect(client.docmd("DATA"), (354,))
    return content


def _content(client: smtplib.SMTP, content: bytes) -> int:
    """The message and its final dot; returns the code that answers it."""
    lines = content.replace(b"\r\n.", b"\r\n..")  # RFC 5321 4.5.2
    if lines.startswith(b"."):
        lines = b"." + lines
    client.send(lines + (b"" if lines.endswith(b"\r\n") else b"\r\n") + b".\r\n")
    return client.getreply()[0]


def _expect(answer: tuple[int, bytes], codes: Iterable[int]) -> None:
    if answer[0] not in codes:
        raise Refused(answer[0])


def _goodbye(client: smtplib.SMTP) -> None:
    try:
        client.quit()
    except (OSError, smtplib.SMTPException):
        client.close()


def _refused(code: int) -> Outcome:
    """5xx is for good, everything else for now (RFC 5321 4.2.1)."""
    return Outcome(DEAD, f"smtp_{code}") if 500 <= code < 600 else failed(f"smtp_{code}")


def _why_not_opened(server: MailServer, error: Exception) -> str:
    """A server that does not prove who it is gets no mail: operators are told which setting that is about."""
    why = _why(error)
    if why in ("starttls_not_offered", "certificate", "tls"):
        log.warning(
            "%s:%s gets no mail (%s): %s. See IMC_SMTP_URL in deploy/settings.md", server.host, server.port, why, error
        )
    return why


def _why(error: Exception) -> str:
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
