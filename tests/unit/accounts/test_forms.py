"""What every form of accounts takes alike."""

import inspect

import pytest
from marshmallow.validate import Length

from services.accounts import schemas
from services.accounts.pages import forms
from shared.web.fields import Schema, Text

CODES = [
    (shape, name, field)
    for module in (forms, schemas)
    for _, shape in inspect.getmembers(module, inspect.isclass)
    if issubclass(shape, Schema)
    for name, field in shape().fields.items()
    if name.endswith("_code") and isinstance(field, Text)
]


@pytest.mark.parametrize(
    ("shape", "name", "field"), CODES, ids=[f"{shape.__name__}.{name}" for shape, name, _ in CODES]
)
def test_a_code_may_be_as_long_wherever_it_is_typed(shape: type, name: str, field: Text) -> None:
    """In groups, as a device shows it, or full width: what is made of it is judged later."""
    assert [check.max for check in field.validators if isinstance(check, Length)] == [32]
    assert field.name == name


def test_all_of_them_are_seen() -> None:
    assert len(CODES) >= 6
