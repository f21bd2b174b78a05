"""Responses, by reader: only fields that a schema names are sent. A test pins the sets of names.

Fields that are always present are `required`. Codes come from the tables of the rules.
"""

from typing import Any

from marshmallow import fields

from services.intake.actions.search_results import KINDS as FOUND
from services.intake.rules import documents, merges, similarity, values
from services.intake.rules.needs import INTERPRETER_STATES, PROVIDERS
from services.intake.rules.next_action import WHAT, WHO
from services.intake.rules.tables import CASE_STATES, VISIT_STATES
from services.intake.schemas.fields import code
from shared.documents.formats import FORMATS
from shared.web.fields import Schema

Text, Whole, Flag, Nested, Many = fields.String, fields.Integer, fields.Boolean, fields.Nested, fields.List


def _id(about: str = "", **options: Any) -> fields.String:
    return Text(metadata={"format": "uuid"} | ({"description": about} if about else {}), **options)


def _time(**options: Any) -> fields.String:
    return Text(metadata={"format": "date-time"}, **options)


def _date(**options: Any) -> fields.String:
    return Text(metadata={"format": "date"}, **options)


def _about(description: str, **options: Any) -> fields.String:
    return Text(metadata={"description": description}, **options)


class NextResponse(Schema):
    """Whose turn it is, for what, by when."""

    who = code(WHO, required=True)
    what = code(WHAT, required=True)
    by = Text(
        required=True,
        allow_none=True,
        metadata={
            "format": "date-time",
            "description": "when the answer is due, or the start of the next visit; null if there is no due time",
        },
    )


class LanguageResponse(Schema):
    tag = _about("BCP 47", required=True)
    level = code(values.LEVELS)


class NameResponse(Schema):
    """A name as entered; missing forms are omitted."""

    latin = Text()
    native = Text()
    kana = Text()
    preferred = Text()
    family = Text()
    given = Text()


class PhoneResponse(Schema):
    typed = _about("as entered", required=True)
    e164 = _about("in E.164 format, with the country code", required=True)


class PassportResponse(Schema):
    number = Text(required=True)
    country = Text()
    expires = _date()


class EmergencyContactResponse(Schema):
    name = Text(required=True)
    relation = Text()
    phone = Text()
    language = _about("BCP 47")


class PersonResponse(Schema):
    """The person as a coordinator sees it; empty after the data were erased."""

    name = Nested(NameResponse)
    birth_date = _about("a date, a year only, or `unknown`")
    sex = code(values.SEXES)
    nationality = _about("ISO 3166-1 alpha-2, a code of ICAO 9303-3 if there is no country, or `unknown`")
    residence = code(values.RESIDENCES)


class AgencyPatientResponse(PersonResponse):
    """The person as the agency sees it."""

    passport = Nested(PassportResponse)
    phone = Nested(PhoneResponse)
    email = Text(metadata={"format": "email"})
    address = Text()
    emergency_contact = Nested(EmergencyContactResponse)
    allergies = Text()


class DeskPatientResponse(AgencyPatientResponse):
    hospital_number = Text()


class WaiverResponse(Schema):
    who = Text(required=True)
    why = Text(required=True)
    child = Flag(required=True)


class StatedNeedResponse(Schema):
    """An interpreter need as stated."""

    required = Flag()
    provided_by = code(PROVIDERS)
    gender_wish = code(values.GENDERS, allow_none=True)


class VisitNeedResponse(Schema):
    """The resulting interpreter need of a visit."""

    required = Flag(required=True)
    provided_by = code(PROVIDERS, required=True)
    gender_wish = code(values.GENDERS, required=True, allow_none=True)


class WaivedNeedResponse(VisitNeedResponse):
    waiver = Nested(WaiverResponse)


class NeedResponse(StatedNeedResponse):
    for_ = code(values.INTERPRET_FOR, data_key="for", attribute="for")
    waiver = Nested(WaiverResponse)


class OpenNeedsResponse(Schema):
    interpreter = Nested(StatedNeedResponse)


class NeedsResponse(Schema):
    interpreter = Nested(NeedResponse)
    religion = Text()
    prayer = Text()
    diet = Text()
    access = Text()


class OpenRequestResponse(Schema):
    """A request without clinical text."""

    department = _about("code of a department, which may be unlisted, or `undecided`", required=True)
    urgency = code(values.URGENCIES, required=True)
    wished_dates = fields.List(_date())


class RequestResponse(OpenRequestResponse):
    """A request; without clinical text after it was erased."""

    reason = Text()
    clinical_summary = Text()


