"""Records that match a search, decrypted: at most 200 cases and patients together, with one query for their keys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.intake.dependencies import Dependencies
from services.intake.rules.records import FoundRecord, Person, SealedBlocks
from services.intake.rules.search_match import Clause
from shared.clock import rfc3339
from shared.sealing import DataKey

MAX_OPENED = 200
PERSON_FIELDS = ("name", "birth_date", "sex", "nationality", "phone", "hospital_number")
KINDS = ("patient", "case")
KindAndRecord = tuple[str, FoundRecord]
Item = dict[str, Any]
"""One result as the API returns it."""


@dataclass
class Found:
    """One record with its person decrypted; `reasons` say why it matches, `rank` how well."""

    kind: str
    record: FoundRecord
    person: Person
    rank: int = 0
    reasons: list[str] = field(default_factory=list)

    @property
    def id(self) -> str:
        return str(self.record["_id"])


def person_of(key: DataKey, sealed: SealedBlocks) -> Person:
    """Returns the data of a person that are searched and compared."""
    person: Person = key.open("identity", sealed["identity"]) | key.open("contact", sealed["contact"])
    return person


def matching_records(
    deps: Dependencies, attempts: Sequence[Sequence[Clause]], most_each: int, enough: int = MAX_OPENED
) -> tuple[dict[str, KindAndRecord], bool]:
    """Returns records by id with their kind, up to MAX_OPENED, and whether these are all: the last attempt covers the earlier ones.

    Once an attempt found `enough`, the wider ones are skipped.
    """
    found: dict[str, KindAndRecord] = {}
    complete = True
    for clauses in attempts:
        complete = True
        for kind in KINDS:
            records, all_of_them = deps.store.search.candidates(kind, clauses, most_each)
            complete = complete and all_of_them
            found |= {record["_id"]: (kind, record) for record in records if record["_id"] not in found}
        if len(found) >= enough and clauses is not attempts[-1]:
            complete = False
            break
    first = dict(list(found.items())[:MAX_OPENED])
    return first, complete and len(first) == len(found)


def decrypted(deps: Dependencies, records: Mapping[str, KindAndRecord]) -> list[Found]:
    """Returns the records with their persons decrypted, without those whose key was destroyed."""
    keys = deps.store.keyring.open_many(records)
    result = []
    for id_, (kind, record) in records.items():
        if key := keys.get(id_):
            result.append(Found(kind, record, person_of(key, record["sealed"])))
    return result


def grouped(deps: Dependencies, found: Sequence[Found]) -> list[Item]:
    """Returns the results: each patient with the newest cases, a case by itself only where its patient is not among the results.

    A merged patient is a result only where the patient it was merged into did not match, and with the cases of that one.
    """
    after_merges = deps.store.search.after_merges([each.id for each in found if each.record.get("merged_into")])
    result_ids = {each.id: each.id for each in found if each.kind == "patient" and each.id not in after_merges}
    for each in found:
        if each.id in after_merges:
            result_ids.setdefault(after_merges[each.id], each.id)
    cases = deps.store.search.cases_of(result_ids)
    items = []
    for each in found:
        if each.kind == "case" and each.record.get("patient_id") not in result_ids:
            items.append(_item(each) | _case(each.record))
        elif each.kind == "patient" and result_ids[now := after_merges.get(each.id, each.id)] == each.id:
            own = [_case(case) for case in cases if case["patient_id"] == now]
            items.append(_item(each) | {"merged_into": now if now != each.id else None, "cases": own})
    return items


def _item(found: Found) -> Item:
    known: Mapping[str, object] = found.person
    person = {name: known[name] for name in PERSON_FIELDS if name in known}
    return {"kind": found.kind, "id": found.id, "patient": person, "reasons": found.reasons}


def _case(record: FoundRecord) -> Item:
    names = ("reference", "status", "channel", "patient_id", "organization_id")
    return {"id": record["_id"], "created_at": rfc3339(record["created_at"])} | {
        name: record.get(name) for name in names
    }
