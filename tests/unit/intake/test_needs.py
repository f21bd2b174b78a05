"""Who needs an interpreter, and what a visit shows of it."""

import pytest

from services.intake.rules.needs import check_waiver, need_of, status_of
from services.intake.rules.visits import update
from shared.errors import InvalidInput
from tests.unit.intake.cases import NOW, case, visit

JAPANESE = [{"tag": "th", "level": "native"}, {"tag": "ja-JP", "level": "daily"}]


@pytest.mark.parametrize(
    ("languages", "required"),
    [
        ([{"tag": "th", "level": "native"}], True),
        ([{"tag": "ja"}], True),
        ([{"tag": "ja", "level": "basic"}], True),
        ([{"tag": "ja", "level": "daily"}], False),
        ([{"tag": "ja", "level": "fluent"}], False),
        ([{"tag": "ja", "level": "native"}], False),
        (JAPANESE, False),
        ([{"tag": "jam", "level": "native"}], True),
    ],
)
def test_required_unless_japanese_is_stated_well_enough(languages, required):
    assert need_of(visit(), case("accepted", languages=languages)).required is required


def test_the_nearest_statement_counts():
    wish = {"required": False}
    assert need_of(visit(interpreter={"required": True}), case("accepted", interpreter=wish)).required
    assert not need_of(visit(), case("accepted", interpreter=wish, standing_interpreter={"required": True})).required
    standing = {"required": True, "gender_wish": "female"}
    need = need_of(visit(), case("accepted", languages=JAPANESE, standing_interpreter=standing))
    assert need.required and need.gender_wish == "female" and need.provided_by == "hospital"
    assert need_of(visit(), case("accepted", standing_interpreter=None)).required


def test_what_a_visit_shows():
    def shown(booking=None, **interpreter):
        return status_of(need_of(visit(interpreter=interpreter), case("accepted")), booking)

    assert shown(required=False) == "not_needed"
    assert shown(required=False, provided_by="agency") == "not_needed"
    assert shown(provided_by="agency") == "provided"
    assert shown() == "requested"
    assert shown({"status": "confirmed"}) == "confirmed"


def test_family_only_as_a_recorded_waiver_and_a_child_only_in_an_emergency():
    waiver = {"who": "daughter", "why": "wishes so", "child": True}
    with pytest.raises(InvalidInput):
        check_waiver({"provided_by": "family"}, "routine", "#/interpreter")
    with pytest.raises(InvalidInput) as fault:
        check_waiver({"provided_by": "family", "waiver": waiver}, "urgent", "#/interpreter")
    assert fault.value.errors[0][0] == "#/interpreter/waiver/child"
    check_waiver({"provided_by": "family", "waiver": waiver}, "emergency", "#/interpreter")
    check_waiver({"provided_by": "family", "waiver": waiver | {"child": False}}, "routine", "#/interpreter")
    check_waiver({"provided_by": "agency"}, "routine", "#/interpreter")


def test_an_agencys_interpreter_who_fails_turns_it_to_the_hospital_urgent():
    before = case("scheduled", visit(interpreter={"provided_by": "agency"}))
    _, (event,) = update(before, NOW, "visit-1", {"interpreter": {"provided_by": "hospital"}})
    assert event.urgency == "urgent" and event.interpreter.provided_by == "hospital"
    assert event.fields == ("interpreter",)
    emergency = before | {"request": {"department": "cardiology", "urgency": "emergency"}}
    _, (event,) = update(emergency, NOW, "visit-1", {"interpreter": {"provided_by": "hospital"}})
    assert event.urgency == "emergency"
