"""An edit by a form that shows the whole: sent as it stands it changes nothing, and what is emptied is taken out."""

from copy import deepcopy
from typing import Any

import pytest

from services.intake.rules.edits import SECTIONS, NothingChanged, changes, form_values, need_form_values

VIEW: dict[str, Any] = {
    "patient": {
        "name": {"latin": "SOMCHAI Jaidee"}, "birth_date": "unknown", "sex": "male", "nationality": "TH",
        "phone": {"typed": "02-123-4567", "e164": "+6621234567"}, "allergies": "Penicillin",
    },
    "languages": [{"tag": "th", "level": "native"}, {"tag": "en"}],
    "needs": {"interpreter": {"required": True, "gender_wish": "female"}},
    "request": {"department": "cardiology", "reason": "Pain", "urgency": "routine", "wished_dates": ["2026-12-01"]},
    "payer": {"kind": "self"},
}  # fmt: skip


def typed(**sections: dict[str, Any]) -> dict[str, Any]:
    """What a form loads that was sent as it stood, but for these fields."""
    form = deepcopy(VIEW)
    for section, fields in sections.items():
        form[section] = {**form[section], **fields}
    return form


def test_nothing_changed_is_no_edit() -> None:
    with pytest.raises(NothingChanged):
        changes(VIEW, typed())


def test_empty_and_not_there_are_the_same() -> None:
    with pytest.raises(NothingChanged):
        changes(
            VIEW,
            typed(patient={"email": "", "passport": None}, needs={"diet": None}, request={"clinical_summary": ""}),
        )


@pytest.mark.parametrize(
    ("section", "field", "value"),
    [
        ("patient", "name", {"latin": "SOMCHAI Jaidee", "preferred": "Chai"}),
        ("patient", "birth_date", "1961-04-02"),
        ("patient", "hospital_number", "0012345"),
        ("needs", "interpreter", {"required": False}),
        ("needs", "diet", "No pork"),
        ("request", "wished_dates", ["2026-12-01", "2026-12-02"]),
        ("payer", "company", "Siam Life"),
    ],
)
def test_only_what_is_another_goes_into_the_edit(section: str, field: str, value: Any) -> None:
    assert changes(VIEW, typed(**{section: {field: value}})) == {section: {field: value}}


def test_what_was_emptied_is_taken_out() -> None:
    assert changes(VIEW, typed(patient={"allergies": None})) == {"patient": {"allergies": None}}
    form = typed()
    del form["patient"]["phone"]
    assert changes(VIEW, form) == {"patient": {"phone": None}}


def test_languages_are_a_list_whose_order_counts() -> None:
    form = typed() | {"languages": [{"tag": "en"}, {"tag": "th", "level": "native"}]}
    assert changes(VIEW, form) == {"languages": form["languages"]}


def test_a_field_that_no_section_knows_never_gets_through() -> None:
    with pytest.raises(NothingChanged):
        changes(VIEW, typed(patient={"deceased": True}, payer={"limit": 1}))
    assert "patient_id" not in {field for fields in SECTIONS.values() for field in fields}


def test_the_form_shows_a_phone_as_typed_an_unknown_birth_date_empty_and_yes_for_true() -> None:
    form = form_values(VIEW)
    assert form["patient"]["phone"] == "02-123-4567"
    assert "birth_date" not in form["patient"]
    assert form["needs"]["interpreter"] == {"required": "yes", "gender_wish": "female"}
    assert (form["languages"], form["request"], form["payer"]) == (VIEW["languages"], VIEW["request"], VIEW["payer"])


def test_showing_the_form_leaves_the_case_as_it_is() -> None:
    before = deepcopy(VIEW)
    form_values(VIEW)
    assert before == VIEW


@pytest.mark.parametrize(
    ("need", "values"),
    [({}, {}), ({"required": False}, {"required": "no"}), ({"provided_by": "staff"}, {"provided_by": "staff"})],
)
def test_a_need_that_says_nothing_of_whether_is_left_open(need: dict[str, Any], values: dict[str, Any]) -> None:
    assert need_form_values(need) == values
