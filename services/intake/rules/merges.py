"""Merges two patient records of one person, and undoes it. The merged record stays unchanged and names the one that remains.

A case follows its patient and stores the original patient in `linked_as`, so a merge can be undone exactly, also for cases that were
linked to the merged patient afterwards. Cases of the remaining patient, and those that were relinked by hand, do not move.
"""

from datetime import datetime

from services.intake.rules import cases
from services.intake.rules.errors import AlreadyMerged, NotMerged, SamePatient
from services.intake.rules.records import Case, CaseChanges, Merge, MergeNote, Patient
from shared.events import Event, intake

WHAT = ("merged", "unmerged")


def merge(gone: Patient, kept: Patient, note: MergeNote) -> tuple[Patient, Patient, list[Event]]:
    """Returns (merged patient, remaining patient, events). Raises SamePatient, AlreadyMerged."""
    if gone["_id"] == kept["_id"]:
        raise SamePatient()
    if gone.get("merged_into") or kept.get("merged_into"):
        raise AlreadyMerged()
    after = gone | {"merged_into": kept["_id"], "merges": _with_merge(gone, note, "merged", kept["_id"])}
    stays = kept | {"absorbed": [*(kept.get("absorbed") or ()), gone["_id"]]}
    return after, stays, [intake.PatientMerged(patient_id=gone["_id"], into=kept["_id"])]


def unmerge(gone: Patient, kept: Patient, note: MergeNote) -> tuple[Patient, Patient, list[Event]]:
    """Returns the same for the undone merge."""
    after = gone | {"merged_into": None, "merges": _with_merge(gone, note, "unmerged", kept["_id"])}
    stays = kept | {"absorbed": [each for each in kept.get("absorbed") or () if each != gone["_id"]]}
    return after, stays, [intake.PatientUnmerged(patient_id=gone["_id"], out_of=kept["_id"])]


def check_merged(patient: Patient) -> str:
    """Returns the id of the patient this one was merged into; raises NotMerged."""
    if not patient.get("merged_into"):
        raise NotMerged()
    return str(patient["merged_into"])


def followed(case: Case, now: datetime, gone: str, kept: str) -> cases.Decided:
    """Moves a case of the merged patient to the remaining patient."""
    changes: CaseChanges = {"patient_id": kept, "linked_as": case.get("linked_as") or gone}
    return cases.edit(case, now, changes, ["patient_id"])


def returned(case: Case, now: datetime, gone: str) -> cases.Decided:
    """Moves such a case back to its original patient."""
    linked_as = None if case["linked_as"] == gone else case["linked_as"]
    return cases.edit(case, now, {"patient_id": gone, "linked_as": linked_as}, ["patient_id"])


def _with_merge(patient: Patient, note: MergeNote, what: str, other: str) -> list[Merge]:
    merge: Merge = {**note, "what": what, "other": other}
    return [*(patient.get("merges") or ()), merge]
