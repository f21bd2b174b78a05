"""Queries and forms of the board, of closing a day and of triage."""

from datetime import date
from functools import partial
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.intake.rules import values
from services.intake.rules.board import STATES
from services.intake.schemas import requests
from services.intake.schemas.fields import Checked, code, words
from services.intake.schemas.forms.cases import Backed
from shared.ui.inputs import Asked, Day
from shared.web.fields import Schema, Whole

MAX_AT_ONCE = 500
MAX_SHOWN = 20
VisitIds = partial(
    fields.List, fields.String(validate=validate.Length(1, 64)), validate=validate.Length(0, MAX_AT_ONCE)
)


class DayQuery(Asked):
    day = Day()

    @ma.post_load
    def _as_date(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return data | ({"day": date.fromisoformat(data["day"])} if "day" in data else {})


class BoardQuery(DayQuery):
    """A day at the desk; without one, today."""

    department = Checked(values.department)
    state = code(tuple(STATES))
    interpreter = code(("missing",))


class Seen(Asked):
    """Which version of a record a page shows."""

    version = Whole(required=True, validate=validate.Range(1, 10**9))


class ClosedQuery(DayQuery):
    """`closing` is a close of the day to tell of; `refused` the visits that it could not close, `left` how many it did not come to."""

    closing = fields.String(validate=validate.Regexp(r"[0-9a-f]{32}\Z"))
    refused = fields.String(validate=validate.Length(max=40 * MAX_SHOWN))
    left = Whole(load_default=0, validate=validate.Range(0, MAX_AT_ONCE))


class CloseForm(Schema):
    """Who is completed and who never came: the boxes that are ticked, and how many, typed."""

    day = Day(required=True)
    complete = VisitIds(load_default=list)
    no_show = VisitIds(load_default=list)
    count = Whole(required=True)


class OpenAgainForm(Schema):
    day = Day(required=True)
    closing = fields.String(required=True, validate=validate.Regexp(r"[0-9a-f]{32}\Z"))


class DeclineForm(Backed, requests.DeclineSchema):
    pass


class WordsForm(Backed):
    """Words to the referrer, or of theirs written down."""

    message = words(requests.MESSAGE, required=True)
