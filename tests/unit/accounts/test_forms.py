"""What every form and request of accounts accepts alike."""

import inspect

import pytest
from marshmallow.validate import Length

from services.accounts.schemas import forms, requests
from shared.web.fields import Schema, Text

CODES = [
    (shape, name, field)
    for module in (forms, requests)
    for _, shape in inspect.getmembers(module, inspect.isclass)
    if issubclass(shape, Schema)
    for name, field in shape().fields.items()
    if name.endswith("_code") and isinstance(field, Text)
]


@pytest.mark.parametrize(
    ("shape", "name", "field"), CODES, ids=[f"{shape.__name__}.{name}" for shape, name, _ in CODES]
)
def test_every_code_field_has_the_same_maximum_length(shape: type, name: str, field: Text) -> None:
    """Codes are typed in groups, as a device shows them, or in full width; they are checked later."""
    assert [check.max for check in field.validators if isinstance(check, Length)] == [32]
    assert field.name == name


def test_all_code_fields_are_found() -> None:
    assert len(CODES) >= 6
