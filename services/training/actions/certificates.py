"""Certificates: issued in the background within seconds of completion, so that no page waits for a PDF; and the public check of a code.

A name that no font here can print is set in Latin letters (`in_latin`); one that cannot be written in Latin letters either is recorded as failed.
A code that was never issued costs the same look-ups and decryption as a valid one. Not here: how often a code may be tried (the routes).
"""

import logging
from datetime import datetime
from io import BytesIO
from typing import Any

from services.training.actions import letters
from services.training.actions.application_records import ApplicationChange, load_change
from services.training.dependencies import Dependencies
from services.training.rules import certificates, states
from services.training.rules.faults import NoSuchCertificate, TransitionNotAllowed
from shared.command_context import CommandContext
from shared.errors import Refusal
from shared.events import training
from shared.ids import new_id
from shared.outbox.records import StaleRecord
from shared.pdf import MissingGlyphs, NotRendered
from shared.sealing import DataKey, Unreadable, service_key

Document = dict[str, Any]
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


def _record_failure(deps: Dependencies, application: Document, now: datetime, fault: str) -> None:
    """Ends the request and records the reason: others wait behind it."""
    log.warning("certificate of %s was not made: %s", application["reference"], fault)
    change = ApplicationChange(
        deps.store, application, CommandContext(now, f"timer:{TIMER}", new_id()), deps.settings.time_zone
    )
    change.application["certificate"] = application["certificate"] | {"requested_at": None, "fault": fault}
    change.add_event(training.ApplicationOverdue, what="certificate")
    try:
        change.save()
    except StaleRecord:
        return


def _issue(deps: Dependencies, change: ApplicationChange) -> None:
    certificate = change.application["certificate"]
    try:
        content, in_latin = _render(deps, change.application, bool(certificate.get("in_latin")))
    except MissingGlyphs:
        _record_failure(deps, change.loaded, change.context.now, MISSING_GLYPHS)
        return
    key = deps.store.keyring.open(change.application["_id"])
    texts = key.open("certificate", certificate["sealed"]) | letters.certificate_texts(deps, change.application)
    issued = {
        "requested_at": None,
        "fault": None,
        "in_latin": in_latin,
        "issued_at": change.context.now,
        "sealed": key.seal("certificate", texts),
    }
    change.add_event(training.CertificateIssued, certificate_id=certificate["id"])
    with deps.store.files.until_named() as put:
        file = put(key.seal_stream("certificate", BytesIO(content)))
        change.application["certificate"] = certificate | issued | {"file": file}
        change.save()
    if certificate["file"]:
        deps.store.files.drop(certificate["file"])


def _render(deps: Dependencies, application: Document, in_latin: bool) -> tuple[bytes, bool]:
    """Returns the PDF, and whether its name is in Latin letters only. Raises MissingGlyphs where not even those can be written."""
    try:
        return letters.certificate_pdf(deps, application, in_latin), in_latin
    except MissingGlyphs:
        if in_latin:
            raise
        return letters.certificate_pdf(deps, application, True), True


def request_certificate(deps: Dependencies, application_id: str, in_latin: bool, context: CommandContext) -> Document:
    """Requests a certificate again, after a failure or a corrected name; the code stays. Raises TransitionNotAllowed."""
    change = load_change(deps.store, application_id, context, deps.settings.time_zone)
    certificate = change.application.get("certificate")
    if change.status != states.COMPLETED or certificate is None:
        raise TransitionNotAllowed("application", change.status, "certificate", states.commands(change.application))
    change.application["certificate"] = certificate | {"requested_at": context.now, "fault": None, "in_latin": in_latin}
    change.add_event(training.ApplicationUpdated, fields=("certificate",))
    return change.save()


def verify(deps: Dependencies, code: str) -> Document:
    """Returns `name` and `title` in their scripts and languages, and `issued_on`. Raises NoSuchCertificate."""
    store = deps.store
    application = store.application_by_certificate(certificates.hashed_code(deps.secrets.certificates, code))
    issued = application is not None and bool(application["certificate"]["issued_at"])
    record = application if application is not None and issued else _decoy()
    key = store.keyring.open_many([record["_id"]]).get(record["_id"])
    programme = store.programmes.get(record["programme_id"])
    texts = _certificate_contents(key or _decoy_key(), record)
    if not issued or key is None or texts is None or programme is None:
        raise NoSuchCertificate()
    day = record["certificate"]["issued_at"].astimezone(deps.settings.time_zone).date()
    return {
        "name": texts.get("name") or {},
        "title": texts.get("title") or dict(programme["title"]),
        "issued_on": day.isoformat(),
    }


def _certificate_contents(key: DataKey, record: Document) -> Document | None:
    """Returns what the certificate states; the applicant's name where it states none."""
    try:
        texts: Document = key.open("certificate", record["certificate"]["sealed"])
        identity: Document = key.open("identity", record["sealed"]["identity"])
    except Unreadable:
        return None
    return {"name": identity.get("name"), **texts}


def _decoy() -> Document:
    """Returns a record that costs as much to look up and decrypt as that of a valid code."""
    sealed = _decoy_key().seal("certificate", {"code": "", "name": {"latin": "-"}})
    identity = _decoy_key().seal("identity", {})
    about = {"certificate": {"sealed": sealed}, "sealed": {"identity": identity}}
    return {"_id": new_id(), "programme_id": new_id(), **about}


def _decoy_key() -> DataKey:
    return service_key(bytes(32))
