"""Fields and shapes that requests, responses and forms share: days, countries, names, the parts of a programme."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from marshmallow import ValidationError, fields, validate

from services.training.rules import programmes, reviews
from services.training.rules.codes import PROFESSIONS
from services.training.rules.documents import requirements
from shared import phones, places
from shared.digits import code
from shared.web.fields import (
    ID,
    ConvertedText,
    EmailAddress,
    Flag,
    Line,
    Place,
    Schema,
    Text,
    TextOrObject,
    Whole,
    calendar_day,
    country,
    each_once,
)

LANGUAGES = ("ja", "en")
DEPARTMENT = validate.Regexp(r"[a-z_]{2,40}\Z", error="expected a department's code, such as cardiology")


def one_of(known: Any, **options: Any) -> fields.String:
    """One of a list of codes."""
    return fields.String(validate=validate.OneOf(known, error=f"expected one of {', '.join(known)}"), **options)


def day(**options: Any) -> fields.String:
    """A date, stored as text."""
    return fields.String(validate=calendar_day, metadata={"format": "date"}, **options)


nationality = partial(Place, places.nationality)
issuer = partial(Place, places.issuer)


class Phone(TextOrObject, Line):
    """A phone number with its country, as text or an object; stored in international form: +66 2 123 4567."""

    def __init__(self, **options: Any) -> None:
        super().__init__(phones.MOST, metadata=phones.TEXT_OR_OBJECT | {"example": "+66 2 123 4567"}, **options)

    def convert(self, text: str | Mapping[str, Any]) -> str:
        try:
            return phones.given(text, None)[1].shown
        except phones.NoPhone as error:
            raise ValidationError(str(error)) from None


class Number(ConvertedText, Line):
    """A number or code of letters and digits; full-width characters are stored as ASCII."""

    def convert(self, text: str) -> str:
        return code(text)


class LocalizedText(Schema):
    """A text in Japanese and English."""

    ja = Text(4000)
    en = Text(4000)


class LocalizedTitle(Schema):
    """A line in Japanese and English."""

    ja = Line(300, required=True)
    en = Line(300, required=True)


class NameSchema(Schema):
    """A name: `latin` as in the passport, `native` in the person's own script. A single name is allowed."""

    latin = Line(allow_none=True, metadata={"example": "SOMCHAI Jaidee"})
    native = Line(allow_none=True, metadata={"example": "สมชาย ใจดี"})
    kana = Line(allow_none=True)
    preferred = Line(allow_none=True)


class PassportSchema(Schema):
    """The passport used for the stay."""

    number = Number(40, allow_none=True)
    country = issuer(allow_none=True)
    expires_on = day(allow_none=True)


class LicenceSchema(Schema):
    """The licence to practise, if the person has one."""

    number = Number(80, allow_none=True)
    country = country(allow_none=True)
    licensed_on = day(allow_none=True)


class EmergencyContactSchema(Schema):
    """The person to contact in an emergency."""

    name = Line(allow_none=True)
    relation = Line(80, allow_none=True)
    phone = Phone(allow_none=True)
    email = EmailAddress(allow_none=True)


class PeriodSchema(Schema):
    """A period with places: `slots` places, each for one application or for one group of at most `group_size` people."""

    id = fields.String(validate=ID)
    since = day(required=True, data_key="from", attribute="from")
    until = day(required=True)
    slots = Whole(required=True, validate=validate.Range(0, 10000))
    group_size = Whole(load_default=1, validate=validate.Range(1, 200))
    professions = fields.List(one_of(PROFESSIONS), load_default=list, validate=each_once)
    department = fields.String(validate=DEPARTMENT, allow_none=True)


class SeasonSchema(Schema):
    """A season, as days of the year (MM-DD)."""

    since = fields.String(required=True, data_key="from", attribute="from")
    until = fields.String(required=True, data_key="to", attribute="to")
    valid_from = fields.String()


class ValiditySchema(Schema):
    """Conditions that an accepted document must meet; all that are set must hold."""

    within_days_of_start = Whole(validate=validate.Range(0, 4000))
    covers_visit = Flag()
    from_start = Flag()
    margin_days = Whole(validate=validate.Range(0, 4000))
    season = fields.Nested(SeasonSchema)
    years_valid = Whole(validate=validate.Range(1, 50))
    doses = Whole(validate=validate.Range(1, 10))
    interval_days = Whole(validate=validate.Range(0, 1000))
    valid_days = Whole(validate=validate.Range(1, 4000))
    this_stay = Flag()
    or_titre = Flag()


class AppliesToSchema(Schema):
    """Who must provide the document; an empty list does not restrict."""

    kinds = fields.List(one_of(programmes.KINDS))
    professions = fields.List(one_of(PROFESSIONS))
    nationalities = fields.List(nationality())
    departments = fields.List(fields.String(validate=DEPARTMENT))
    min_days = Whole(validate=validate.Range(0, 4000))


class RequirementSchema(Schema):
    """A document that a programme requires, as a rule relative to the stay."""

    code = fields.String(required=True)
    name = fields.Nested(LocalizedTitle, required=True)
    owner = one_of(requirements.OWNERS)
    stage = one_of(requirements.STAGES)
    due_days_before_start = Whole(validate=validate.Range(-400, 400))
    validity = fields.Nested(ValiditySchema)
    applies_to = fields.Nested(AppliesToSchema)


class ReviewersSchema(Schema):
    """Accounts named for a step; without any, every account with the role of the step can review."""

    department = fields.List(fields.String(validate=ID))
    chief = fields.List(fields.String(validate=ID))


class ReviewChainSchema(Schema):
    """The steps of the review, their order and reviewers."""

    order = one_of(reviews.ORDERS, load_default="in_order")
    steps = fields.List(one_of(reviews.STEPS), required=True, validate=[validate.Length(1, 2), each_once])
    reviewers = fields.Nested(ReviewersSchema, load_default=dict)


class AbsenceSchema(Schema):
    """Days on which the supervisor is away."""

    since = day(required=True, data_key="from", attribute="from")
    until = day(required=True)


class SupervisorSchema(Schema):
    """The supervisor; `designated_for` lists the professions the minister certified them for (臨床修練)."""

    name = Line(required=True)
    title = fields.Nested(LocalizedText)
    designated_for = fields.List(one_of(PROFESSIONS))
    away = fields.List(fields.Nested(AbsenceSchema))


class DesignationSchema(Schema):
    """The minister's designation of the hospital for clinical training (臨床修練病院等); without `until` it has no end."""

    number = Number(80, required=True)
    since = day(required=True, data_key="from", attribute="from")
    until = day(allow_none=True)