class OpenPayerResponse(Schema):
    kind = code(values.PAYERS, required=True)


class PayerResponse(OpenPayerResponse):
    company = Text()
    policy_number = Text()


class InterpreterStatusResponse(Schema):
    """`not_needed`, `provided`, or the booking's status."""

    status = code(INTERPRETER_STATES, required=True)


class InterpreterResponse(InterpreterStatusResponse):
    booking_id = _id(required=True, allow_none=True)
    interpreter_id = _id(required=True, allow_none=True)
    name = Text(required=True, allow_none=True)


class AgencyVisitResponse(Schema):
    id = _id(required=True)
    status = code(VISIT_STATES, required=True)
    kind = code(values.VISIT_KINDS, required=True)
    department = Text(required=True)
    start = _time(required=True)
    end = _time(required=True)
    place = Text(required=True, allow_none=True)
    modality = code(values.MODALITIES, required=True)
    rescheduled = Whole(required=True, metadata={"description": "number of times it was rescheduled"})
    interpreter = Nested(InterpreterStatusResponse, required=True)


class CoordinatorVisitResponse(AgencyVisitResponse):
    on_demand = Flag(required=True, metadata={"description": "the patient is here now"})
    interpreter = Nested(InterpreterResponse, required=True)
    need = Nested(VisitNeedResponse, required=True)


class CaseVisitResponse(CoordinatorVisitResponse):
    need = Nested(WaivedNeedResponse, required=True)


class VisitResponse(CaseVisitResponse):
    """A visit; its ETag is that of its case."""

    case_id = _id(required=True)
    case_status = code(CASE_STATES, required=True)


class MessageResponse(Schema):
    id = _id(required=True)
    kind = code(documents.MESSAGE_KINDS, required=True)
    sent_by = code(documents.SIDES, required=True)
    time = _time(required=True)
    text = _about("null after the patient's data were erased", required=True, allow_none=True)


class AgencyDocumentResponse(Schema):
    id = _id(required=True)
    kind = code(documents.KINDS, required=True)
    name = _about("null after the patient's data were erased", required=True, allow_none=True)
    media_type = code(FORMATS, required=True)
    size = Whole(required=True, metadata={"description": "size in bytes"})
    sent_by = code(documents.SIDES, required=True)
    time = _time(required=True)


class DocumentResponse(AgencyDocumentResponse):
    visible_to = Many(code(documents.READERS), required=True)


class CancellationResponse(Schema):
    """A cancellation that the agency requested and the hospital has not decided on."""

    reason = code(values.CANCEL_REASONS, required=True)
    requested_at = _time(required=True)


class ClosingResponse(Schema):
    """How a closed case ended: declined (`reason`), cancelled (`reason`, `wanted_by`) or completed (`outcome`)."""

    reason = code(values.CLOSE_REASONS)
    wanted_by = code(values.WANTED_BY)
    outcome = code(values.OUTCOMES)


class SameReferenceResponse(Schema):
    """The first referral with this agency_reference: a hint, not an error."""

    id = _id(required=True)
    reference = Text(required=True)


class CaseNumbers(Schema):
    """The fields that every response about a case has."""

    id = _id(required=True)
    reference = _about("the hospital's reference, printable and readable over the phone", required=True)
    status = code(CASE_STATES, required=True)
    next = Nested(NextResponse, required=True)
    agency_reference = _about("the agency's own reference", required=True, allow_none=True)
    created_at = _time(required=True)


class ReceiptResponse(CaseNumbers):
    """The response to a new referral."""

    same_agency_reference_as = Nested(SameReferenceResponse)


class RegisteredResponse(CaseNumbers):
    """The response to a new case of the front desk."""

    channel = code(values.ALL_CHANNELS, required=True)
    patient_id = _id(required=True, allow_none=True)
    visits = Many(Nested(CoordinatorVisitResponse), required=True)


class CaseSummary(CaseNumbers):
    channel = code(values.ALL_CHANNELS, required=True)
    languages = Many(Nested(LanguageResponse), required=True)
    cancellation = Nested(CancellationResponse, required=True, allow_none=True)
    closing = Nested(ClosingResponse, required=True, allow_none=True)
    updated_at = _time(required=True)


class ReferralRowResponse(CaseSummary):
    """A referral as its agency sees it in a list: without messages and documents."""

    patient = Nested(AgencyPatientResponse, required=True)
    needs = Nested(NeedsResponse, required=True)
    request = Nested(RequestResponse, required=True)
    payer = Nested(PayerResponse, required=True)
    visits = Many(Nested(AgencyVisitResponse), required=True)
    same_agency_reference_as = Nested(SameReferenceResponse, required=True, allow_none=True)


