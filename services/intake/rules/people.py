"""Splits a case into plain fields and the encrypted blocks `identity`, `contact` and `clinical`, and joins them.

Plain fields are codes, languages, times and ids. Everything that identifies a person, their contact data and clinical data is encrypted.
"""

from datetime import datetime, timedelta
from typing import Any

from shared.errors import InvalidInput

Fields = dict[str, Any]
CONTACT = ("phone", "email", "address", "emergency_contact")
CLINICAL_REQUEST = ("reason", "clinical_summary")
NAMES = ("latin", "native", "kana", "preferred")
ONE_NAME = f"expected at least one of {', '.join(NAMES)}"
OPEN_REQUEST = ("department", "urgency", "wished_dates")


def split(body: Fields) -> tuple[Fields, dict[str, Fields]]:
    """Returns a validated body as (plain fields, blocks to encrypt)."""
    patient, request, payer = body["patient"], body["request"], body["payer"]
    needs = dict(body.get("needs") or {})
    interpreter = dict(needs.pop("interpreter", None) or {})
    clinical = {name: request[name] for name in CLINICAL_REQUEST if request.get(name) is not None}
    if needs:
        clinical["needs"] = needs
    if waiver := interpreter.pop("waiver", None):
        clinical["waiver"] = waiver
    if allergies := patient.get("allergies"):
        clinical["allergies"] = allergies
    identity = {name: value for name, value in patient.items() if name not in (*CONTACT, "allergies")}
    if details := {name: value for name, value in payer.items() if name != "kind"}:
        identity["payer"] = details
    opened = {
        "languages": body["languages"],
        "interpreter": interpreter,
        "request": {name: request[name] for name in OPEN_REQUEST if request.get(name) is not None},
        "payer": payer["kind"],
    }
    contact = {name: patient[name] for name in CONTACT if patient.get(name) is not None}
    return opened, {"identity": identity, "contact": contact, "clinical": clinical}


def joined(case: Fields, blocks: dict[str, Fields]) -> Fields:
    """Returns the inverse of `split`, without the blocks that were not decrypted."""
    identity, contact, clinical = (blocks.get(name) or {} for name in ("identity", "contact", "clinical"))
    patient = {name: value for name, value in identity.items() if name != "payer"} | contact
    if "allergies" in clinical:
        patient["allergies"] = clinical["allergies"]
    interpreter = dict(case.get("interpreter") or {})
    if "waiver" in clinical:
        interpreter["waiver"] = clinical["waiver"]
    return {
        "patient": patient,
        "languages": case["languages"],
        "needs": dict(clinical.get("needs") or {}) | ({"interpreter": interpreter} if interpreter else {}),
        "request": case["request"] | {name: clinical[name] for name in CLINICAL_REQUEST if name in clinical},
        "payer": {"kind": case["payer"]} | dict(identity.get("payer") or {}),
    }


def patient_blocks(blocks: dict[str, Fields]) -> dict[str, Fields]:
    """Returns the part of a case's blocks that belongs to the patient: the person's data without this case's."""
    identity = {name: value for name, value in blocks["identity"].items() if name != "payer"}
    clinical = {name: value for name, value in blocks["clinical"].items() if name in ("needs", "allergies")}
    return {"identity": identity, "contact": blocks["contact"], "clinical": clinical}


def merged(body: Fields, changes: Fields) -> Fields:
    """Applies an edit: the fields of a section are replaced one by one (null removes one), lists as a whole."""
    result = dict(body)
    for name, value in changes.items():
        section = result.get(name)
        result[name] = section | value if isinstance(value, dict) and isinstance(section, dict) else value
    return {name: _without_none(value) for name, value in result.items()}


def _without_none(value: Any) -> Any:
    return {k: v for k, v in value.items() if v is not None} if isinstance(value, dict) else value


def is_named(name: Fields | None) -> bool:
    """Whether at least one form of the name is given."""
    return any((name or {}).get(part) for part in NAMES)


def check_person(patient: Fields, now: datetime) -> None:
    """Checks what the schema cannot: at least one name, and no birth date in the future. Raises InvalidInput."""
    faults = []
    if not is_named(patient.get("name")):
        faults.append(("#/patient/name", ONE_NAME))
    born = patient["birth_date"]
    if born != "unknown" and born > (now + timedelta(days=1)).date().isoformat()[: len(born)]:
        faults.append(("#/patient/birth_date", "expected a date that is not to come"))
    if faults:
        raise InvalidInput(faults)


def named(changes: Fields) -> list[str]:
    """Returns the fields an edit names, those of a section one by one: `languages`, `patient.birth_date`."""
    return [
        f"{name}.{part}" if part else name
        for name, value in changes.items()
        for part in (value if isinstance(value, dict) else [""])
    ]
