"""What the desk calls on patients: read, merge, part again; the search box and the hints of who is known already.

What is looked for stands in bodies, never in addresses: an address is logged.
"""

from typing import Any

from flask import Response

from services.intake.actions import patients, record_search
from services.intake.current import dependencies
from services.intake.rules.errors import NoSuchCase, NoSuchPatient
from services.intake.rules.records import MergeBody, Patient
from services.intake.schemas import requests, responses
from shared.command_context import Answer
from shared.errors import InvalidInput
from shared.web.access import api_blueprint, returns, rights, takes
from shared.web.answers import respond
from shared.web.commands import command

blp = api_blueprint("patients", "intake")
Body = dict[str, Any]


def _whole(patient: Patient) -> Answer:
    return respond(patients.view(dependencies(), patient), responses.PatientResponse)


@blp.get("/patients/<patient_id>")
@rights("front_desk")
@returns(200, responses.PatientResponse)
def get_patient(patient_id: str) -> Answer:
    """Get a patient.

    A merged record names the record it was merged into.
    """
    return respond(patients.read_patient(dependencies(), patient_id), responses.PatientResponse)


@blp.post("/patients/<patient_id>/merge")
@rights("front_desk")
@takes(requests.MergeSchema)
@returns(200, responses.PatientResponse)
def merge(patient_id: str, body: MergeBody) -> Response:
    """Merge two patients.

    For two records of one person: this record is merged into another, or another into this one. The cases move with it.
    """
    return command(lambda context: patients.merge(dependencies(), patient_id, body, context), _whole)


@blp.post("/patients/<patient_id>/unmerge")
@rights("front_desk")
@takes(requests.UnmergeSchema)
@returns(200, responses.PatientResponse)
def unmerge(patient_id: str, body: Body) -> Response:
    """Undo a merge.

    The patient becomes a separate record again, with the cases that were linked to it before and since.
    """
    return command(lambda context: patients.unmerge(dependencies(), patient_id, body["reason"], context), _whole)


@blp.post("/search")
@rights("front_desk")
@takes(requests.SearchSchema)
@returns(200, responses.SearchResponse)
def search(body: Body) -> Answer:
    """Search patients and cases.

    By reference, name in any script and spelling, birth date, phone, passport or hospital number.
    """
    return respond(record_search.search(dependencies(), body["query"]), responses.SearchResponse)


@blp.post("/duplicates")
@rights("front_desk")
@takes(requests.DuplicatesSchema)
@returns(200, responses.HintsResponse)
def find_duplicates(body: Body) -> Answer:
    """Find possible duplicates.

    Registered patients and cases that may be the same person, with the reasons. It is a hint and blocks nothing.
    """
    try:
        if "case_id" in body:
            items = record_search.duplicates_of_case(dependencies(), body["case_id"])
        elif "patient_id" in body:
            items = record_search.duplicates_of_patient(dependencies(), body["patient_id"])
        else:
            items = record_search.duplicates(dependencies(), body["patient"])
    except NoSuchCase:
        raise InvalidInput([("#/case_id", "expected the id of a case")]) from None
    except NoSuchPatient:
        raise InvalidInput([("#/patient_id", "expected the id of a known patient")]) from None
    return respond({"items": items}, responses.HintsResponse)
