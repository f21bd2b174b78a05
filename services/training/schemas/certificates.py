"""What the world may know of a certificate, and how often it may ask."""

from marshmallow import fields

from services.training.schemas.parts import NameSchema, Words, day
from shared.web.fields import Schema

VERIFY, CODE_TRIES = "verify", 10
"""Codes from one address in a minute, pages and API together."""


class CertificateSchema(Schema):
    """A genuine certificate: the name and the programme it was given for."""

    name = fields.Nested(NameSchema, required=True)
    title = fields.Nested(Words, required=True)
    issued_on = day(required=True)
