"""The scan of a signed agreement: a PDF by its content, sealed before it is stored, told by its SHA-256."""

from collections.abc import Iterator
from typing import Any

from services.partners.actions.agreements import agreement_of, facts
from services.partners.dependencies import Dependencies
from services.partners.rules.agreements import NoScan
from shared.command_context import CommandContext
from shared.documents.formats import PDF
from shared.documents.inspection import IncomingDocument
from shared.events.partners import AgreementScanAttached
from shared.ids import new_id

Document = dict[str, Any]


def attach_scan(deps: Dependencies, agreement_id: str, document: IncomingDocument, context: CommandContext) -> Document:
    """The agreement with this scan, in place of an earlier one; raises UnknownAgreement."""
    agreement = agreement_of(deps, agreement_id, context)
    files, before, scan = deps.store.agreements.files, agreement["scan"], _described(document, context)
    with files.until_named() as put:
        scan["file"] = put(deps.store.own_key.seal_stream(_block(agreement_id, scan), document.stream))
        agreement |= {"scan": scan, "updated_at": context.now}
        event = AgreementScanAttached(**facts(agreement), sha256=scan["sha256"])
        saved = deps.store.agreements.save(agreement, [event], context)
    if before:
        files.drop(before["file"])
    return saved


def read_scan(deps: Dependencies, agreement_id: str) -> tuple[str, str, Iterator[bytes], int]:
    """(name, media type, content as it comes, size); raises UnknownAgreement and NoScan."""
    scan = agreement_of(deps, agreement_id)["scan"]
    sealed = deps.store.agreements.files.get(scan["file"]) if scan else None
    if sealed is None:
        raise NoScan
    content = deps.store.own_key.open_stream(_block(agreement_id, scan), sealed)
    return scan["name"], PDF, content, scan["size"]


def _described(document: IncomingDocument, context: CommandContext) -> Document:
    return {
        "id": new_id(),
        "name": document.name,
        "size": document.size,
        "sha256": document.sha256(),
        "at": context.now,
        "by": context.actor,
    }


def _block(agreement_id: str, scan: Document) -> str:
    return f"scan/{agreement_id}/{scan['id']}"
