"""The front desk's search, hints of duplicates, and the search terms of records that have none yet."""

from datetime import datetime

from services.intake.actions.access import case_to_read
from services.intake.actions.search_results import (
    MAX_OPENED,
    Found,
    Item,
    decrypted,
    grouped,
    matching_records,
    person_of,
)
from services.intake.dependencies import Dependencies
from services.intake.rules import duplicate_queries, search_match, search_query, similarity
from services.intake.rules.errors import NoSuchPatient
from services.intake.rules.records import FoundRecord, Person
from services.intake.rules.search_terms import NOTHING, terms_of
from shared.sealing import DataKey

MAX_SHOWN, MAX_HINTS, MAX_EACH = 50, 10, 100
AT_ONCE, BATCHES = 500, 20


def search(deps: Dependencies, query: str) -> Item:
    """Returns cases and patients that match the whole query, the best first; `complete` is false where more records may match than were examined."""
    parsed = search_query.read(query)
    named, complete = _by_reference(deps, parsed), True
    if not (parsed.reference and parsed.reference.certain):
        attempts = search_match.clauses(deps.store.terms, parsed)
        records, complete = matching_records(deps, attempts, MAX_OPENED, enough=MAX_SHOWN)
        known = {each.id for each in named}
        named += _matches(parsed, [each for each in decrypted(deps, records) if each.id not in known])
    items = grouped(deps, named)
    return {
        "items": items[:MAX_SHOWN],
        "complete": complete and len(items) <= MAX_SHOWN,
        "read_as": list(parsed.kinds),
    }


def _by_reference(deps: Dependencies, parsed: search_query.SearchQuery) -> list[Found]:
    """Returns cases by the hospital's or an agency's reference, which are stored in clear."""
    cases = []
    if parsed.reference and parsed.reference.text:
        cases += [(case, "reference") for case in deps.store.search.cases_with(reference=parsed.reference.text)]
    if not cases and any(letter.isdigit() for letter in parsed.whole):
        cases += [(case, "agency_reference") for case in deps.store.search.cases_with(agency_reference=parsed.whole)]
    why = {case["_id"]: reason for case, reason in cases}
    found = decrypted(deps, {case["_id"]: ("case", case) for case, _ in cases})
    for each in found:
        each.reasons = [why[each.id]]
    return found


def _matches(parsed: search_query.SearchQuery, found: list[Found]) -> list[Found]:
    match, matching = search_match.matcher(parsed), []
    for each in found:
        if verdict := match(each.person):
            each.rank, each.reasons = verdict
            matching.append(each)
    return sorted(matching, key=lambda each: (each.rank, each.id), reverse=True)


def duplicates_of_case(deps: Dependencies, case_id: str) -> list[Item]:
    """Returns possible duplicates of a case's person, without the case and its linked patient. Raises NoSuchCase."""
    case = case_to_read(deps, case_id)
    key = deps.store.keyring.open(case_id)
    return duplicates(deps, person_of(key, case["sealed"]), but=frozenset({case_id, case.get("patient_id") or ""}))


def duplicates_of_patient(deps: Dependencies, patient_id: str) -> list[Item]:
    """Returns possible duplicates of a patient. Raises NoSuchPatient."""
    patient = deps.store.patients.get(patient_id)
    if patient is None:
        raise NoSuchPatient()
    key = deps.store.keyring.open(patient_id)
    return duplicates(
        deps, person_of(key, patient["sealed"]), but=frozenset({patient_id, *(patient.get("absorbed") or ())})
    )


def duplicates(deps: Dependencies, person: Person, but: frozenset[str] = frozenset()) -> list[Item]:
    """Returns possible duplicates of a person, the likeliest first, with reasons. They are hints and block nothing."""
    records, _ = matching_records(deps, duplicate_queries.lookups(deps.store.terms, person), MAX_EACH)
    hints: dict[str, similarity.Hint] = {}
    found = []
    for each in decrypted(deps, records):
        own = {each.id, each.record.get("patient_id") if each.kind == "case" else each.record.get("merged_into")}
        if not own & but and (hint := similarity.hint(person, each.person)):
            hints[each.id] = hint
            each.reasons = list(hint.reasons)
            found.append(each)
    found.sort(
        key=lambda each: (-similarity.GRADES.index(hints[each.id].grade), hints[each.id].score, each.id), reverse=True
    )
    return [item | _grade_fields(hints[item["id"]]) for item in grouped(deps, found)][:MAX_HINTS]


def patient_hint(deps: Dependencies, patient_id: str) -> list[Item]:
    """The patient with this id as a hint without grade or reasons; empty where there is none."""
    patient = deps.store.patients.get(patient_id)
    if patient is None:
        return []
    record = FoundRecord(_id=patient_id, sealed=patient["sealed"], merged_into=patient.get("merged_into"))
    return grouped(deps, decrypted(deps, {patient_id: ("patient", record)}))


def _grade_fields(hint: similarity.Hint) -> Item:
    return {"grade": hint.grade, "against": list(hint.against)}


def make_missing_terms(deps: Dependencies, now: datetime) -> int:
    """Computes the terms of records that have none, a limited number in one run, and returns how many; the next run continues."""
    done = 0
    for _ in range(BATCHES):
        made = sum(_make_terms(deps, kind) for kind in ("patient", "case"))
        done += made
        if not made:
            break
    return done


def _make_terms(deps: Dependencies, kind: str) -> int:
    records = deps.store.search.without_terms(kind, AT_ONCE)
    keys = deps.store.keyring.open_many(record["_id"] for record in records)
    return deps.store.search.put_terms(
        kind, [(record, _terms(deps, record, keys.get(record["_id"]))) for record in records]
    )


def _terms(deps: Dependencies, record: FoundRecord, key: DataKey | None) -> list[int]:
    """Returns the terms of a record; none where its key was destroyed."""
    if key is None:
        return NOTHING
    person = person_of(key, record["sealed"])
    return terms_of(deps.store.terms, person, person)
