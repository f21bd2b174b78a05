"""Patients: registered from a case, linked to cases, read, merged and unmerged by the front desk."""

from services.intake.actions.views import View
from services.intake.dependencies import Dependencies
from services.intake.rules import merges, people
from services.intake.rules.errors import NoSuchPatient, UnknownPatient
from services.intake.rules.records import Blocks, Case, MergeBody, MergeNote, Patient, PatientLink, SealedBlocks
from services.intake.rules.search_terms import terms_of
from services.intake.store.store import NewPatient
from shared.clock import rfc3339
from shared.command_context import CommandContext
from shared.errors import InvalidInput
from shared.events import Event
from shared.events.intake import PatientRegistered
from shared.ids import new_id
from shared.sealing import DataKey


def sealed_blocks(key: DataKey, blocks: Blocks) -> SealedBlocks:
    """Returns the blocks encrypted."""
    return {
        "identity": key.seal("identity", blocks["identity"]),
        "contact": key.seal("contact", blocks["contact"]),
        "clinical": key.seal("clinical", blocks["clinical"]),
    }


def opened_blocks(key: DataKey, sealed: SealedBlocks) -> Blocks:
    """Returns the blocks decrypted."""
    return {
        "identity": key.open("identity", sealed["identity"]),
        "contact": key.open("contact", sealed["contact"]),
        "clinical": key.open("clinical", sealed["clinical"]),
    }


def new_patient(deps: Dependencies, case: Case, blocks: Blocks, context: CommandContext) -> NewPatient:
    """Returns a new patient with the person of a case, encrypted under a key of its own."""
    patient_id = new_id()
    key, wrapped = deps.store.keyring.new(patient_id)
    own = people.patient_blocks(blocks)
    patient: Patient = {
        "_id": patient_id,
        "registered_at": context.now,
        "languages": case["languages"],
        "interpreter": case["interpreter"],
        "sealed": sealed_blocks(key, own),
        "search": terms_of(deps.store.terms, own["identity"], own["contact"]),
    }
    return NewPatient(patient, wrapped, [PatientRegistered(patient_id=patient_id)])


def link_to(deps: Dependencies, patient_id: str) -> PatientLink:
    """Returns the link of a case to a patient; for a merged one, to the patient it was merged into. Raises UnknownPatient."""
    now = deps.store.search.after_merges([patient_id]).get(patient_id, patient_id)
    patient = deps.store.patients.get(now)
    if patient is None:
        raise UnknownPatient()
    linked_as = patient_id if patient_id != now else None
    return {"patient_id": now, "linked_as": linked_as, "standing_interpreter": patient["interpreter"]}


def merge(deps: Dependencies, patient_id: str, body: MergeBody, context: CommandContext) -> Patient:
    """Merges `patient_id` into another, or another (`from`) into it; its cases move too. Raises NoSuchPatient and the errors of rules/merges.py."""
    asked = _to_change(deps, patient_id, context)
    field = "into" if "into" in body else "from"
    other = deps.store.patients.get(body["into"] if "into" in body else body["from"])
    if other is None:
        raise InvalidInput([(f"#/{field}", "expected the id of a known patient")])
    gone, kept = (asked, other) if field == "into" else (other, asked)
    after, stays, events = merges.merge(gone, kept, _note(deps, gone, body["reason"], context))
    move = lambda case: merges.followed(case, context.now, gone["_id"], kept["_id"])  # noqa: E731
    going, staying = (after, events), (stays, list[Event]())
    first, second = (going, staying) if field == "into" else (staying, going)
    return deps.store.links.save(first, second, deps.store.links.cases_of(gone["_id"]), move, context, "merge")


def unmerge(deps: Dependencies, patient_id: str, reason: str, context: CommandContext) -> Patient:
    """Undoes a merge: the patient is separate again, with the cases that moved with it. Raises NoSuchPatient, NotMerged."""
    gone = _to_change(deps, patient_id, context)
    into = merges.check_merged(gone)
    kept = deps.store.patients.get(into)
    if kept is None:
        raise NoSuchPatient()
    after, stays, events = merges.unmerge(gone, kept, _note(deps, gone, reason, context))
    move = lambda case: merges.returned(case, context.now, patient_id)  # noqa: E731
    came = deps.store.links.cases_come_from(patient_id)
    return deps.store.links.save((after, events), (stays, ()), came, move, context, "unmerge")


def _to_change(deps: Dependencies, patient_id: str, context: CommandContext) -> Patient:
    patient = deps.store.patients.load(patient_id, context)
    if patient is None:
        raise NoSuchPatient()
    return patient


def _note(deps: Dependencies, patient: Patient, reason: str, context: CommandContext) -> MergeNote:
    id_ = new_id()
    sealed = deps.store.keyring.open(patient["_id"]).seal(f"merge/{id_}", reason)
    return {"id": id_, "at": context.now, "by": context.actor, "sealed": sealed}


def read_patient(deps: Dependencies, patient_id: str) -> View:
    """Returns a patient as the front desk sees it. Raises NoSuchPatient."""
    patient = deps.store.patients.get(patient_id)
    if patient is None:
        raise NoSuchPatient()
    return view(deps, patient)


def view(deps: Dependencies, patient: Patient) -> View:
    """Returns a patient decrypted, with its merges."""
    patient_id = patient["_id"]
    key = deps.store.keyring.open(patient_id)
    blocks = opened_blocks(key, patient["sealed"])
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
        "person": {**blocks["identity"], **blocks["contact"]},
        "languages": patient["languages"],
        "needs": {**(blocks["clinical"].get("needs") or {}), **({"interpreter": interpreter} if interpreter else {})},
        "allergies": blocks["clinical"].get("allergies"),
        "merged_into": patient.get("merged_into"),
        "merged_from": list(patient.get("absorbed") or ()),
        "merges": merges,
    }
