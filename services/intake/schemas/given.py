"""What goes out, by reader: only what a shape names leaves the house. The sets of names are golden: a test holds them."""

from marshmallow import fields

from shared.web.fields import Schema

Text, Whole, Flag, Nested, Many = fields.String, fields.Integer, fields.Boolean, fields.Nested, fields.List


class NextGiven(Schema):
    """Whose turn it is, for what, by when."""

    who = Text(required=True)
    what = Text(required=True)
    by = Text(allow_none=True)


class LanguageGiven(Schema):
    tag = Text()
    level = Text()


class NameGiven(Schema):
    latin = Text()
    native = Text()
    kana = Text()
    preferred = Text()
    family = Text()
    given = Text()


class PhoneGiven(Schema):
    typed = Text()
    e164 = Text()


class PassportGiven(Schema):
    number = Text()
    country = Text()
    expires = Text()


class EmergencyContactGiven(Schema):
    name = Text()
    relation = Text()
    phone = Text()
    language = Text()


class PersonGiven(Schema):
    """What a coordinator needs of a person."""

    name = Nested(NameGiven)
    birth_date = Text()
    sex = Text()
    nationality = Text()
    residence = Text()


class AgencyPatientGiven(PersonGiven):
    """The person as the agency told it."""

    passport = Nested(PassportGiven)
    phone = Nested(PhoneGiven)
    email = Text()
    address = Text()
    emergency_contact = Nested(EmergencyContactGiven)
    allergies = Text()


class DeskPatientGiven(AgencyPatientGiven):
    hospital_number = Text()


class WaiverGiven(Schema):
    who = Text()
    why = Text()
    child = Flag()


class StatedNeedGiven(Schema):
    required = Flag()
    provided_by = Text()
    gender_wish = Text(allow_none=True)


class NeedGiven(StatedNeedGiven):
    for_ = Text(data_key="for", attribute="for")
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

    department = Text()
    urgency = Text()
    wished_dates = Many(Text())


class RequestGiven(OpenRequestGiven):
    reason = Text()
    clinical_summary = Text()


class OpenPayerGiven(Schema):
    kind = Text()


class PayerGiven(OpenPayerGiven):
    company = Text()
    policy_number = Text()


class InterpreterStatusGiven(Schema):
    """`not_needed`, `provided`, or the booking's status."""

    status = Text()


class InterpreterGiven(InterpreterStatusGiven):
    booking_id = Text(allow_none=True)
    interpreter_id = Text(allow_none=True)
    name = Text(allow_none=True)


class AgencyVisitGiven(Schema):
    id = Text()
    status = Text()
    kind = Text()
    department = Text()
    start = Text()
    end = Text()
    place = Text(allow_none=True)
    modality = Text()
    rescheduled = Whole()
    interpreter = Nested(InterpreterStatusGiven)


class CoordinatorVisitGiven(AgencyVisitGiven):
    on_demand = Flag()
    interpreter = Nested(InterpreterGiven)
    need = Nested(StatedNeedGiven)


class CaseVisitGiven(CoordinatorVisitGiven):
    need = Nested(NeedGiven)


class VisitGiven(CaseVisitGiven):
    """A visit by itself; its ETag is its case's."""

    case_id = Text()
    case_status = Text()


class MessageGiven(Schema):
    id = Text()
    kind = Text()
    sent_by = Text()
    time = Text()
    text = Text(allow_none=True)


class AgencyDocumentGiven(Schema):
    id = Text()
    kind = Text()
    name = Text(allow_none=True)
    media_type = Text()
    size = Whole()
    sent_by = Text()
    time = Text()


class DocumentGiven(AgencyDocumentGiven):
    visible_to = Many(Text())


class CancellationGiven(Schema):
    """Asked for by the agency, not answered yet."""

    reason = Text()
    requested_at = Text()


class ClosingGiven(Schema):
    """How a closed case ended."""

    reason = Text()
    wanted_by = Text()
    outcome = Text()


class SameReferenceGiven(Schema):
    """The first referral with this agency_reference: a hint, not an error."""

    id = Text()
    reference = Text()


class Numbers(Schema):
    """What every answer about a case begins with."""

    id = Text()
    reference = Text()
    status = Text()
    next = Nested(NextGiven)
    agency_reference = Text(allow_none=True)
    created_at = Text()


