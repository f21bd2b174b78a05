"""Fields that requests and responses have in common."""

from typing import Any

from marshmallow import fields, validate

from services.accounts.rules.accounts import LANGUAGES, MAX_DEPARTMENTS, ROLES
from services.accounts.rules.departments import CODE
from shared.web.fields import Line

ROLE = fields.String(validate=validate.OneOf(ROLES))
LANGUAGE = validate.OneOf(LANGUAGES)
DEPARTMENT = fields.String(validate=validate.Regexp(CODE + r"\Z", error="expected a-z and _, 2 to 40"))
DEPARTMENTS: dict[str, Any] = {
    "validate": validate.Length(max=MAX_DEPARTMENTS),
    "metadata": {
        "description": "codes of the departments the person works in; the roles department and reviewer are limited to them",
        "example": ["cardiology"],
    },
}
NAMES = fields.Dict(
    keys=fields.String(
        validate=validate.Regexp(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}\Z", error="expected a BCP 47 tag")
    ),
    values=Line(),
    validate=validate.Length(1, 30),
    metadata={"description": "names by BCP 47 tag", "example": {"ja": "循環器内科", "en": "Cardiology"}},
)
