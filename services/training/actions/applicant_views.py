"""An application as its applicant sees it: what is missing, its documents, messages of the hospital, whose turn it is and by when.

What is decided but not announced looks like what is not decided: state, turn and date come from what was announced.
"""

from dataclasses import dataclass, field
from datetime import datetime

from services.training.actions import application_records
from services.training.actions.applications import check_complete
from services.training.dependencies import Dependencies
from services.training.rules import applicant_rows, decisions, states
from services.training.rules.applicant_rows import DocumentRow
from services.training.rules.documents.passports import Fault
from services.training.rules.faults import NotComplete
from services.training.rules.records.applicants import ApplicantData
from services.training.rules.records.applications import Application
from services.training.rules.records.documents import DecryptedDocument
from services.training.rules.records.programmes import Programme


@dataclass(frozen=True)
class ApplicantView:
    """`state` as announced; `by` a moment or a day (ISO); `missing` as (pointer, what is expected) of the form; `hints`: what would prevent the
    start later and is for the applicant to correct."""

    application: Application
    programme: Programme
    body: ApplicantData
    state: str
    by: datetime | str | None
    missing: list[tuple[str, str]]
    rows: list[DocumentRow]
    others: list[DecryptedDocument]
    message: str | None
    hints: list[Fault] = field(default_factory=list)

    @property
    def lacking(self) -> list[DocumentRow]:
        """The documents due with the application that the applicant has not uploaded: it cannot be submitted without them."""
        return [row for row in self.open_documents if row.requirement.stage == "application"]

    @property
    def editable(self) -> bool:
        return self.state in states.EDITABLE

    @property
    def open_documents(self) -> list[DocumentRow]:
        """The documents that the applicant still has to upload."""
        return [row for row in self.rows if row.status.turn == "applicant"]


def applicant_view(deps: Dependencies, application: Application, programme: Programme, now: datetime) -> ApplicantView:
    """Returns everything the applicant's page shows."""
    decrypted = application_records.decrypted(application, deps.store.keyring.open(application["_id"]))
    body = application_records.body_of(deps, application)
    rows, others = applicant_rows.rows_of(programme, decrypted, application_records.today_of(deps, now))
    state = decisions.status_for_applicant(application, now)
    missing = missing_fields(deps, programme, body, application, now) if state in states.EDITABLE else []
    by = applicant_rows.due_of(application, programme, state, rows)
    message, hints = (
        message_of(deps, application, state),
        applicant_rows.early_hints(programme, decrypted, state, application_records.today_of(deps, now)),
    )
    return ApplicantView(application, programme, body, state, by, missing, rows, others, message, hints)


def missing_fields(
    deps: Dependencies, programme: Programme, body: ApplicantData, application: Application, now: datetime
) -> list[tuple[str, str]]:
    """Returns what prevents submission, except documents and the deadline."""
    try:
        check_complete(deps, programme, body, application, now)
    except NotComplete as incomplete:
        return incomplete.errors
    return []


def message_of(deps: Dependencies, application: Application, state: str) -> str | None:
    """Returns the hospital's message with a return or a rejection, or None."""
    sealed: bytes | None = None
    block = ""
    if state == states.RETURNED and (returned := application.get("returned")):
        block, sealed = "returned", returned["sealed"]
    elif state == states.REJECTED and (decision := application["decision"]):
        block, sealed = "decision", decision.get("sealed")
    if not sealed:
        return None
    message: str = deps.store.keyring.open(application["_id"]).open(block, sealed)
    return message or None


def evaluation_of(deps: Dependencies, application: Application) -> dict[str, object]:
    """Returns the trainee's evaluation of the programme so far, as the form has it."""
    evaluation = application["evaluations"].get("programme")
    if not evaluation:
        return {}
    text = deps.store.keyring.open(application["_id"]).open("evaluation/programme", evaluation["sealed"])
    return {"scores": evaluation["scores"], "text": text}
