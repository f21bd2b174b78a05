"""Letters as PDF: for one person on request, not stored; for everybody of a group as a batch that a loop of the worker makes.

A batch is one ZIP of PDFs, encrypted under a key of its own that is destroyed after some days: letters state what is true on their day.
"""

import io
import logging
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from services.training.actions import application_records, groups
from services.training.actions.programmes import find_programme
from services.training.dependencies import Dependencies
from services.training.rules import letter_values, readiness
from services.training.rules import letters as rules
from services.training.rules.documents import requirements
from services.training.rules.faults import LetterNotAvailable, NameNotPrintable, NoSuchBatch, NoSuchCertificate
from services.training.rules.records.applications import Application
from services.training.rules.records.groups import Batch, BatchFault
from services.training.rules.records.programmes import Programme
from shared.command_context import CommandContext
from shared.errors import Refusal
from shared.events import training
from shared.ids import new_id
from shared.pdf import MissingGlyphs, NotRendered, render
from shared.sealing import Unreadable

TEMPLATES = Path(__file__).parents[1] / "letters"
CERTIFICATES = "/training/verify?code="
"""The public page that checks a certificate."""


def letter(deps: Dependencies, application: Application, kind: str) -> tuple[str, bytes]:
    """Returns (file name, PDF). Raises LetterNotAvailable, NameNotPrintable, NoSuchCertificate. Takes 0.2 to 1 s of computing."""
    rules.check(application, kind)
    if kind == rules.CERTIFICATE:
        name, _, content, _ = certificate_file(deps, application)
        return name, b"".join(content)
    values = rules.values_of(kind, facts(deps, application, kind))
    return f"{application['reference']} {kind}.pdf", _rendered_or_latin(deps, values)


def certificate_pdf(deps: Dependencies, application: Application, in_latin: bool) -> bytes:
    """Returns a certificate's PDF, its name in its own script unless `in_latin`. Raises MissingGlyphs: none is issued with missing letters."""
    values = rules.values_of(rules.CERTIFICATE, facts(deps, application, rules.CERTIFICATE))
    return _rendered(deps, _in_latin(values) if in_latin else values)


def certificate_texts(deps: Dependencies, application: Application) -> dict[str, object]:
    """Returns what the check of the certificate shows permanently, whatever is edited later: name and title."""
    about = facts(deps, application, rules.CERTIFICATE)
    return {"name": about.written.get("name") or {}, "title": dict(about.programme["title"])}


def _rendered_or_latin(deps: Dependencies, values: letter_values.LetterValues) -> bytes:
    """A name in a script that no font here has is set in Latin letters only."""
    try:
        return _rendered(deps, values)
    except MissingGlyphs:
        try:
            return _rendered(deps, _in_latin(values))
        except MissingGlyphs as missing:
            raise NameNotPrintable() from missing


def _rendered(deps: Dependencies, values: letter_values.LetterValues) -> bytes:
    return render(TEMPLATES / letter_values.template(values), letter_values.data(values), deps.clock())


def _in_latin(values: letter_values.LetterValues) -> letter_values.LetterValues:
    return replace(values, person=replace(values.person, own=""))


def facts(deps: Dependencies, application: Application, kind: str) -> rules.LetterFacts:
    """Returns what a letter may state about an application."""
    programme = find_programme(deps, application["programme_id"])
    partner, funder = application.get("organization_id"), application.get("funder_id")
    organizations = deps.store.copies.organizations(id_ for id_ in (partner, funder) if id_)
    agreement = deps.store.copies.agreement(application.get("agreement_id"))
    return rules.LetterFacts(
        application=application,
        written=application_records.body_of(deps, application),
        programme=programme,
        departments={code: row["names"] for code, row in deps.store.copies.departments().items()},
        partner=organizations[partner]["name"] if partner in organizations else None,
        funder=organizations[funder]["name"] if funder in organizations else None,
        agreement=agreement["reference"] if agreement else None,
        issuer=_issuer(deps),
        signer=letter_values.Signer(
            letter_values.Words(*deps.settings.hospital.signer),
            letter_values.Words(*deps.settings.hospital.signer_title),
        ),
        today=application_records.today_of(deps, deps.clock()),
        open_documents=_open_documents(deps, programme, application) if kind == "letter" else (),
        certificate=_code(deps, application) if kind == rules.CERTIFICATE else None,
        certificates_at=f"{deps.settings.public_url}{CERTIFICATES}",
    )


