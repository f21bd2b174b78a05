"""Forms to search for and register a patient. Countries and languages are typed by name or code; they load into the body of RegisterSchema."""

from collections.abc import Callable
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.intake.rules import people, values
from services.intake.rules.values import Unfit
from services.intake.schemas import requests
from services.intake.schemas.fields import Checked, code, line, words
from services.intake.schemas.forms.cases import EditedPassport, EditedPerson, EditedRequest
from shared import languages, places
from shared.named import NotNamed
from shared.web.fields import Schema, Whole

JAPANESE = ("none", "basic", "daily", "fluent", "native")


def _by_name(find: Callable[[str], str], expected: str) -> Callable[[str], str]:
    """Returns a validator that finds the code of a whole name; pages/choices.py proposes the nearest names for others."""

    def read(text: str) -> str:
        try:
            return find(text)
        except NotNamed:
            raise Unfit(expected) from None

    return read


nationality = _by_name(lambda text: places.nationality_names().find(text), "expected a country, by its whole name")
issuer = _by_name(lambda text: places.issuer_names().find(text), "expected a country, by its whole name")
language = _by_name(languages.find, "expected a language, by its whole name")


class SearchForm(Schema):
    """An empty query finds nothing."""

    query = line(200, load_default="")


class RegisterQuery(Schema):
    """`patient` is the id of a registered patient, whose data fill the form."""

    patient = line(64)


class DuplicatesForm(Schema):
    """The form as typed so far, unvalidated: fields that cannot be parsed yet are not searched for."""

    class Meta:
        unknown = ma.EXCLUDE

    patient = fields.Raw(load_default=dict)
    patient_id = fields.Raw(load_default=None)


class RegisteredPassport(EditedPassport):
    country = Checked(issuer)


class RegisteredPerson(EditedPerson):
    nationality = Checked(nationality)
    passport = fields.Nested(RegisteredPassport)


class SpokenForm(Schema):
    """A spoken language; a level without a language, as in the empty form, is ignored."""

    tag = Checked(language)
    level = code(values.LEVELS)


class RegisteredRequest(EditedRequest):
    department = Checked(values.department, required=True)
    reason = words(2000, required=True)


class RegisterForm(Schema):
    """A new case. `japanese` is the level of Japanese beside the languages; `minutes` is the expected length of a walk-in's visit."""

    patient_id = line(64)
    patient = fields.Nested(RegisteredPerson, required=True)
    languages = fields.List(fields.Nested(SpokenForm), validate=validate.Length(max=10), load_default=list)
    japanese = code(JAPANESE)
    request = fields.Nested(RegisteredRequest, required=True)
    payer = fields.Nested(requests.PayerSchema, required=True)
    channel = code(values.CHANNELS, required=True)
    minutes = Whole(load_default=60, validate=validate.Range(5, 720, error="expected 5 to 720 minutes"))

    @ma.validates_schema(skip_on_field_errors=False)
    def _together(self, data: dict[str, Any], **_: Any) -> None:
        """Checks that span several fields, and reports all errors at once."""
        faults: dict[str, Any] = {}
        tags = [each["tag"] for each in _languages(data)]
        if "languages" in data and not tags:
            faults["languages"] = {0: {"tag": ["expected; it is required"]}}
        elif len(set(tags)) < len(tags):
            faults["languages"] = {len(data["languages"]) - 1: {"tag": ["expected each language once"]}}
        if data.get("channel") == "walk_in" and (data.get("request") or {}).get("department") == "undecided":
            faults["request"] = {"department": ["expected the department that sees who is here now"]}
        if not people.is_named((data.get("patient") or {}).get("name")):
            faults["patient"] = {"name": [people.ONE_NAME]}
        if faults:
            raise ma.ValidationError(faults)

    @ma.post_load
    def _as_request(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        body = {name: data[name] for name in ("patient", "request", "payer", "channel")} | {
            "languages": _languages(data)
        }
        if data.get("patient_id") not in (None, "new"):
            body["patient_id"] = data["patient_id"]
        if data["channel"] == "walk_in":
            body["visit"] = {"department": data["request"]["department"], "minutes": data["minutes"]}
        return body


def _languages(data: dict[str, Any]) -> list[dict[str, Any]]:
    """Returns the languages, with Japanese added where it is spoken and not listed."""
    found = [each for each in data.get("languages") or () if each.get("tag")]
    level = data.get("japanese")
    if level not in (None, "none") and all(each["tag"] != "ja" for each in found):
        found.append({"tag": "ja", "level": level})
    return found
