"""Patients: made from a case's person when it is accepted without a link, linked, read, merged and parted again by the desk."""

from typing import Any

from services.intake.actions import Parts
from services.intake.rules import merging, people
from services.intake.rules.faults import NoSuchPatient, UnknownPatient
from services.intake.rules.terms import terms_of
from services.intake.store import NewPatient
from shared.clock import rfc3339
from shared.errors import InvalidInput
from shared.events import Event
from shared.events.intake import PatientRegistered
from shared.ids import new_id
from shared.origin import Origin
from shared.sealing import BLOCKS

Patient = dict[str, Any]


def made_from(parts: Parts, case: dict[str, Any], blocks: dict[str, Any], origin: Origin) -> NewPatient:
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
        "search": terms_of(parts.store.terms, told["identity"], told["contact"]),
    }
    return NewPatient(document, wrapped, [PatientRegistered(patient_id=patient_id)])


def link_to(parts: Parts, patient_id: str) -> dict[str, Any]:
    """What a case linked to a patient gets; one that was merged stands for whom it was merged into. Raises UnknownPatient."""
    now = parts.store.search.after_merges([patient_id]).get(patient_id, patient_id)
    patient = parts.store.patients.get(now)
    if patient is None:
        raise UnknownPatient()
    linked_as = patient_id if patient_id != now else None
    return {"patient_id": now, "linked_as": linked_as, "standing_interpreter": patient["interpreter"]}


def merge(parts: Parts, patient_id: str, body: dict[str, Any], origin: Origin) -> Patient:
    """Merges `patient_id` into another, or another (`from`) into it; the cases follow. Raises NoSuchPatient and merging's faults."""
    asked = _to_change(parts, patient_id, origin)
    field = "into" if "into" in body else "from"
    other = parts.store.patients.get(body[field])
    if other is None:
        raise InvalidInput([(f"#/{field}", "expected the id of a known patient")])
    gone, kept = (asked, other) if field == "into" else (other, asked)
    after, stays, events = merging.merge(gone, kept, _note(parts, gone, body["reason"], origin))
    move = lambda case: merging.followed(case, origin.now, gone["_id"], kept["_id"])  # noqa: E731
    going, staying = (after, events), (stays, list[Event]())
    first, second = (going, staying) if field == "into" else (staying, going)
    return parts.store.links.save(first, second, parts.store.links.cases_of(gone["_id"]), move, origin, "merge")


def unmerge(parts: Parts, patient_id: str, reason: str, origin: Origin) -> Patient:
    """Undoes a merge: the patient stands by itself again, with the cases that came with it. Raises NoSuchPatient, NotMerged."""
    gone = _to_change(parts, patient_id, origin)
    into = merging.check_merged(gone)
    kept = parts.store.patients.get(into)
    if kept is None:
        raise NoSuchPatient()
    after, stays, events = merging.unmerge(gone, kept, _note(parts, gone, reason, origin))
    move = lambda case: merging.returned(case, origin.now, patient_id)  # noqa: E731
    came = parts.store.links.cases_come_from(patient_id)
    return parts.store.links.save((after, events), (stays, ()), came, move, origin, "unmerge")


def _to_change(parts: Parts, patient_id: str, origin: Origin) -> Patient:
    patient = parts.store.patients.load(patient_id, origin)
    if patient is None:
        raise NoSuchPatient()
    return patient


def _note(parts: Parts, patient: Patient, reason: str, origin: Origin) -> dict[str, Any]:
    id_ = new_id()
    sealed = parts.store.keyring.open(patient["_id"]).seal(f"merge/{id_}", reason)
    return {"id": id_, "at": origin.now, "by": origin.actor, "sealed": sealed}


def read_patient(parts: Parts, patient_id: str) -> dict[str, Any]:
    """A patient as the desk reads it. Raises NoSuchPatient."""
    patient = parts.store.patients.get(patient_id)
    if patient is None:
        raise NoSuchPatient()
    return view(parts, patient)


def view(parts: Parts, patient: Patient) -> dict[str, Any]:
    """A patient as stored, opened; one that was merged says into whom."""
    patient_id = patient["_id"]
    key = parts.store.keyring.open(patient_id)
    blocks = {name: key.open(name, patient["sealed"][name]) for name in BLOCKS}
    interpreter = patient["interpreter"]
    merges = [
        {
            "what": each["what"],
            "other": each["other"],
            "by": each["by"],
            "time": rfc3339(each["at"]),
            "reason": key.open(f"merge/{each['id']}", each["sealed"]),
        }
        for each in patient.get("merges") or ()
    ]
    return {
        "id": patient_id,
        "version": patient["version"],
        "registered_at": rfc3339(patient["registered_at"]),
        "person": blocks["identity"] | blocks["contact"],
        "languages": patient["languages"],
        "needs": dict(blocks["clinical"].get("needs") or {}) | ({"interpreter": interpreter} if interpreter else {}),
        "allergies": blocks["clinical"].get("allergies"),
        "merged_into": patient.get("merged_into"),
        "merged_from": list(patient.get("absorbed") or ()),
        "merges": merges,
    }
