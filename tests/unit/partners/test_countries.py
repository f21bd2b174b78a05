"""An organization's country is taken as everywhere else in the house: shared/places.py."""

import pytest
from marshmallow import ValidationError

from services.partners.schemas.requests import NewOrganizationSchema


@pytest.mark.parametrize(
    ("given", "kept"), [("TH", "TH"), ("THA", "TH"), ("XK", "XK"), ("XKX", "XK"), ("D", "DE"), (None, None)]
)
def test_a_country_by_its_code(given: str | None, kept: str | None) -> None:
    assert NewOrganizationSchema().load({"name": "Agency", "country": given})["country"] == kept


@pytest.mark.parametrize("given", ["th", "Thailand", "", "XX", "unknown", "XXA"])
def test_what_is_no_country_is_refused(given: str) -> None:
    with pytest.raises(ValidationError, match="expected"):
        NewOrganizationSchema().load({"name": "Agency", "country": given})
