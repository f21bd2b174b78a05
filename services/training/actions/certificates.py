"""Certificates: issued in the background within seconds of completion, so that no page waits for a PDF; and the public check of a code.

A name that no font here can print is set in Latin letters (`in_latin`); one that cannot be written in Latin letters either is recorded as failed.
A code that was never issued costs the same look-ups and decryption as a valid one. Not here: how often a code may be tried (the routes).
"""

import logging
from datetime import datetime
from io import BytesIO
from typing import NamedTuple

from services.training.actions import letters
from services.training.actions.application_records import ApplicationChange, load_change
from services.training.dependencies import Dependencies
from services.training.rules import certificates, states
from services.training.rules.faults import NoSuchCertificate, TransitionNotAllowed
from services.training.rules.records.applicants import Identity
from services.training.rules.records.applications import Application
from shared.command_context import CommandContext
from shared.errors import Refusal
from shared.events import training
from shared.ids import new_id
from shared.outbox.records import StaleRecord
from shared.pdf import MissingGlyphs, NotRendered
from shared.sealing import DataKey, Unreadable, service_key

TIMER = "certificates"
MISSING_GLYPHS, NOT_RENDERED, ERASED = "missing_glyphs", "not_rendered", "erased"
FAULTS: dict[type[Exception], str] = {Unreadable: ERASED}
log = logging.getLogger("imc.training")


def issue_requested(deps: Dependencies, now: datetime) -> None:
    """Issues requested certificates, the oldest request first. Run by a timer; after a killed run the request remains."""
    for application in deps.store.certificates_requested():
        change = ApplicationChange(
            deps.store, application, CommandContext(now, f"timer:{TIMER}", new_id()), deps.settings.time_zone
        )
        try:
            _issue(deps, change)
        except StaleRecord:
            continue  # somebody wrote in it meanwhile: the next run looks again
        except (Unreadable, NotRendered, Refusal) as error:
            _record_failure(deps, application, now, FAULTS.get(type(error), NOT_RENDERED))


def _record_failure(deps: Dependencies, application: Application, now: datetime, fault: str) -> None:
    """Ends the request and records the reason: others wait behind it."""
    log.warning("certificate of %s was not made: %s", application["reference"], fault)
    change = ApplicationChange(
        deps.store, application, CommandContext(now, f"timer:{TIMER}", new_id()), deps.settings.time_zone
    )
    certificate = application["certificate"]
    assert certificate is not None, "a certificate was requested"
    change.application["certificate"] = {**certificate, "requested_at": None, "fault": fault}
    change.add_event(training.ApplicationOverdue, what="certificate")
    try:
        change.save()
    except StaleRecord:
        return


def _issue(deps: Dependencies, change: ApplicationChange) -> None:
    certificate = change.application["certificate"]
    assert certificate is not None, "a certificate was requested"
    try:
        content, in_latin = _render(deps, change.application, bool(certificate.get("in_latin")))
    except MissingGlyphs:
        _record_failure(deps, change.loaded, change.context.now, MISSING_GLYPHS)
        return
    key = deps.store.keyring.open(change.application["_id"])
    texts = key.open("certificate", certificate["sealed"]) | letters.certificate_texts(deps, change.application)
    sealed = key.seal("certificate", texts)
    change.add_event(training.CertificateIssued, certificate_id=certificate["id"])
    with deps.store.files.until_named() as put:
        file = put(key.seal_stream("certificate", BytesIO(content)))
        change.application["certificate"] = {
            **certificate,
            "requested_at": None,
            "fault": None,
            "in_latin": in_latin,
            "issued_at": change.context.now,
            "sealed": sealed,
            "file": file,
        }
        change.save()
    if certificate["file"]:
        deps.store.files.drop(certificate["file"])


def _render(deps: Dependencies, application: Application, in_latin: bool) -> tuple[bytes, bool]:
    """Returns the PDF, and whether its name is in Latin letters only. Raises MissingGlyphs where not even those can be written."""
    try:
        return letters.certificate_pdf(deps, application, in_latin), in_latin
    except MissingGlyphs:
        if in_latin:
            raise
        return letters.certificate_pdf(deps, application, True), True


def request_certificate(
    deps: Dependencies, application_id: str, in_latin: bool, context: CommandContext
) -> Application:
    """Requests a certificate again, after a failure or a corrected name; the code stays. Raises TransitionNotAllowed."""
    change = load_change(deps.store, application_id, context, deps.settings.time_zone)
    certificate = change.application.get("certificate")
    if change.status != states.COMPLETED or certificate is None:
        raise TransitionNotAllowed("application", change.status, "certificate", states.commands(change.application))
    change.application["certificate"] = certificate | {"requested_at": context.now, "fault": None, "in_latin": in_latin}
    change.add_event(training.ApplicationUpdated, fields=("certificate",))
    return change.save()


class CodedCertificate(NamedTuple):
    """What of an application the check of a code looks up and decrypts."""

    application_id: str
    programme_id: str
    certificate: bytes
    identity: bytes
    issued_at: datetime | None = None


def verify(deps: Dependencies, code: str) -> dict[str, object]:
    """Returns `name` and `title` in their scripts and languages, and `issued_on`. Raises NoSuchCertificate."""
    store = deps.store
    record = _issued(store.application_by_certificate(certificates.hashed_code(deps.secrets.certificates, code)))
    wanted = record or _decoy()
    key = store.keyring.open_many([wanted.application_id]).get(wanted.application_id)
    programme = store.programmes.get(wanted.programme_id)
    texts = _certificate_contents(key or _decoy_key(), wanted)
    if wanted.issued_at is None or key is None or texts is None or programme is None:
        raise NoSuchCertificate()
    day = wanted.issued_at.astimezone(deps.settings.time_zone).date()
    return {
        "name": texts.get("name") or {},
        "title": texts.get("title") or dict(programme["title"]),
        "issued_on": day.isoformat(),
    }


def _issued(application: Application | None) -> CodedCertificate | None:
    certificate = application["certificate"] if application else None
    if application is None or certificate is None or not certificate["issued_at"]:
        return None
    identity = application["sealed"]["identity"]
    return CodedCertificate(
        application["_id"], application["programme_id"], certificate["sealed"], identity, certificate["issued_at"]
    )


def _certificate_contents(key: DataKey, record: CodedCertificate) -> dict[str, object] | None:
    """Returns what the certificate states; the applicant's name where it states none."""
    try:
        texts: dict[str, object] = key.open("certificate", record.certificate)
        identity: Identity = key.open("identity", record.identity)
    except Unreadable:
        return None
    return {"name": identity.get("name"), **texts}


def _decoy() -> CodedCertificate:
    """Returns a record that costs as much to look up and decrypt as that of a valid code."""
    sealed = _decoy_key().seal("certificate", {"code": "", "name": {"latin": "-"}})
    return CodedCertificate(new_id(), new_id(), sealed, _decoy_key().seal("identity", {}))


def _decoy_key() -> DataKey:
    return service_key(bytes(32))
