"""Patients: made from a case's person when it is accepted without a link, and read by the desk."""

from typing import Any

from services.intake.actions import Case, Parts
from services.intake.rules import people
from services.intake.rules.faults import NoSuchPatient
from services.intake.store import NewPatient
from shared.clock import rfc3339
from shared.events.intake import PatientRegistered
from shared.ids import new_id
from shared.origin import Origin
from shared.sealing import BLOCKS


def made_from(parts: Parts, case: Case, blocks: dict[str, Any], origin: Origin) -> NewPatient:
    """A new patient with the person as told in a case, sealed under a key of its own."""
    patient_id = new_id()
    key, wrapped = parts.store.keyring.new(patient_id)
    told = people.patient_blocks(blocks)
    document = {
        "_id": patient_id,
        "registered_at": origin.now,
        "languages": case["languages"],
        "interpreter": case["interpreter"],
        "sealed": {name: key.seal(name, told[name]) for name in BLOCKS},
    }
    return NewPatient(document, wrapped, [PatientRegistered(patient_id=patient_id)])


def read_patient(parts: Parts, patient_id: str) -> dict[str, Any]:
    """A patient as the desk reads it. Raises NoSuchPatient."""
    patient = parts.store.patients.get(patient_id)
    if patient is None:
        raise NoSuchPatient()
    key = parts.store.keyring.open(patient_id)
    blocks = {name: key.open(name, patient["sealed"][name]) for name in BLOCKS}
    interpreter = patient["interpreter"]
    return {
        "id": patient_id,
        "version": patient["version"],
        "registered_at": rfc3339(patient["registered_at"]),
        "person": blocks["identity"] | blocks["contact"],
        "languages": patient["languages"],
        "needs": dict(blocks["clinical"].get("needs") or {}) | ({"interpreter": interpreter} if interpreter else {}),
        "allergies": blocks["clinical"].get("allergies"),
    }
