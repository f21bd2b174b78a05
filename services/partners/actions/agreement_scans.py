"""The scan of a signed agreement: a PDF by its content, sealed before it is stored, told by its SHA-256."""

from hashlib import sha256
from typing import Any

from services.partners.actions.agreements import agreement_of, facts
from services.partners.actions.parts import Parts
from services.partners.rules.agreements import NoScan, NotAScan
from shared.documents import file_name, media_type
from shared.events.partners import AgreementScanAttached
from shared.ids import new_id
from shared.origin import Origin

Document = dict[str, Any]
PDF = "application/pdf"


def attach_scan(parts: Parts, agreement_id: str, name: str | None, content: bytes, origin: Origin) -> Document:
    """The agreement with this scan, in place of an earlier one; raises UnknownAgreement and NotAScan."""
    agreement = agreement_of(parts, agreement_id, origin)
    if media_type(content) != PDF:
        raise NotAScan("Expected a PDF.")
    files, before, scan = parts.store.agreements.files, agreement["scan"], _described(name, content, origin)
    with files.until_named() as put:
        scan["file"] = put(parts.store.seal(_block(agreement_id, scan), content))
        agreement |= {"scan": scan, "updated_at": origin.now}
        event = AgreementScanAttached(**facts(agreement), sha256=scan["sha256"])
        saved = parts.store.agreements.save(agreement, [event], origin)
    if before:
        files.drop(before["file"])
    return saved


def read_scan(parts: Parts, agreement_id: str) -> tuple[str, str, bytes]:
    """(name, media type, content); raises UnknownAgreement and NoScan."""
    scan = agreement_of(parts, agreement_id)["scan"]
    sealed = parts.store.agreements.files.get(scan["file"]) if scan else None
    if sealed is None:
        raise NoScan
    return scan["name"], PDF, parts.store.unseal(_block(agreement_id, scan), sealed)


def _described(name: str | None, content: bytes, origin: Origin) -> Document:
    return {
        "id": new_id(),
        "name": file_name(name, PDF),
        "size": len(content),
        "sha256": sha256(content).hexdigest(),
        "at": origin.now,
        "by": origin.actor,
    }


def _block(agreement_id: str, scan: Document) -> str:
    return f"scan/{agreement_id}/{scan['id']}"
