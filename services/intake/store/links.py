"""Patients and their cases changed together: a case linked, two patients merged or parted. Each is one transaction.

A link makes a real change in the patient's record, so that a merge at the same moment cannot pass it by unseen.
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

MOST_CASES = 1000
Saved = tuple[Patient, Sequence[Event]]
Which = Callable[[ClientSession], Document]


class Links:
    """Made with the records of a store."""

    def __init__(
        self, database: Database[Document], cases: Records[Case], patients: Records[Patient], search: Search
    ) -> None:
        self._database, self._cases, self._patients, self._search = database, cases, patients, search

    def hold(self, patient_id: str, session: ClientSession) -> None:
        """Makes sure in a transaction that a patient stands by itself; raises StaleRecord where it was merged meanwhile."""
        held = self._database["patients"].update_one(
            {"_id": patient_id, "merged_into": None}, {"$inc": {"links": 1}}, session=session
        )
        if not held.matched_count:
            raise StaleRecord(patient_id)

    def unlist(self, patient_id: str, case_id: str, context: CommandContext, session: ClientSession) -> bool:
        """A patient made by mistake with a case, and whom nothing else is about, is found by no search and no hint any more; whether so."""
        patients = self._patients.within(session)
        patient = patients.get(patient_id)
        others = self._database["cases"].find_one(
            {"patient_id": patient_id, "_id": {"$ne": case_id}}, {"_id": 1}, session=session
        )
        if not patient or patient["version"] != 1 or patient.get("links") or others is not None:
            return False
        patients.save(patient | {"search": NOTHING}, [], context.aside())
        return True

    def cases_of(self, patient_id: str) -> Which:
        """The cases that are a patient's now."""
        return lambda session: {"patient_id": patient_id}

    def cases_come_from(self, patient_id: str) -> Which:
        """The cases that were linked to a patient, or to one merged into it before, wherever merges took them."""

        def which(session: ClientSession) -> Document:
            now = self._search.after_merges([patient_id], session).get(patient_id, patient_id)
            return {"patient_id": now, "linked_as": {"$in": self._under(patient_id, session)}}

        return which

    def _under(self, patient_id: str, session: ClientSession) -> list[str]:
        """A patient and all that were merged into it, one after another."""
        found = [patient_id]
        for each in found:
            patient = self._patients.within(session).get(each)
            absorbed = (patient and patient.get("absorbed")) or ()
            found += [other for other in absorbed if other not in found]
        return found

    def save(
        self,
        asked: Saved,
        other: Saved,
        cases: Which,
        move: Callable[[Case], tuple[Case, list[Event]]],
        context: CommandContext,
        what: str,
    ) -> Patient:
        """Saves two patients and moves the cases that `cases` names; gives the one the request is about. Raises StaleRecord."""

        def work(session: ClientSession) -> Patient:
            self._note(what, asked[0]["_id"], other[0]["_id"], context, session)
            within = self._cases.within(session)
            moving = within.find(cases(session), limit=MOST_CASES + 1)
            if len(moving) > MOST_CASES:
                raise Conflict(f"A patient with more than {MOST_CASES} cases is not moved.")
            for case in moving:
                within.save(*move(case), context.aside())
            patients = self._patients.within(session)
            patients.save(*other, context.aside())
            return patients.save(*asked, context)

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