def _open_documents(deps: Dependencies, programme: Programme, application: Application) -> tuple[dict[str, str], ...]:
    """Returns the names of the open documents due after the decision, those that the law requires included."""
    visit, today = readiness.visit_of(application), application_records.today_of(deps, deps.clock())
    if visit is None:
        return ()
    named = {rule.code: dict(rule.name) for rule in readiness.requirements_of(programme, application, visit)}
    one = application_records.decrypt_all(deps, [application])[0]
    rows = readiness.statuses(programme, one, today)
    unsettled = [row for row in rows if row.stage == "post_decision" and row.state not in requirements.SETTLED]
    passport = [rules.PASSPORT] if readiness.passport_faults(one, visit) else []
    return (*passport, *(named[row.code] for row in unsettled))


def _issuer(deps: Dependencies) -> letter_values.Issuer:
    hospital = deps.settings.hospital
    return letter_values.Issuer(
        letter_values.Words(*hospital.name),
        rules.CENTER,
        letter_values.Words(*hospital.address),
        deps.settings.hospital_phone,
        hospital.mail,
        deps.settings.public_url,
    )


def _code(deps: Dependencies, application: Application) -> str:
    certificate = application["certificate"]
    assert certificate is not None, "its certificate was requested"
    sealed = certificate["sealed"]
    return str(deps.store.keyring.open(application["_id"]).open("certificate", sealed)["code"])


CERTIFICATE_MEDIA = "application/pdf"


def certificate_file(deps: Dependencies, application: Application) -> tuple[str, str, Iterator[bytes], None]:
    """Returns (name, media type, content as a stream, unknown size) of the certificate. Raises NoSuchCertificate until it is issued."""
    certificate = application["certificate"]
    sealed = deps.store.files.get(certificate["file"]) if certificate and certificate["file"] else None
    if sealed is None or certificate is None or not certificate["issued_at"]:
        raise NoSuchCertificate()
    key = deps.store.keyring.open(application["_id"])
    return (
        f"certificate {application['reference']}.pdf",
        CERTIFICATE_MEDIA,
        key.open_stream("certificate", sealed),
        None,
    )


log = logging.getLogger("imc.training")
ALL = "all"
BATCH_KINDS = (*rules.KINDS, ALL)
BATCH_LOOP = "batches"
LEASE = timedelta(seconds=60)
RETENTION = timedelta(days=7)
PAUSE = 1.0


def request_batch(deps: Dependencies, group_id: str, kind: str, context: CommandContext) -> Batch:
    """Requests letters of this kind (`all`: every kind) for everybody who can have them. Raises NoSuchGroup, LetterNotAvailable where nobody can."""
    group = groups.find_group(deps, group_id)
    people = deps.store.group_members(group["_id"])
    who = [one["_id"] for one in people if _kinds_for(one, kind)]
    if not who:
        raise LetterNotAvailable(_why_unavailable(people, kind))
    id_ = new_id()
    key, wrapped = deps.store.keyring.new(id_)
    batch: Batch = {
        "_id": id_,
        "group_id": group_id,
        "kind": kind,
        "application_ids": who,
        "requested_at": context.now,
        "requested_by": context.actor,
        "pending": True,
        "leased_until": context.now,
        "done": 0,
        "completed_at": None,
        "file": None,
        "left_out": [],
    }
    event = training.BatchAsked(batch_id=id_, group_id=group_id, kind=kind, people=len(who))
    return deps.store.add_batch(batch, key, wrapped, [event], context)


