"""What goes out, by reader: only what a shape names leaves the house. The sets of names are golden: a test holds them.

`required` is what is always there; what is left out where there is none is not. Every code is of the table the rules go by.
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


class NextGiven(Schema):
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


class LanguageGiven(Schema):
    tag = _about("BCP 47", required=True)
    level = code(values.LEVELS)


class NameGiven(Schema):
    """As it was told; what was not told is left out."""

    latin = Text()
    native = Text()
    kana = Text()
    preferred = Text()
    family = Text()
    given = Text()


class PhoneGiven(Schema):
    typed = _about("as entered", required=True)
    e164 = _about("in E.164 format, with the country code", required=True)


class PassportGiven(Schema):
    number = Text(required=True)
    country = Text()
    expires = _date()


class EmergencyContactGiven(Schema):
    name = Text(required=True)
    relation = Text()
    phone = Text()
    language = _about("BCP 47")


class PersonGiven(Schema):
    """What a coordinator needs of a person; empty once what was told of them was erased."""

    name = Nested(NameGiven)
    birth_date = _about("a date, a year only, or `unknown`")
    sex = code(values.SEXES)
    nationality = _about("ISO 3166-1 alpha-2, a code of ICAO 9303-3 if there is no country, or `unknown`")
    residence = code(values.RESIDENCES)


class AgencyPatientGiven(PersonGiven):
    """The person as the agency told it."""

    passport = Nested(PassportGiven)
    phone = Nested(PhoneGiven)
    email = Text(metadata={"format": "email"})
    address = Text()
    emergency_contact = Nested(EmergencyContactGiven)
    allergies = Text()


class DeskPatientGiven(AgencyPatientGiven):
    hospital_number = Text()


class WaiverGiven(Schema):
    who = Text(required=True)
    why = Text(required=True)
    child = Flag(required=True)


class StatedNeedGiven(Schema):
    """A need as far as it was stated."""

    required = Flag()
    provided_by = code(PROVIDERS)
    gender_wish = code(values.GENDERS, allow_none=True)


class VisitNeedGiven(Schema):
    """The need of a visit, worked out."""

    required = Flag(required=True)
    provided_by = code(PROVIDERS, required=True)
    gender_wish = code(values.GENDERS, required=True, allow_none=True)


class WaivedNeedGiven(VisitNeedGiven):
    waiver = Nested(WaiverGiven)


class NeedGiven(StatedNeedGiven):
    for_ = code(values.INTERPRET_FOR, data_key="for", attribute="for")
    waiver = Nested(WaiverGiven)


class OpenNeedsGiven(Schema):
    interpreter = Nested(StatedNeedGiven)


class NeedsGiven(Schema):
    interpreter = Nested(NeedGiven)
    religion = Text()
    prayer = Text()
    diet = Text()
    access = Text()


class OpenRequestGiven(Schema):
    """A request without clinical text."""

    department = _about("code of a department, which may be unlisted, or `undecided`", required=True)
    urgency = code(values.URGENCIES, required=True)
    wished_dates = fields.List(_date())


class RequestGiven(OpenRequestGiven):
    """What is asked for; without clinical text once that was erased."""

    reason = Text()
    clinical_summary = Text()


class OpenPayerGiven(Schema):
    kind = code(values.PAYERS, required=True)


class PayerGiven(OpenPayerGiven):
    company = Text()
    policy_number = Text()


class InterpreterStatusGiven(Schema):
    """`not_needed`, `provided`, or the booking's status."""

    status = code(INTERPRETER_STATES, required=True)


class InterpreterGiven(InterpreterStatusGiven):
    booking_id = _id(required=True, allow_none=True)
    interpreter_id = _id(required=True, allow_none=True)
    name = Text(required=True, allow_none=True)


class AgencyVisitGiven(Schema):
    id = _id(required=True)
    status = code(VISIT_STATES, required=True)
    kind = code(values.VISIT_KINDS, required=True)
    department = Text(required=True)
    start = _time(required=True)
    end = _time(required=True)
    place = Text(required=True, allow_none=True)
    modality = code(values.MODALITIES, required=True)
    rescheduled = Whole(required=True, metadata={"description": "number of times it was rescheduled"})
    interpreter = Nested(InterpreterStatusGiven, required=True)


