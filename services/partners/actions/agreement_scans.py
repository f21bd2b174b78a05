"""The scan of a signed agreement: a PDF, encrypted before it is stored and identified by its SHA-256."""

from collections.abc import Iterator

from services.partners.actions.agreements import get_agreement
from services.partners.dependencies import Dependencies
from services.partners.rules.agreements import NoScan
from services.partners.rules.event_data import agreement_data
from services.partners.rules.records import Agreement, Scan
from shared.command_context import CommandContext
from shared.documents.formats import PDF
from shared.documents.inspection import IncomingDocument
from shared.events.partners import AgreementScanAttached
from shared.ids import new_id


def attach_scan(
    deps: Dependencies, agreement_id: str, document: IncomingDocument, context: CommandContext
) -> Agreement:
    """Attaches the scan in place of an earlier one and returns the agreement; raises UnknownAgreement."""
    agreement = get_agreement(deps, agreement_id, context)
    files, earlier, scan = deps.store.agreements.files, agreement["scan"], _new_scan(document, context)
    with files.until_named() as put:
        scan["file"] = put(deps.store.own_key.seal_stream(_block(agreement_id, scan), document.stream))
        agreement |= {"scan": scan, "updated_at": context.now}
        event = AgreementScanAttached(**agreement_data(agreement), sha256=scan["sha256"])
        saved = deps.store.agreements.save(agreement, [event], context)
    if earlier:
        files.drop(earlier["file"])
    return saved


def read_scan(deps: Dependencies, agreement_id: str) -> tuple[str, str, Iterator[bytes], int]:
    """Returns (name, media type, chunks of the content, size); raises UnknownAgreement and NoScan."""
    scan = get_agreement(deps, agreement_id)["scan"]
    encrypted = deps.store.agreements.files.get(scan["file"]) if scan else None
    if scan is None or encrypted is None:
        raise NoScan
    content = deps.store.own_key.open_stream(_block(agreement_id, scan), encrypted)
    return scan["name"], PDF, content, scan["size"]


def _new_scan(document: IncomingDocument, context: CommandContext) -> Scan:
    return {
        "id": new_id(),
        "name": document.name,
        "size": document.size,
        "sha256": document.sha256(),
        "at": context.now,
        "by": context.actor,
    }


def _block(agreement_id: str, scan: Scan) -> str:
    return f"scan/{agreement_id}/{scan['id']}"
