"""What an address asks of its page: what the page takes of it, and nothing it would refuse."""

from typing import Any

import pytest
from marshmallow import ValidationError, fields, validate, validates_schema

from shared.ui.inputs import query_of
from shared.web.fields import Schema


class Query(Schema):
    status = fields.String(load_default="free", validate=validate.OneOf(["free", "taken"]))
    first = fields.Integer(load_default=1)
    last = fields.Integer(load_default=9)

    @validates_schema
    def _in_order(self, data: dict[str, Any], **_: Any) -> None:
        if data["first"] > data["last"]:
            raise ValidationError("expected them in order")


USUAL = {"status": "free", "first": 1, "last": 9}


@pytest.mark.parametrize(
    ("address", "wanted"),
    [
        ("/beds", {}),
        ("/beds?", {}),
        ("/beds?status=taken&first=2", {"status": "taken", "first": 2}),
        ("/beds?status=gone&first=2", {"first": 2}),
        ("/beds?status=&first=2", {"first": 2}),
        ("/beds?unknown=1&first=2", {"first": 2}),
        ("/beds?first=9&last=2", {}),
        ("/beds?first=%FF&status=taken", {"status": "taken"}),
    ],
)
def test_what_an_address_asks(address: str, wanted: dict[str, Any]) -> None:
    assert query_of(Query, address) == USUAL | wanted
