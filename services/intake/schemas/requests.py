"""Requests: referrals, cases and edits of the front desk, visits, commands. Unknown fields are rejected."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.intake.rules import documents, values
from services.intake.rules.tables import CASE_STATES, VISIT_STATES
from services.intake.schemas.fields import (
    Checked,
    NameSchema,
    NeedSchema,
    NeedsSchema,
    Phone,
    Since,
    calendar_date,
    code,
    languages,
    line,
    number,
    words,
)
from shared.web.fields import EmailAddress, Moment, Paged, Schema, Whole
from shared.web.single_pass import fields_only

MESSAGE = 4000
NATIONALITY = {
    "example": "TH",
    "description": "ISO 3166-1 alpha-2, XK, a code of ICAO 9303-3 if there is no country (XXA stateless, XXB and XXC refugees, "
    "XXX unspecified, GBN …), or unknown; omitted if it was not asked",
}


@fields_only
class PassportSchema(Schema):
    number = number(40, required=True)
    country = Checked(values.issuer, metadata={"example": "TH"})
    expires = calendar_date()


@fields_only
class EmergencyContactSchema(Schema):
    name = line(required=True)
    relation = line(100)
    phone = Phone(values.phone_line, None)
    language = Checked(values.language)


class DeskContactSchema(EmergencyContactSchema):
    """An emergency contact; the phone may be in Japanese national format."""

    phone = Phone(values.phone_line, "JP")


@fields_only
class PatientSchema(Schema):
    """The person of a referral."""

    name = fields.Nested(NameSchema, required=True)
    birth_date = Checked(values.birth_date, required=True, metadata={"example": "1961-04-02"})
    sex = code(values.SEXES, required=True)
    nationality = Checked(values.nationality, metadata=NATIONALITY)
    residence = code(values.RESIDENCES)
    passport = fields.Nested(PassportSchema)
    phone = Phone(values.phone, None)
    email = EmailAddress()
    address = words(500)
    emergency_contact = fields.Nested(EmergencyContactSchema)
    allergies = words(2000)


@fields_only
class RequestSchema(Schema):
    """What the patient needs: department, reason, urgency."""

    department = Checked(values.department, required=True, metadata={"pattern": "^[a-z_]{2,40}$"})
    reason = words(2000, required=True)
    clinical_summary = words(20000)
    urgency = code(values.URGENCIES, required=True)
    wished_dates = fields.List(calendar_date(), validate=validate.Length(max=10))


@fields_only
class PayerSchema(Schema):
    kind = code(values.PAYERS, required=True)
    company = line()
    policy_number = number(100)


@fields_only
class ReferralSchema(Schema):
    """An agency's referral."""

    agency_reference = line(100, required=True)
    patient = fields.Nested(PatientSchema, required=True)
    languages = languages(required=True)
    needs = fields.Nested(NeedsSchema)
    request = fields.Nested(RequestSchema, required=True)
    payer = fields.Nested(PayerSchema, required=True)


class Section(Schema):
    """A schema that can be partial for an edit: then null removes a field that is not required."""

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        if self.partial and not field_obj.required:
            field_obj.allow_none = True


class DeskPatientSchema(PatientSchema, Section):
    """The person as the front desk enters it; unknown fields may be omitted."""

    birth_date = Checked(values.birth_date, load_default="unknown", metadata={"example": "1961-04-02"})
    sex = code(values.SEXES, load_default="unknown")
    nationality = Checked(values.nationality, metadata=NATIONALITY)
    phone = Phone(values.phone, "JP")
    emergency_contact = fields.Nested(DeskContactSchema)
    hospital_number = number(40)

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        if field_name not in ("birth_date", "sex"):
            super().on_bind_field(field_name, field_obj)


class DeskRequestSchema(RequestSchema, Section):
    department = Checked(values.department, load_default="undecided", metadata={"pattern": "^[a-z_]{2,40}$"})
    urgency = code(values.URGENCIES, load_default="routine")

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        if field_name not in ("department", "urgency"):
            super().on_bind_field(field_name, field_obj)


class EditedPatientSchema(DeskPatientSchema):
    pass


class EditedRequestSchema(DeskRequestSchema):
    pass


class EditedNeedsSchema(NeedsSchema, Section):
    pass


class EditedPayerSchema(PayerSchema, Section):
    pass


class WalkInSchema(Schema):
    """The visit of a patient at the front desk: it starts now and lasts `minutes`."""

    department = Checked(values.department, required=True)
    minutes = Whole(load_default=60, validate=validate.Range(5, 720, error="expected 5 to 720 minutes"))
    place = line()
    modality = code(values.MODALITIES)
    interpreter = fields.Nested(NeedSchema)


