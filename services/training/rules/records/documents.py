"""Uploaded documents as applications store them, and the requirements of programmes."""

from datetime import datetime
from typing import Literal, NotRequired, TypedDict

from services.training.rules.records.fields import Texts

DocumentState = Literal["to_check", "accepted", "refused"]


class UploadedFile(TypedDict):
    """What is not encrypted of an uploaded file."""

    id: str
    media_type: str
    size: int
    file: str


class StoredUpload(UploadedFile):
    """The part of a document that comes from its upload."""

    sealed: bytes


class DocumentRecord(UploadedFile):
    """What is not encrypted of an uploaded document."""

    requirement: str
    status: DocumentState
    at: datetime
    by: str
    sent_by: str
    checked_at: NotRequired[datetime]
    checked_by: NotRequired[str]


class StoredDocument(DocumentRecord):
    """An uploaded document; its name, dates and reason are in `sealed`."""

    sealed: bytes


class DocumentFacts(TypedDict, total=False):
    """The encrypted part of a document: its name, the dates on it, the stay it was accepted for, why it was rejected."""

    name: str
    issued_on: str | None
    valid_from: str | None
    valid_until: str | None
    titre_on: str | None
    doses: list[str]
    stay: list[str]
    why: str


class DecryptedDocument(DocumentRecord, DocumentFacts):
    """A document with its decrypted part."""


class ScreeningProof(TypedDict):
    """An exemption that the office has verified."""

    scheme: str
    by: str
    at: datetime
    sealed: bytes


class ScreeningChanges(TypedDict, total=False):
    """What the office records of the screening; null removes a value."""

    scheme: str | None
    proof: str
    applied_on: str | None


class Screening(TypedDict, total=False):
    """What the office recorded of the tuberculosis screening."""

    applied_on: str | None
    verified: ScreeningProof | None


StoredSeason = TypedDict("StoredSeason", {"from": str, "to": str, "valid_from": NotRequired[str]})


class StoredValidity(TypedDict, total=False):
    """The validity a requirement asks for, as stored; the names are those of `Validity`."""

    within_days_of_start: int | None
    covers_visit: bool
    from_start: bool
    margin_days: int
    season: StoredSeason | None
    years_valid: int | None
    doses: int | None
    interval_days: int
    valid_days: int | None
    this_stay: bool
    or_titre: bool


class StoredAppliesTo(TypedDict, total=False):
    """Whom a requirement applies to, as stored."""

    kinds: list[str]
    professions: list[str]
    nationalities: list[str]
    departments: list[str]
    min_days: int


class StoredRequirement(TypedDict):
    """A document that a programme requires, as stored; `ticked` only in the list of usual ones."""

    code: str
    name: Texts
    owner: NotRequired[str]
    stage: NotRequired[str]
    due_days_before_start: NotRequired[int]
    validity: NotRequired[StoredValidity]
    applies_to: NotRequired[StoredAppliesTo]
    ticked: NotRequired[list[str]]