class ReceiptGiven(Numbers):
    """The answer to a new referral."""

    same_agency_reference_as = Nested(SameReferenceGiven, allow_none=True)


class RegisteredGiven(Numbers):
    """The answer to a new case of the desk's."""

    channel = Text()
    patient_id = Text(allow_none=True)
    visits = Many(Nested(CoordinatorVisitGiven))


class Told(Numbers):
    channel = Text()
    languages = Many(Nested(LanguageGiven))
    cancellation = Nested(CancellationGiven, allow_none=True)
    closing = Nested(ClosingGiven, allow_none=True)
    updated_at = Text()


class ReferralGiven(Told):
    """A referral as its agency sees it."""

    patient = Nested(AgencyPatientGiven)
    needs = Nested(NeedsGiven)
    request = Nested(RequestGiven)
    payer = Nested(PayerGiven)
    visits = Many(Nested(AgencyVisitGiven))
    messages = Many(Nested(MessageGiven))
    documents = Many(Nested(AgencyDocumentGiven))
    same_agency_reference_as = Nested(SameReferenceGiven, allow_none=True)


class CoordinatorCaseGiven(Told):
    """A case without clinical text."""

    organization_id = Text(allow_none=True)
    patient_id = Text(allow_none=True)
    patient = Nested(PersonGiven)
    needs = Nested(OpenNeedsGiven)
    request = Nested(OpenRequestGiven)
    payer = Nested(OpenPayerGiven)
    visits = Many(Nested(CoordinatorVisitGiven))


class CaseGiven(Told):
    """A case as the desk sees it."""

    organization_id = Text(allow_none=True)
    patient_id = Text(allow_none=True)
    patient = Nested(DeskPatientGiven)
    needs = Nested(NeedsGiven)
    request = Nested(RequestGiven)
    payer = Nested(PayerGiven)
    visits = Many(Nested(CaseVisitGiven))
    messages = Many(Nested(MessageGiven))
    documents = Many(Nested(DocumentGiven))


class MergeGiven(Schema):
    """One merge of a patient, or its undoing; `other` is the id of the one it went into."""

    what = Text()
    other = Text()
    by = Text()
    time = Text()
    reason = Text()


class PatientGiven(Schema):
    """A patient's own record; `merged_into` says where one went that turned out to be another."""

    id = Text()
    registered_at = Text()
    person = Nested(DeskPatientGiven)
    languages = Many(Nested(LanguageGiven))
    needs = Nested(NeedsGiven)
    allergies = Text(allow_none=True)
    merged_into = Text(allow_none=True)
    merged_from = Many(Text())
    merges = Many(Nested(MergeGiven))


class FoundPersonGiven(Schema):
    """What tells one person of a list from another."""

    name = Nested(NameGiven)
    birth_date = Text()
    sex = Text()
    nationality = Text()
    phone = Nested(PhoneGiven)
    hospital_number = Text()


class FoundCaseGiven(Schema):
    id = Text()
    reference = Text()
    status = Text()
    channel = Text()
    created_at = Text()
    patient_id = Text(allow_none=True)
    organization_id = Text(allow_none=True)


class FoundGiven(FoundCaseGiven):
    """A patient with the newest cases, or a case whose patient is not in the list; `reasons` say what fits."""

    kind = Text(required=True)
    patient = Nested(FoundPersonGiven)
    reasons = Many(Text())
    merged_into = Text(allow_none=True)
    cases = Many(Nested(FoundCaseGiven))


class SearchGiven(Schema):
    """`complete` is false where more may fit than was looked at; `read_as` says how the question was understood."""

    items = Many(Nested(FoundGiven), required=True)
    complete = Flag(required=True)
    read_as = Many(Text(), required=True)


class HintGiven(FoundGiven):
    """`grade`: `likely`, `possible`, or `relative` (of one family, such as twins); `against`: fields that differ."""

    grade = Text(required=True)
    against = Many(Text())


class HintsGiven(Schema):
    items = Many(Nested(HintGiven), required=True)


class LineGiven(Schema):
    """One line of a timeline."""

    time = Text(required=True)
    type = Text(required=True)
    text = Text(required=True)
    by = Text(required=True)


class TimelineGiven(Schema):
    items = Many(Nested(LineGiven), required=True)