class ReferralResponse(ReferralRowResponse):
    """A referral as its agency sees it."""

    messages = Many(Nested(MessageResponse), required=True)
    documents = Many(Nested(AgencyDocumentResponse), required=True)


class CoordinatorCaseResponse(CaseSummary):
    """A case without clinical text, messages and documents."""

    organization_id = _id(required=True, allow_none=True)
    patient_id = _id(required=True, allow_none=True)
    patient = Nested(PersonResponse, required=True)
    needs = Nested(OpenNeedsResponse, required=True)
    request = Nested(OpenRequestResponse, required=True)
    payer = Nested(OpenPayerResponse, required=True)
    visits = Many(Nested(CoordinatorVisitResponse), required=True)


class CaseRowResponse(CaseSummary):
    """A case as the front desk sees it in a list: without messages and documents."""

    organization_id = _id(required=True, allow_none=True)
    patient_id = _id(required=True, allow_none=True)
    patient = Nested(DeskPatientResponse, required=True)
    needs = Nested(NeedsResponse, required=True)
    request = Nested(RequestResponse, required=True)
    payer = Nested(PayerResponse, required=True)
    visits = Many(Nested(CaseVisitResponse), required=True)


class CaseResponse(CaseRowResponse):
    """A case as the front desk sees it."""

    messages = Many(Nested(MessageResponse), required=True)
    documents = Many(Nested(DocumentResponse), required=True)


class MergeResponse(Schema):
    """A merge of a patient, or its undoing; `other` is the id of the patient it was merged into."""

    what = code(merges.WHAT, required=True)
    other = _id(required=True)
    by = Text(required=True)
    time = _time(required=True)
    reason = Text(required=True)


class PatientResponse(Schema):
    """A patient; `merged_into` is the id of the record it was merged into."""

    id = _id(required=True)
    registered_at = _time(required=True)
    person = Nested(DeskPatientResponse, required=True)
    languages = Many(Nested(LanguageResponse), required=True)
    needs = Nested(NeedsResponse, required=True)
    allergies = Text(required=True, allow_none=True)
    merged_into = _id(required=True, allow_none=True)
    merged_from = fields.List(_id(), required=True)
    merges = Many(Nested(MergeResponse), required=True)


class FoundPersonResponse(Schema):
    """The fields that distinguish persons in a list."""

    name = Nested(NameResponse, required=True)
    birth_date = _about("a date, a year only, or `unknown`", required=True)
    sex = code(values.SEXES, required=True)
    nationality = Text()
    phone = Nested(PhoneResponse)
    hospital_number = Text()


class FoundCaseResponse(Schema):
    id = _id(required=True)
    reference = Text(required=True)
    status = code(CASE_STATES, required=True)
    channel = code(values.ALL_CHANNELS, required=True)
    created_at = _time(required=True)
    patient_id = _id(required=True, allow_none=True)
    organization_id = _id(required=True, allow_none=True)


class FoundResponse(Schema):
    """A patient with the newest cases, or a case whose patient is not in the list; `reasons` say what matches.

    A patient has `merged_into` and `cases`; a case has `reference`, `status` and its other fields.
    """

    kind = code(FOUND, required=True)
    id = _id(required=True)
    patient = Nested(FoundPersonResponse, required=True)
    reasons = Many(Text(), required=True)
    merged_into = _id(allow_none=True)
    cases = Many(Nested(FoundCaseResponse))
    reference = Text()
    status = code(CASE_STATES)
    channel = code(values.ALL_CHANNELS)
    created_at = _time()
    patient_id = _id(allow_none=True)
    organization_id = _id(allow_none=True)


class SearchResponse(Schema):
    """`complete` is false if more records may match; `read_as` says how the query was interpreted."""

    items = Many(Nested(FoundResponse), required=True)
    complete = Flag(required=True)
    read_as = Many(Text(), required=True)


class HintResponse(FoundResponse):
    """`grade`: `likely`, `possible`, or `relative` (of one family, such as twins); `against`: fields that differ."""

    grade = code(similarity.GRADES, required=True)
    against = Many(Text(), required=True)


class HintsResponse(Schema):
    items = Many(Nested(HintResponse), required=True)


class LineResponse(Schema):
    """One line of a timeline. `by`: `agency`, `hospital` or `system` for an agency, else the account, key or timer."""

    time = _time(required=True)
    type = _about("type of the event, such as `visit.booked`", required=True)
    text = Text(required=True)
    by = Text(required=True)


class TimelineResponse(Schema):
    items = Many(Nested(LineResponse), required=True)
