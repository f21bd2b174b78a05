"""The one search box of the desk, hints of people known already, and the terms both go by."""

from datetime import datetime
from typing import Any

from services.intake.actions import Parts, case_to_read
from services.intake.actions.found import MOST_OPENED, Found, collected, folded, opened
from services.intake.rules import asking, likeness, lookups, matching
from services.intake.rules.faults import NoSuchPatient
from services.intake.rules.terms import NOTHING, terms_of
from shared.sealing import DataKey

MOST_SHOWN, MOST_HINTS, MOST_EACH = 50, 10, 100
AT_ONCE, BATCHES = 500, 20
Person = dict[str, Any]


def search(parts: Parts, query: str) -> dict[str, Any]:
    """Cases and patients that fit everything asked, the best first; `complete` is false where more may fit than was looked at."""
    asked = asking.read(query)
    named, complete = _by_reference(parts, asked), True
    if not (asked.reference and asked.reference.certain):
        attempts = matching.clauses(parts.store.terms, asked)
        records, complete = collected(parts, attempts, MOST_OPENED, enough=MOST_SHOWN)
        known = {each.id for each in named}
        named += _fitting(asked, [each for each in opened(parts, records) if each.id not in known])
    items = folded(parts, named)
    return {
        "items": items[:MOST_SHOWN],
        "complete": complete and len(items) <= MOST_SHOWN,
        "read_as": list(asked.kinds),
    }


def _by_reference(parts: Parts, asked: asking.Asked) -> list[Found]:
    """What stands in the open: our reference, an agency's."""
    cases = []
    if asked.reference and asked.reference.text:
        cases += [(case, "reference") for case in parts.store.search.cases_with(reference=asked.reference.text)]
    if not cases and any(letter.isdigit() for letter in asked.whole):
        cases += [(case, "agency_reference") for case in parts.store.search.cases_with(agency_reference=asked.whole)]
    why = {case["_id"]: reason for case, reason in cases}
    found = opened(parts, {case["_id"]: ("case", case) for case, _ in cases})
    for each in found:
        each.reasons = [why[each.id]]
    return found


def _fitting(asked: asking.Asked, found: list[Found]) -> list[Found]:
    fits, fitting = matching.fitting(asked), []
    for each in found:
        if verdict := fits(each.person):
            each.rank, each.reasons = verdict
            fitting.append(each)
    return sorted(fitting, key=lambda each: (each.rank, each.id), reverse=True)


def duplicates_of_case(parts: Parts, case_id: str) -> list[dict[str, Any]]:
    """Who the person of a case may be; not the case itself, nor the patient it is linked to. Raises NoSuchCase."""
    case = case_to_read(parts, case_id)
    key = parts.store.keyring.open(case_id)
    person = key.open("identity", case["sealed"]["identity"]) | key.open("contact", case["sealed"]["contact"])
    return duplicates(parts, person, but=frozenset({case_id, case.get("patient_id") or ""}))


def duplicates_of_patient(parts: Parts, patient_id: str) -> list[dict[str, Any]]:
    """Who else a patient may be. Raises NoSuchPatient."""
    patient = parts.store.patients.get(patient_id)
    if patient is None:
        raise NoSuchPatient()
    key = parts.store.keyring.open(patient_id)
    person = key.open("identity", patient["sealed"]["identity"]) | key.open("contact", patient["sealed"]["contact"])
    return duplicates(parts, person, but=frozenset({patient_id, *(patient.get("absorbed") or ())}))


def duplicates(parts: Parts, person: Person, but: frozenset[str] = frozenset()) -> list[dict[str, Any]]:
    """Who a person may be, the likeliest first, each with reasons; nobody is stopped by it."""
    records, _ = collected(parts, lookups.lookups(parts.store.terms, person), MOST_EACH)
    hints: dict[str, likeness.Hint] = {}
    found = []
    for each in opened(parts, records):
        own = {each.id, each.record.get("patient_id") if each.kind == "case" else each.record.get("merged_into")}
        if not own & but and (hint := likeness.hint(person, each.person)):
            hints[each.id] = hint
            each.reasons = list(hint.reasons)
            found.append(each)
    found.sort(
        key=lambda each: (-likeness.GRADES.index(hints[each.id].grade), hints[each.id].score, each.id), reverse=True
    )
    return [item | _graded(hints[item["id"]]) for item in folded(parts, found)][:MOST_HINTS]


def patient_hint(parts: Parts, patient_id: str) -> list[dict[str, Any]]:
    """The patient with this id as a hint without grade or reasons; empty where there is none."""
    patient = parts.store.patients.get(patient_id)
    return folded(parts, opened(parts, {patient_id: ("patient", patient)})) if patient else []


def _graded(hint: likeness.Hint) -> dict[str, Any]:
    return {"grade": hint.grade, "against": list(hint.against)}


def make_missing_terms(parts: Parts, now: datetime) -> int:
    """Makes the terms of records that have none, so many in one run; how many. What is left waits for the next run."""
    done = 0
    for _ in range(BATCHES):
        made = sum(_make(parts, kind) for kind in ("patient", "case"))
        done += made
        if not made:
            break
    return done


def _make(parts: Parts, kind: str) -> int:
    records = parts.store.search.without_terms(kind, AT_ONCE)
    keys = parts.store.keyring.open_many(record["_id"] for record in records)
    return parts.store.search.put_terms(
        kind, [(record, _terms(parts, record, keys.get(record["_id"]))) for record in records]
    )


def _terms(parts: Parts, record: dict[str, Any], key: DataKey | None) -> list[int]:
    """Who lost the key is found by nothing any more."""
    if key is None:
        return NOTHING
    blocks = [key.open(name, record["sealed"][name]) for name in ("identity", "contact")]
    return terms_of(parts.store.terms, *blocks)
