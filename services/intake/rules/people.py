"""Splits the details of a case into fields stored in clear and the encrypted blocks `identity`, `contact` and `clinical`, and joins them.

Codes, languages, times and ids are stored in clear. Everything that identifies a person, their contact data and clinical data is encrypted.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from services.intake.rules.records import (
    Blocks,
    Case,
    CaseDetails,
    CaseEdit,
    Clinical,
    Identity,
    Json,
    Name,
    Needs,
    OpenDetails,
    PatientBody,
    StatedNeed,
)
from shared.errors import InvalidInput

CONTACT = ("phone", "email", "address", "emergency_contact")
CLINICAL_REQUEST = ("reason", "clinical_summary")
NAMES = ("latin", "native", "kana", "preferred")
ONE_NAME = f"expected at least one of {', '.join(NAMES)}"
OPEN_REQUEST = ("department", "urgency", "wished_dates")


def split(body: CaseDetails) -> tuple[OpenDetails, Blocks]:
    """Returns the details of a case as (fields stored in clear, blocks to encrypt)."""
    patient, request, payer = body["patient"], body["request"], body["payer"]
    needs = (body.get("needs") or Needs()).copy()
    interpreter = needs.pop("interpreter", StatedNeed()).copy()
    clinical: Clinical = _only(request, CLINICAL_REQUEST)
    if needs:
        clinical["needs"] = needs
    if waiver := interpreter.pop("waiver", None):
        clinical["waiver"] = waiver
    if allergies := patient.get("allergies"):
        clinical["allergies"] = allergies
    identity: Identity = _without(patient, (*CONTACT, "allergies"))
    if details := _without(payer, ("kind",)):
        identity["payer"] = details
    in_clear: OpenDetails = {
        "languages": body["languages"],
        "interpreter": interpreter,
        "request": _only(request, OPEN_REQUEST),
        "payer": payer["kind"],
    }
    return in_clear, {"identity": identity, "contact": _only(patient, CONTACT), "clinical": clinical}


def joined(case: Case, blocks: Json) -> CaseDetails:
    """Returns the inverse of `split`, without the blocks that were not decrypted."""
    identity: Identity = blocks.get("identity") or Identity()
    clinical: Clinical = blocks.get("clinical") or Clinical()
    patient: PatientBody = _without({**identity, **(blocks.get("contact") or {})}, ("payer",))
    if "allergies" in clinical:
        patient["allergies"] = clinical["allergies"]
    interpreter = case.get("interpreter", StatedNeed()).copy()
    if "waiver" in clinical:
        interpreter["waiver"] = clinical["waiver"]
    needs = clinical.get("needs", Needs()).copy()
    if interpreter:
        needs["interpreter"] = interpreter
    return {
        "patient": patient,
        "languages": case["languages"],
        "needs": needs,
        "request": _only({**case["request"], **clinical}, (*OPEN_REQUEST, *CLINICAL_REQUEST)),
        "payer": {"kind": case["payer"], **(identity.get("payer") or {})},
    }


def patient_blocks(blocks: Blocks) -> Blocks:
    """Returns the part of a case's blocks that belongs to the patient: the person's data without this case's."""
    return {
        "identity": _without(blocks["identity"], ("payer",)),
        "contact": blocks["contact"],
        "clinical": _only(blocks["clinical"], ("needs", "allergies")),
    }


def _only(section: Json, names: Iterable[str]) -> Any:
    """Returns the named fields of a section, without those that are absent or None."""
    return {name: value for name in names if (value := section.get(name)) is not None}


def _without(section: Json, names: tuple[str, ...]) -> Any:
    """Returns a section without the named fields."""
    return {name: value for name, value in section.items() if name not in names}


def edited(body: CaseDetails, changes: CaseEdit) -> CaseDetails:
    """Applies an edit: the fields of a section are replaced one by one (None removes one), lists as a whole."""
    result: Any = {**body}
    for name, value in changes.items():
        section = result.get(name)
        result[name] = section | value if isinstance(value, dict) and isinstance(section, dict) else value
    details: Any = {name: _without_none(value) for name, value in result.items()}
    return details


def _without_none(value: Any) -> Any:
    return {k: v for k, v in value.items() if v is not None} if isinstance(value, dict) else value


def is_named(name: Name | None) -> bool:
    """Whether at least one form of the name is stated."""
    stated: Mapping[str, object] = name or {}
    return any(stated.get(part) for part in NAMES)


def check_person(patient: PatientBody, now: datetime) -> None:
    """Checks what the schema cannot: at least one name, and no birth date in the future. Raises InvalidInput."""
    faults = []
    if not is_named(patient.get("name")):
        faults.append(("#/patient/name", ONE_NAME))
    born = patient["birth_date"]
    if born != "unknown" and born > (now + timedelta(days=1)).date().isoformat()[: len(born)]:
        faults.append(("#/patient/birth_date", "expected a date that is not to come"))
    if faults:
        raise InvalidInput(faults)


def edited_fields(changes: CaseEdit) -> list[str]:
    """Returns the names of the fields that an edit changes, those of a section one by one: `languages`, `patient.birth_date`."""
    return [
        f"{name}.{part}" if part else name
        for name, value in changes.items()
        for part in (value if isinstance(value, dict) else [""])
    ]