class CoordinatorVisitGiven(AgencyVisitGiven):
    on_demand = Flag(required=True, metadata={"description": "the patient is here now"})
    interpreter = Nested(InterpreterGiven, required=True)
    need = Nested(VisitNeedGiven, required=True)


class CaseVisitGiven(CoordinatorVisitGiven):
    need = Nested(WaivedNeedGiven, required=True)


class VisitGiven(CaseVisitGiven):
    """A visit by itself; its ETag is its case's."""

    case_id = _id(required=True)
    case_status = code(CASE_STATES, required=True)


class MessageGiven(Schema):
    id = _id(required=True)
    kind = code(documents.MESSAGE_KINDS, required=True)
    sent_by = code(documents.SIDES, required=True)
    time = _time(required=True)
    text = _about("null after the patient's data were erased", required=True, allow_none=True)


class AgencyDocumentGiven(Schema):
    id = _id(required=True)
    kind = code(documents.KINDS, required=True)
    name = _about("null after the patient's data were erased", required=True, allow_none=True)
    media_type = code(FORMATS, required=True)
    size = Whole(required=True, metadata={"description": "size in bytes"})
    sent_by = code(documents.SIDES, required=True)
    time = _time(required=True)


class DocumentGiven(AgencyDocumentGiven):
    visible_to = Many(code(documents.READERS), required=True)


class CancellationGiven(Schema):
    """Asked for by the agency, not answered yet."""

    reason = code(values.CANCEL_REASONS, required=True)
    requested_at = _time(required=True)


class ClosingGiven(Schema):
    """How a closed case ended: declined (`reason`), cancelled (`reason`, `wanted_by`) or completed (`outcome`)."""

    reason = code(values.CLOSE_REASONS)
    wanted_by = code(values.WANTED_BY)
    outcome = code(values.OUTCOMES)


class SameReferenceGiven(Schema):
    """The first referral with this agency_reference: a hint, not an error."""

    id = _id(required=True)
    reference = Text(required=True)


class Numbers(Schema):
    """What every answer about a case begins with."""

    id = _id(required=True)
    reference = _about("the hospital's reference, printable and readable over the phone", required=True)
    status = code(CASE_STATES, required=True)
    next = Nested(NextGiven, required=True)
    agency_reference = _about("the agency's own reference", required=True, allow_none=True)
    created_at = _time(required=True)


class ReceiptGiven(Numbers):
    """The answer to a new referral."""

    same_agency_reference_as = Nested(SameReferenceGiven)


class RegisteredGiven(Numbers):
    """The answer to a new case of the desk's."""

    channel = code(values.ALL_CHANNELS, required=True)
    patient_id = _id(required=True, allow_none=True)
    visits = Many(Nested(CoordinatorVisitGiven), required=True)


class Told(Numbers):
    channel = code(values.ALL_CHANNELS, required=True)
    languages = Many(Nested(LanguageGiven), required=True)
    cancellation = Nested(CancellationGiven, required=True, allow_none=True)
    closing = Nested(ClosingGiven, required=True, allow_none=True)
    updated_at = _time(required=True)


class ReferralRowGiven(Told):
    """A referral as its agency sees it in a list: without messages and documents."""

    patient = Nested(AgencyPatientGiven, required=True)
    needs = Nested(NeedsGiven, required=True)
    request = Nested(RequestGiven, required=True)
    payer = Nested(PayerGiven, required=True)
    visits = Many(Nested(AgencyVisitGiven), required=True)
    same_agency_reference_as = Nested(SameReferenceGiven, required=True, allow_none=True)


class ReferralGiven(ReferralRowGiven):
    """A referral as its agency sees it."""

    messages = Many(Nested(MessageGiven), required=True)
    documents = Many(Nested(AgencyDocumentGiven), required=True)


