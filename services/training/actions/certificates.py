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
from services.training.dependencies import Dependencies
from services.training.rules import states
from services.training.rules.faults import MoveNotDrawn
from shared.command_context import CommandContext
from shared.errors import Refusal
from shared.events import training
from shared.ids import new_id
from shared.outbox.records import StaleRecord
from shared.pdf import MissingGlyphs, NotRendered
from shared.sealing import Unreadable

Document = dict[str, Any]
TIMER = "certificates"
MISSING_GLYPHS, NOT_RENDERED, ERASED = "missing_glyphs", "not_rendered", "erased"
FAULTS: dict[type[Exception], str] = {Unreadable: ERASED}
log = logging.getLogger("imc.training")


def make_asked(deps: Dependencies, now: datetime) -> None:
    """Makes those asked for, the first asked first. Run by a timer; what a killed run left is still asked for."""
    for application in deps.store.certificates_asked():
        draft = Draft(deps.store, application, CommandContext(now, f"timer:{TIMER}", new_id()), deps.settings.time_zone)
        try:
            _make(deps, draft)
        except StaleRecord:
            continue  # somebody wrote in it meanwhile: the next run looks again
        except (Unreadable, NotRendered, Refusal) as error:
            _failed(deps, application, now, FAULTS.get(type(error), NOT_RENDERED))


def _failed(deps: Dependencies, application: Document, now: datetime, fault: str) -> None:
    """Asked for no more, with what stands against it: others wait behind it."""
    log.warning("certificate of %s was not made: %s", application["reference"], fault)
    draft = Draft(deps.store, application, CommandContext(now, f"timer:{TIMER}", new_id()), deps.settings.time_zone)
    draft.application["certificate"] = application["certificate"] | {"asked_at": None, "fault": fault}
    draft.say(training.ApplicationOverdue, what="certificate")
    try:
        draft.save()
    except StaleRecord:
        return


def _make(deps: Dependencies, draft: Draft) -> None:
    certificate = draft.application["certificate"]
    try:
        content, in_latin = _set(deps, draft.application, bool(certificate.get("in_latin")))
    except MissingGlyphs:
        _failed(deps, draft.loaded, draft.context.now, MISSING_GLYPHS)
        return
    key = deps.store.keyring.open(draft.application["_id"])
    told = key.open("certificate", certificate["sealed"]) | letters.certified(deps, draft.application)
    issued = {
        "asked_at": None,
        "fault": None,
        "in_latin": in_latin,
        "issued_at": draft.context.now,
        "sealed": key.seal("certificate", told),
    }
    draft.say(training.CertificateIssued, certificate_id=certificate["id"])
    with deps.store.files.until_named() as put:
        file = put(key.seal_stream("certificate", BytesIO(content)))
        draft.application["certificate"] = certificate | issued | {"file": file}
        draft.save()
    if certificate["file"]:
        deps.store.files.drop(certificate["file"])


def _set(deps: Dependencies, application: Document, in_latin: bool) -> tuple[bytes, bool]:
    """The PDF, and whether its name is in Latin letters alone. Raises MissingGlyphs where not even those can be written."""
    try:
        return letters.certificate(deps, application, in_latin), in_latin
    except MissingGlyphs:
        if in_latin:
            raise
        return letters.certificate(deps, application, True), True


def ask_again(deps: Dependencies, application_id: str, in_latin: bool, context: CommandContext) -> Document:
    """Asks for a certificate anew: after it failed, or where a name was put right; the code stays. Raises MoveNotDrawn."""
    draft = draft_of(deps.store, application_id, context, deps.settings.time_zone)
    certificate = draft.application.get("certificate")
    if draft.status != states.COMPLETED or certificate is None:
        raise MoveNotDrawn("application", draft.status, "certificate", states.commands(draft.application))
    draft.application["certificate"] = certificate | {"asked_at": context.now, "fault": None, "in_latin": in_latin}
    draft.say(training.ApplicationUpdated, fields=("certificate",))
    return draft.save()