def _kinds_for(application: Application, kind: str) -> list[str]:
    """Returns the kinds of letters to be made for one person."""
    kinds = rules.KINDS if kind == ALL else (kind,)
    return [one for one in kinds if not rules.why_unavailable(application, one)]


def _why_unavailable(people: list[Application], kind: str) -> str:
    found = [rules.why_unavailable(one, kind if kind != ALL else "letter") for one in people]
    return next((why for why in found if why), "nobody")


def batches_of_group(deps: Dependencies, group_id: str) -> list[Batch]:
    """Returns the batches of a group, the newest first."""
    return deps.store.batches_of_group(group_id)


def run_batches(deps: Dependencies, stop: threading.Event) -> None:
    """The worker's loop: makes pending batches one after the other; one whose process was killed is made again when its lease expires."""
    while not stop.is_set():
        try:
            made = make_next_batch(deps, stop)
        except Exception:
            log.exception("letters of a group were not made")
            made = False
        if not made:
            stop.wait(PAUSE)


def make_next_batch(deps: Dependencies, stop: threading.Event | None = None) -> bool:
    """Makes the oldest pending batch; returns False where there is none."""
    now = deps.clock()
    batch = deps.store.claim_batch(now, now + LEASE)
    if batch is None:
        return False
    packed = io.BytesIO()
    left_out: list[BatchFault] = []
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for number, application_id in enumerate(batch["application_ids"], start=1):
            if stop is not None and stop.is_set():
                return False
            left_out += _add_letters(deps, archive, application_id, batch["kind"])
            deps.store.update_batch_progress(batch["_id"], number, deps.clock() + LEASE)
    _finish_batch(deps, batch["_id"], packed.getvalue(), left_out)
    return True


def _add_letters(deps: Dependencies, archive: zipfile.ZipFile, application_id: str, kind: str) -> list[BatchFault]:
    """Adds a person's letters; returns those that could not be made, with the reason."""
    application = deps.store.applications.get(application_id)
    if application is None:
        return [{"application_id": application_id, "reason": "erased"}]
    try:
        for one in _kinds_for(application, kind):
            archive.writestr(*letter(deps, application, one))
    except Unreadable:
        return [{"application_id": application_id, "reason": "erased"}]
    except NotRendered:
        return [{"application_id": application_id, "reason": "not_rendered"}]
    except Refusal as refused:
        return [{"application_id": application_id, "reason": refused.slug}]
    return []


def _finish_batch(deps: Dependencies, batch_id: str, content: bytes, left_out: list[BatchFault]) -> None:
    batch = deps.store.batches.get(batch_id)
    if batch is None or not batch["pending"]:
        return
    context = CommandContext(deps.clock(), f"timer:{BATCH_LOOP}", new_id())
    event = training.BatchMade(
        batch_id=batch_id, left_out=len(left_out), group_id=batch["group_id"], kind=batch["kind"]
    )
    with deps.store.files.until_named() as put:
        file = put(deps.store.keyring.open(batch_id).seal_stream("batch", io.BytesIO(content)))
        made: Batch = {**batch, "pending": False, "completed_at": context.now, "file": file, "left_out": left_out}
        deps.store.batches.save(made, [event], context)


def batch_content(deps: Dependencies, group_id: str, batch_id: str) -> tuple[str, str, Iterator[bytes]]:
    """Returns (name, media type, ZIP as a stream). Raises NoSuchBatch before it is complete and after it was deleted."""
    batch, group = deps.store.batches.get(batch_id), groups.find_group(deps, group_id)
    sealed = deps.store.files.get(batch["file"]) if batch and batch["file"] else None
    if batch is None or batch["group_id"] != group_id or sealed is None:
        raise NoSuchBatch()
    name = f"{group['reference']} {batch['kind']}.zip"
    return name, "application/zip", deps.store.keyring.open(batch_id).open_stream("batch", sealed)


def delete_old_batches(deps: Dependencies, now: datetime) -> None:
    """Deletes letters older than a week, with their keys. Run by a timer."""
    for batch in deps.store.batches_completed_before(now - RETENTION):
        deps.store.delete_batch_content(batch)
