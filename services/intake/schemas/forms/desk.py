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
from services.intake.schemas.forms.cases import ReturnForm
from shared.ui.inputs import Day, PageQuery
from shared.web.fields import Schema, Whole

MAX_AT_ONCE = 500
MAX_SHOWN = 20
VisitIds = partial(
    fields.List, fields.String(validate=validate.Length(1, 64)), validate=validate.Length(0, MAX_AT_ONCE)
)


class DayQuery(PageQuery):
    day = Day()

    @ma.post_load
    def _as_date(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return data | ({"day": date.fromisoformat(data["day"])} if "day" in data else {})


class BoardQuery(DayQuery):
    """The board of a day; without one, today's."""

    department = Checked(values.department)
    state = code(tuple(STATES))
    interpreter = code(("missing",))


class VersionQuery(PageQuery):
    """The version of a record that a page shows."""

    version = Whole(required=True, validate=validate.Range(1, 10**9))


class ClosedQuery(DayQuery):
    """`closing` is the closing of a day whose outcome is shown; `refused` are the visits it could not close, `left` the number it did not reach."""

    closing = fields.String(validate=validate.Regexp(r"[0-9a-f]{32}\Z"))
    refused = fields.String(validate=validate.Length(max=40 * MAX_SHOWN))
    left = Whole(load_default=0, validate=validate.Range(0, MAX_AT_ONCE))


class CloseForm(Schema):
    """The visits to complete and to mark as no-shows (ticked boxes), and their number, typed."""

    day = Day(required=True)
    complete = VisitIds(load_default=list)
    no_show = VisitIds(load_default=list)
    count = Whole(required=True)


class ReopenDayForm(Schema):
    day = Day(required=True)
    closing = fields.String(required=True, validate=validate.Regexp(r"[0-9a-f]{32}\Z"))


class DeclineForm(ReturnForm, requests.DeclineSchema):
    pass


class MessageForm(ReturnForm):
    """A message to the agency, or information received from it."""

    message = words(requests.MESSAGE, required=True)
