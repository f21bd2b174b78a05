"""Changes patients and their cases together: links a case, merges or unmerges two patients. Each is one transaction.

A link makes a real change in the patient's record, so that it conflicts with a concurrent merge.
"""

from collections.abc import Callable, Sequence

from pymongo.client_session import ClientSession
from pymongo.database import Database

from services.intake.rules.records import Case, Patient
from services.intake.rules.search_terms import NOTHING
from services.intake.store.search import Search
from shared.audit import audit
from shared.command_context import CommandContext
from shared.errors import Conflict
from shared.events import Event
from shared.mongo import Document, in_transaction
from shared.outbox.records import Records, StaleRecord

MAX_CASES = 1000
Saved = tuple[Patient, Sequence[Event]]
CaseFilter = Callable[[ClientSession], Document]


class Links:
    """Built with the records of a store."""

    def __init__(
        self, database: Database[Document], cases: Records[Case], patients: Records[Patient], search: Search
    ) -> None:
        self._database, self._cases, self._patients, self._search = database, cases, patients, search

    def link(self, patient_id: str, session: ClientSession) -> None:
        """Ensures in a transaction that a patient is not merged; raises StaleRecord where it was merged meanwhile."""
        linked = self._database["patients"].update_one(
            {"_id": patient_id, "merged_into": None}, {"$inc": {"links": 1}}, session=session
        )
        if not linked.matched_count:
            raise StaleRecord(patient_id)

    def unlist(self, patient_id: str, case_id: str, context: CommandContext, session: ClientSession) -> bool:
        """Removes a patient registered with a case by mistake, and used by nothing else, from searches and hints. Returns whether it did."""
        patients = self._patients.within(session)
        patient = patients.get(patient_id)
        others = self._database["cases"].find_one(
            {"patient_id": patient_id, "_id": {"$ne": case_id}}, {"_id": 1}, session=session
        )
        if not patient or patient["version"] != 1 or patient.get("links") or others is not None:
            return False
        patients.save(patient | {"search": NOTHING}, [], context.aside())
        return True

    def cases_of(self, patient_id: str) -> CaseFilter:
        """Returns the filter for the current cases of a patient."""
        return lambda session: {"patient_id": patient_id}

    def cases_come_from(self, patient_id: str) -> CaseFilter:
        """Returns the filter for cases that were linked to a patient, or to one merged into it, wherever merges moved them."""

        def which(session: ClientSession) -> Document:
            now = self._search.after_merges([patient_id], session).get(patient_id, patient_id)
            return {"patient_id": now, "linked_as": {"$in": self._under(patient_id, session)}}

        return which

    def _under(self, patient_id: str, session: ClientSession) -> list[str]:
        """Returns the ids of a patient and of all patients merged into it."""
        found = [patient_id]
        for each in found:
            patient = self._patients.within(session).get(each)
            absorbed = (patient and patient.get("absorbed")) or ()
            found += [other for other in absorbed if other not in found]
        return found

    def save(
        self,
        addressed: Saved,
        other: Saved,
        cases: CaseFilter,
        move: Callable[[Case], tuple[Case, list[Event]]],
        context: CommandContext,
        what: str,
    ) -> Patient:
        """Saves two patients and moves the cases that `cases` selects; returns the patient of the request. Raises StaleRecord."""

        def work(session: ClientSession) -> Patient:
            self._note(what, addressed[0]["_id"], other[0]["_id"], context, session)
            within = self._cases.within(session)
            moving = within.find(cases(session), limit=MAX_CASES + 1)
            if len(moving) > MAX_CASES:
                raise Conflict(f"A patient with more than {MAX_CASES} cases is not moved.")
            for case in moving:
                within.save(*move(case), context.aside())
            patients = self._patients.within(session)
            patients.save(*other, context.aside())
            return patients.save(*addressed, context)

        return in_transaction(self._database, work)

    def _note(self, what: str, asked: str, other: str, context: CommandContext, session: ClientSession) -> None:
        audit(
            self._database,
            lambda: context.now,
            actor=context.actor,
            source=None,
            method=what,
            route="patients",
            targets={"patient_id": asked, "other": other},
            reason=None,
            request_id=context.cause,
            session=session,
        )