class CoordinatorCaseGiven(Told):
    """A case without clinical text, messages and documents."""

    organization_id = _id(required=True, allow_none=True)
    patient_id = _id(required=True, allow_none=True)
    patient = Nested(PersonGiven, required=True)
    needs = Nested(OpenNeedsGiven, required=True)
    request = Nested(OpenRequestGiven, required=True)
    payer = Nested(OpenPayerGiven, required=True)
    visits = Many(Nested(CoordinatorVisitGiven), required=True)


class CaseRowGiven(Told):
    """A case as the desk sees it in a list: without messages and documents."""

    organization_id = _id(required=True, allow_none=True)
    patient_id = _id(required=True, allow_none=True)
    patient = Nested(DeskPatientGiven, required=True)
    needs = Nested(NeedsGiven, required=True)
    request = Nested(RequestGiven, required=True)
    payer = Nested(PayerGiven, required=True)
    visits = Many(Nested(CaseVisitGiven), required=True)


class CaseGiven(CaseRowGiven):
    """A case as the desk sees it."""

    messages = Many(Nested(MessageGiven), required=True)
    documents = Many(Nested(DocumentGiven), required=True)


class MergeGiven(Schema):
    """One merge of a patient, or its undoing; `other` is the id of the one it went into."""

    what = code(merges.WHAT, required=True)
    other = _id(required=True)
    by = Text(required=True)
    time = _time(required=True)
    reason = Text(required=True)


class PatientGiven(Schema):
    """A patient's own record; `merged_into` says where one went that turned out to be another."""

    id = _id(required=True)
    registered_at = _time(required=True)
    person = Nested(DeskPatientGiven, required=True)
    languages = Many(Nested(LanguageGiven), required=True)
    needs = Nested(NeedsGiven, required=True)
    allergies = Text(required=True, allow_none=True)
    merged_into = _id(required=True, allow_none=True)
    merged_from = fields.List(_id(), required=True)
    merges = Many(Nested(MergeGiven), required=True)


class FoundPersonGiven(Schema):
    """What tells one person of a list from another."""

    name = Nested(NameGiven, required=True)
    birth_date = _about("a date, a year only, or `unknown`", required=True)
    sex = code(values.SEXES, required=True)
    nationality = Text()
    phone = Nested(PhoneGiven)
    hospital_number = Text()


class FoundCaseGiven(Schema):
    id = _id(required=True)
    reference = Text(required=True)
    status = code(CASE_STATES, required=True)
    channel = code(values.ALL_CHANNELS, required=True)
    created_at = _time(required=True)
    patient_id = _id(required=True, allow_none=True)
    organization_id = _id(required=True, allow_none=True)


class FoundGiven(Schema):
    """A patient with the newest cases, or a case whose patient is not in the list; `reasons` say what fits.

    Of a patient: `merged_into` and `cases`. Of a case: `reference`, `status` and what else a case has.
    """

    kind = code(FOUND, required=True)
    id = _id(required=True)
    patient = Nested(FoundPersonGiven, required=True)
    reasons = Many(Text(), required=True)
    merged_into = _id(allow_none=True)
    cases = Many(Nested(FoundCaseGiven))
    reference = Text()
    status = code(CASE_STATES)
    channel = code(values.ALL_CHANNELS)
    created_at = _time()
    patient_id = _id(allow_none=True)
    organization_id = _id(allow_none=True)


class SearchGiven(Schema):
    """`complete` is false where more may fit than was looked at; `read_as` says how the question was understood."""

    items = Many(Nested(FoundGiven), required=True)
    complete = Flag(required=True)
    read_as = Many(Text(), required=True)


class HintGiven(FoundGiven):
    """`grade`: `likely`, `possible`, or `relative` (of one family, such as twins); `against`: fields that differ."""

    grade = code(similarity.GRADES, required=True)
    against = Many(Text(), required=True)


class HintsGiven(Schema):
    items = Many(Nested(HintGiven), required=True)


class LineGiven(Schema):
    """One line of a timeline. `by`: `agency`, `hospital` or `system` for an agency, else the account, key or timer."""

    time = _time(required=True)
    type = _about("type of the event, such as `visit.booked`", required=True)
    text = Text(required=True)
    by = Text(required=True)


class TimelineGiven(Schema):
    items = Many(Nested(LineGiven), required=True)
