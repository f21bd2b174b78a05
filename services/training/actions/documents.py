"""Uploaded documents of an application: checked by content and stored encrypted; accepted, or rejected with a reason; reminders; the office's
record of the tuberculosis screening.

An exemption that an applicant claims counts once the office has recorded proof. Not here: who needs a certificate (rules/documents/tuberculosis.py).
"""

from collections.abc import Iterable, Iterator, Mapping

from services.training.actions import application_records
from services.training.actions.application_records import ApplicationChange, load_change
from services.training.actions.programmes import find_programme
from services.training.dependencies import Dependencies
from services.training.rules import readiness, states
from services.training.rules.documents import duties, requirements, stay_report, stored_documents, validity
from services.training.rules.documents.validity import Reason
from services.training.rules.faults import (
    DocumentNotAccepted,
    LimitReached,
    NoDocumentsMissing,
    NoSuchDocument,
    TransitionNotAllowed,
)
from services.training.rules.records.applications import Application
from services.training.rules.records.documents import (
    DocumentState,
    Screening,
    ScreeningChanges,
    ScreeningProof,
    StoredDocument,
    StoredUpload,
)
from shared.command_context import CommandContext
from shared.documents import formats
from shared.documents.inspection import IncomingDocument
from shared.errors import InvalidInput
from shared.events import training
from shared.ids import new_id
from shared.sealing import DataKey
from shared.stored_files import Put

MAX_DOCUMENTS = 100
MAX_BYTES = 200 * 1024 * 1024
"""For an application, separately for applicant and office: an unknown applicant can neither fill the disk nor use up the office's share."""
MEDIA_TYPES = (formats.PDF, formats.PNG, formats.JPEG, formats.DOCX)
DATE_FIELDS = ("issued_on", "valid_from", "valid_until", "doses", "titre_on")


