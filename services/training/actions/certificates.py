"""Certificates made in the background: whoever completed gets one within seconds, and no page waits for a PDF.

A name in letters that no font here has stands in Latin letters alone, which is noted (`in_latin`); one that cannot even be written
so is not made up: it stands as failed.
"""

import logging
from datetime import datetime
from io import BytesIO
from typing import Any

from services.training.actions import letters
from services.training.actions.draft import Draft, draft_of
from services.training.actions.parts import Parts
from services.training.rules import states
from services.training.rules.faults import MoveNotDrawn
from shared.errors import Refusal
from shared.events import training
from shared.ids import new_id
from shared.origin import Origin
from shared.outbox.records import StaleRecord
from shared.pdf import MissingGlyphs, NotRendered
from shared.sealing import Unreadable

Document = dict[str, Any]
TIMER = "certificates"
MISSING_GLYPHS, NOT_RENDERED, ERASED = "missing_glyphs", "not_rendered", "erased"
FAULTS: dict[type[Exception], str] = {Unreadable: ERASED}
log = logging.getLogger("imc.training")


def make_asked(parts: Parts, now: datetime) -> None:
    """Makes those asked for, the first asked first. Run by a timer; what a killed run left is still asked for."""
    for application in parts.store.certificates_asked():
        draft = Draft(parts.store, application, Origin(now, f"timer:{TIMER}", new_id()), parts.settings.time_zone)
        try:
            _make(parts, draft)
        except StaleRecord:
            continue  # somebody wrote in it meanwhile: the next run looks again
        except (Unreadable, NotRendered, Refusal) as error:
            _failed(parts, application, now, FAULTS.get(type(error), NOT_RENDERED))


def _failed(parts: Parts, application: Document, now: datetime, fault: str) -> None:
    """Asked for no more, with what stands against it: others wait behind it."""
    log.warning("certificate of %s was not made: %s", application["reference"], fault)
    draft = Draft(parts.store, application, Origin(now, f"timer:{TIMER}", new_id()), parts.settings.time_zone)
    draft.application["certificate"] = application["certificate"] | {"asked_at": None, "fault": fault}
    draft.say(training.ApplicationOverdue, what="certificate")
    try:
        draft.save()
    except StaleRecord:
        return


def _make(parts: Parts, draft: Draft) -> None:
    certificate = draft.application["certificate"]
    try:
        content, in_latin = _set(parts, draft.application, bool(certificate.get("in_latin")))
    except MissingGlyphs:
        _failed(parts, draft.loaded, draft.origin.now, MISSING_GLYPHS)
        return
    key = parts.store.keyring.open(draft.application["_id"])
    told = key.open("certificate", certificate["sealed"]) | letters.certified(parts, draft.application)
    issued = {
        "asked_at": None,
        "fault": None,
        "in_latin": in_latin,
        "issued_at": draft.origin.now,
        "sealed": key.seal("certificate", told),
    }
    draft.say(training.CertificateIssued, certificate_id=certificate["id"])
    with parts.store.files.until_named() as put:
        file = put(key.seal_stream("certificate", BytesIO(content)))
        draft.application["certificate"] = certificate | issued | {"file": file}
        draft.save()
    if certificate["file"]:
        parts.store.files.drop(certificate["file"])


def _set(parts: Parts, application: Document, in_latin: bool) -> tuple[bytes, bool]:
    """The PDF, and whether its name is in Latin letters alone. Raises MissingGlyphs where not even those can be written."""
    try:
        return letters.certificate(parts, application, in_latin), in_latin
    except MissingGlyphs:
        if in_latin:
            raise
        return letters.certificate(parts, application, True), True


def ask_again(parts: Parts, application_id: str, in_latin: bool, origin: Origin) -> Document:
    """Asks for a certificate anew: after it failed, or where a name was put right; the code stays. Raises MoveNotDrawn."""
    draft = draft_of(parts.store, application_id, origin, parts.settings.time_zone)
    certificate = draft.application.get("certificate")
    if draft.status != states.COMPLETED or certificate is None:
        raise MoveNotDrawn("application", draft.status, "certificate", states.commands(draft.application))
    draft.application["certificate"] = certificate | {"asked_at": origin.now, "fault": None, "in_latin": in_latin}
    draft.say(training.ApplicationUpdated, fields=("certificate",))
    return draft.save()
