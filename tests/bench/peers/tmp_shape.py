from marshmallow import Schema, fields, validate


class Name(Schema):
    latin = fields.Str(validate=validate.Length(1, 200))
    native = fields.Str(validate=validate.Length(1, 200))


class Pat(Schema):
    name = fields.Nested(Name, required=True)
    birth_date = fields.Date()
    sex = fields.Str(validate=validate.OneOf(["male", "female"]))
    nationality = fields.Str(validate=validate.Length(2, 2))


class Lang(Schema):
    tag = fields.Str(required=True)
    level = fields.Str()


class Req(Schema):
    department = fields.Str(validate=validate.Regexp("[a-z_]{2,40}"))
    reason = fields.Str()
    clinical_summary = fields.Str()
    urgency = fields.Str()


class Payer(Schema):
    kind = fields.Str()


class ReferralSchema(Schema):
    agency_reference = fields.Str(validate=validate.Length(1, 100))
    patient = fields.Nested(Pat)
    languages = fields.List(fields.Nested(Lang))
    request = fields.Nested(Req)
    payer = fields.Nested(Payer)