def add_document(
    deps: Dependencies, application_id: str, requirement: str, upload: IncomingDocument, dates: Mapping[str, object], context: CommandContext,
    sent_by: str = "applicant",
) -> Application:  # fmt: skip
    """Stores an uploaded document for a requirement; it is the last document of the application returned.

    Raises DocumentNotAccepted, LimitReached, and InvalidInput where its dates are valid for no stay.
    """
    change = load_change(deps.store, application_id, context, deps.settings.time_zone)
    reports = change.status == states.COMPLETED and requirement == stay_report.CODE
    if states.announced_status(change.application) in states.OVER and not reports:
        raise TransitionNotAllowed("application", change.status, "papers", states.commands(change.application))
    sent = [document for document in change.application["documents"] if document["sent_by"] == sent_by]
    if len(sent) >= MAX_DOCUMENTS:
        raise LimitReached("documents", MAX_DOCUMENTS)
    if sum(document["size"] for document in sent) + upload.size > MAX_BYTES:
        raise LimitReached("MiB of documents", MAX_BYTES // 1024 // 1024)
    known = accepted_codes(deps, change.application) - ({"report"} if change.status not in states.BEGUN else set())
    if requirement not in known:
        raise DocumentNotAccepted(f"expected for one of {', '.join(sorted(known))}")
    submitted = stored_documents.document_of({"requirement": requirement, **dates})
    today = application_records.today_of(deps, context.now)
    _check_dates(validity.unfit_for_any(submitted, today))
    key = deps.store.keyring.open(application_id)
    with deps.store.files.until_named() as put:
        stored = _stored_upload(put, key, upload, dates)
        document: StoredDocument = {
            "id": stored["id"],
            "media_type": stored["media_type"],
            "size": stored["size"],
            "file": stored["file"],
            "sealed": stored["sealed"],
            "requirement": requirement,
            "status": "to_check",
            "at": context.now,
            "by": context.actor,
            "sent_by": sent_by,
        }
        change.application["documents"] = [*change.application["documents"], document]
        change.add_event(training.PaperReceived, paper_id=document["id"], requirement=requirement, sent_by=sent_by)
        if requirement == stay_report.CODE:
            change.add_event(training.ReportReceived)
        return change.save()


def accepted_codes(deps: Dependencies, application: Application) -> set[str]:
    """Returns the codes for which a document may be uploaded: the programme's, the law's, the report, `other` for anything else."""
    programme = find_programme(deps, application["programme_id"])
    own = {one["code"] for one in programme["requirements"]}
    return own | {*duties.names_by_code(), stay_report.CODE, "other"}


def _stored_upload(put: Put, key: DataKey, upload: IncomingDocument, dates: Mapping[str, object]) -> StoredUpload:
    id_ = new_id()
    known_dates = {name: value for name, value in dates.items() if name in DATE_FIELDS and value}
    return {
        "id": id_,
        "media_type": upload.media_type,
        "size": upload.size,
        "file": put(key.seal_stream(f"file/{id_}", upload.stream)),
        "sealed": key.seal(f"document/{id_}", {"name": upload.name, **known_dates}),
    }


def accept_document(
    deps: Dependencies, application_id: str, document_id: str, dates: Mapping[str, object], context: CommandContext
) -> Application:
    """Accepts a document; dates read off it replace what the applicant entered. Raises InvalidInput, by date, where it does not fit the stay."""
    change = load_change(deps.store, application_id, context, deps.settings.time_zone)
    document = _find_document(change, document_id)
    facts: dict[str, object] = {name: value for name, value in dates.items() if name in DATE_FIELDS}
    facts["stay"] = [change.application["first_day"], change.application["last_day"]]
    _check_fits(deps, change, document, facts)
    _set_result(deps, change, document, "accepted", facts)
    change.add_event(training.PaperAccepted, paper_id=document_id, requirement=document["requirement"])
    return change.save()


def _check_fits(
    deps: Dependencies, change: ApplicationChange, document: StoredDocument, facts: Mapping[str, object]
) -> None:
    """Checks the dates it would be stored with against its requirement for this stay."""
    application = change.application
    before = deps.store.keyring.open(application["_id"]).open(f"document/{document['id']}", document["sealed"])
    known = stored_documents.document_of({**document, **before, **facts})
    visit, today = readiness.visit_of(application), application_records.today_of(deps, change.context.now)
    if visit is None:
        _check_dates(validity.unfit_for_any(known, today))
        return
    rules = readiness.requirements_of(find_programme(deps, application["programme_id"]), application, visit)
    required = next((rule for rule in rules if rule.code == document["requirement"]), None)
    if required is None or not requirements.is_needed(required, visit):
        _check_dates(validity.unfit_for_any(known, today))
        return
    _check_dates(validity.misfits(known, required.validity, visit, today))


def _check_dates(reasons: Iterable[Reason]) -> None:
    """Raises InvalidInput with the date of each reason, and what was expected."""
    if faults := stored_documents.date_faults(reasons):
        raise InvalidInput(faults)


def reject_document(
    deps: Dependencies, application_id: str, document_id: str, reason: str, context: CommandContext
) -> Application:
    """Rejects a document: the applicant reads the reason and uploads another."""
    change = load_change(deps.store, application_id, context, deps.settings.time_zone)
    document = _find_document(change, document_id)
    _set_result(deps, change, document, "refused", {"why": reason})
    change.add_event(training.PaperRefused, paper_id=document_id, requirement=document["requirement"])
    return change.save()


def _set_result(
    deps: Dependencies,
    change: ApplicationChange,
    document: StoredDocument,
    status: DocumentState,
    facts: Mapping[str, object],
) -> None:
    key, id_ = deps.store.keyring.open(change.application["_id"]), document["id"]
    before = {name: value for name, value in key.open(f"document/{id_}", document["sealed"]).items() if name != "why"}
    sealed = key.seal(f"document/{id_}", {name: value for name, value in {**before, **facts}.items() if value})
    changed: StoredDocument = {
        **document,
        "status": status,
        "checked_at": change.context.now,
        "checked_by": change.context.actor,
        "sealed": sealed,
    }
    change.application["documents"] = [changed if one["id"] == id_ else one for one in change.application["documents"]]


def _find_document(change: ApplicationChange, document_id: str) -> StoredDocument:
    for document in change.application["documents"]:
        if document["id"] == document_id:
            return document
    raise NoSuchDocument()


def document_content(
    deps: Dependencies, application: Application, document_id: str
) -> tuple[str, str, Iterator[bytes], int]:
    """Returns (name, media type, content as a stream, size). Raises NoSuchDocument."""
    for document in application["documents"]:
        if document["id"] == document_id and (sealed := deps.store.files.get(document["file"])) is not None:
            key = deps.store.keyring.open(application["_id"])
            name = key.open(f"document/{document_id}", document["sealed"])["name"]
            return name, document["media_type"], key.open_stream(f"file/{document_id}", sealed), document["size"]
    raise NoSuchDocument()


def remind(deps: Dependencies, application_id: str, context: CommandContext) -> Application:
    """Reminds the applicant of missing documents. Raises NoDocumentsMissing where there are none."""
    change = load_change(deps.store, application_id, context, deps.settings.time_zone)
    programme = find_programme(deps, change.application["programme_id"])
    one = application_records.decrypted(change.application, deps.store.keyring.open(application_id))
    codes = readiness.missing_codes(readiness.statuses(programme, one, application_records.today_of(deps, context.now)))
    if not codes or change.status in states.OVER:
        raise NoDocumentsMissing()
    change.application["reminded_at"] = context.now
    change.add_event(training.ApplicationChased, papers=tuple(codes))
    return change.save()


def record_screening(
    deps: Dependencies, application_id: str, facts: ScreeningChanges, context: CommandContext
) -> Application:
    """Records `scheme` with its `proof` (null removes the exemption) and `applied_on` (null: not known). A field that is not named stays.

    Raises TransitionNotAllowed where the application is over, InvalidInput for an exemption without proof or a date in the future.
    """
    change = load_change(deps.store, application_id, context, deps.settings.time_zone)
    if change.status in states.OVER:
        raise TransitionNotAllowed("application", change.status, "screening", states.commands(change.application))
    applied_on, scheme = facts.get("applied_on"), facts.get("scheme")
    if applied_on and applied_on > application_records.today_of(deps, context.now).isoformat():
        raise InvalidInput([("#/applied_on", "expected today or a day before")])
    if scheme and not facts.get("proof"):
        raise InvalidInput([("#/proof", "expected what proves the exemption")])
    known: Screening = {**(change.application["screening"] or {})}
    if "applied_on" in facts:
        known["applied_on"] = applied_on
    if "scheme" in facts:
        known["verified"] = _verification(deps, application_id, scheme, facts["proof"], context) if scheme else None
        change.application["exempt_scheme"] = scheme
    change.application["screening"] = known
    change.add_event(training.ApplicationUpdated, fields=("screening",))
    return change.save()


def _verification(
    deps: Dependencies, application_id: str, scheme: str, proof: str, context: CommandContext
) -> ScreeningProof:
    sealed = deps.store.keyring.open(application_id).seal("screening", proof)
    return {"scheme": scheme, "by": context.actor, "at": context.now, "sealed": sealed}