class RegisterSchema(Schema):
    """A case that the front desk registers; with `visit` it is a walk-in."""

    channel = code(values.CHANNELS)
    patient_id = line(64, allow_none=True)
    patient = fields.Nested(DeskPatientSchema, required=True)
    languages = languages(required=True)
    needs = fields.Nested(NeedsSchema)
    request = fields.Nested(DeskRequestSchema, required=True)
    payer = fields.Nested(PayerSchema, load_default=lambda: {"kind": "self"})
    visit = fields.Nested(WalkInSchema)

    @ma.validates_schema
    def _walk_in_is_here(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("channel") == "walk_in" and "visit" not in data:
            raise ma.ValidationError("expected for the channel walk_in: who walks in is here now", "visit")


def _some(schema: type[Schema]) -> Schema:
    """Returns the schema with every field of the section optional; nested objects stay complete."""
    return schema(partial=tuple(schema().declared_fields))


class EditSchema(Schema):
    """An edit: sections field by field, languages as a whole; a `patient_id` of null changes no link."""

    patient_id = line(64, allow_none=True)
    patient = fields.Nested(_some(EditedPatientSchema))
    languages = languages()
    needs = fields.Nested(_some(EditedNeedsSchema))
    request = fields.Nested(_some(EditedRequestSchema))
    payer = fields.Nested(_some(EditedPayerSchema))

    @ma.validates_schema
    def _something(self, data: dict[str, Any], **_: Any) -> None:
        if not data:
            raise ma.ValidationError("expected at least one field to change")


class AcceptSchema(Schema):
    patient_id = line(64)


class DeclineSchema(Schema):
    reason = code(values.DECLINE_REASONS, required=True)
    message = words(MESSAGE)


class MessageSchema(Schema):
    """The message of a command."""

    message = words(MESSAGE, required=True)


class TextSchema(Schema):
    """A message."""

    text = words(MESSAGE, required=True)


class AgencyCancellationSchema(Schema):
    reason = code(values.CANCEL_REASONS, required=True)


class CancelCaseSchema(Schema):
    """`reason` may be omitted if the agency requested the cancellation with one."""

    reason = code(values.CANCEL_REASONS)
    wanted_by = code(values.WANTED_BY)


class CancelVisitSchema(Schema):
    reason = code(values.CANCEL_REASONS, required=True)
    wanted_by = code(values.WANTED_BY, load_default="hospital")


class CompleteSchema(Schema):
    outcome = code(values.OUTCOMES, required=True)


class ReopenSchema(Schema):
    reason = words(500, required=True)


class VisitSchema(Schema):
    """A visit to book, in a listed department."""

    department = Checked(values.department, required=True)
    start = Moment(required=True)
    end = Moment(required=True)
    place = line(allow_none=True)
    modality = code(values.MODALITIES, load_default="on_site")
    kind = code(values.VISIT_KINDS, load_default="outpatient")
    interpreter = fields.Nested(NeedSchema)


class EditVisitSchema(Schema):
    """Only the fields present are changed; a place of null removes it."""

    place = line(allow_none=True)
    modality = code(values.MODALITIES)
    interpreter = fields.Nested(NeedSchema)

    @ma.validates_schema
    def _something(self, data: dict[str, Any], **_: Any) -> None:
        if not data:
            raise ma.ValidationError("expected at least one field to change")


class RescheduleSchema(Schema):
    start = Moment(required=True)
    end = Moment(required=True)
    wanted_by = code(values.WANTED_BY, load_default="hospital")


class CorrectSchema(Schema):
    to = code(VISIT_STATES, required=True)
    reason = words(500, required=True)


class AgencyDocumentSchema(Schema):
    """The fields of an upload besides the file."""

    kind = code(documents.KINDS, required=True)


class DeskDocumentSchema(AgencyDocumentSchema):
    """`visible_to` is a comma-separated list; the hospital always sees the document."""

    visible_to = Checked(documents.readers, metadata={"example": "us,agency"})


class SearchSchema(Schema):
    """The query may be a reference, a birth date in any form, a phone, words of a name, a passport or hospital number."""

    query = line(200, required=True)


class AskedPassportSchema(Schema):
    number = number(40, required=True)


class AskedPersonSchema(Schema):
    """A person, as far as entered."""

    name = fields.Nested(NameSchema)
    birth_date = Checked(values.birth_date, metadata={"example": "1961-04-02"})
    sex = code(values.SEXES)
    nationality = Checked(values.nationality, metadata=NATIONALITY)
    passport = fields.Nested(AskedPassportSchema)
    phone = Phone(values.phone, "JP")
    hospital_number = number(40)


class DuplicatesSchema(Schema):
    """The person to find duplicates of: details being entered, a case, or a patient."""

    patient = fields.Nested(AskedPersonSchema)
    case_id = line(64)
    patient_id = line(64)

    @ma.validates_schema
    def _one_of_them(self, data: dict[str, Any], **_: Any) -> None:
        if len(data) != 1:
            raise ma.ValidationError("expected exactly one of patient, case_id, patient_id")


class MergeSchema(Schema):
    """Merges the patient in the address `into` another one, or another one (`from`) into it."""

    into = line(64)
    from_ = line(64, data_key="from", attribute="from")
    reason = words(500, required=True)

    @ma.validates_schema
    def _one_of_them(self, data: dict[str, Any], **_: Any) -> None:
        if ("into" in data) == ("from" in data):
            raise ma.ValidationError("expected exactly one of into, from")


class UnmergeSchema(Schema):
    reason = words(500, required=True)


class ReferralsQuery(Paged):
    status = code(CASE_STATES)
    agency_reference = line(100)
    updated_since = Since()


class CasesQuery(ReferralsQuery):
    organization_id = line(64)
    reference = line(20)
