"""The edit of what was told of a case: only what is another is saved and told; who comes second chooses; what was typed is never lost."""

import pytest

from shared.ui.typed import HIDDEN
from tests.integration.intake_front import Front, front
from tests.visitor import form_to

LAN = {
    "name": {"latin": "NGUYEN Thi Lan", "native": "Nguyễn Thị Lan", "kana": "グエン ティ ラン"},
    "birth_date": "1990-01-02", "sex": "female", "nationality": "VN", "phone": "+84 91 234 5678",
    "passport": {"number": "C1234567", "country": "VN", "expires": "2030-05-06"}, "allergies": "Penicillin",
    "emergency_contact": {"name": "Nguyễn Văn Minh", "relation": "husband", "language": "vi"},
}  # fmt: skip


@pytest.fixture
def desk(mongo_url, database, tmp_path) -> Front:
    return front(mongo_url, database, tmp_path)


@pytest.fixture
def case_id(desk) -> str:
    wished = {"department": "cardiology", "reason": "Pain", "urgency": "urgent", "wished_dates": ["2026-12-01"]}
    return desk.refer(patient=LAN, languages=[{"tag": "vi", "level": "native"}, {"tag": "en"}], request=wished)


def address(case_id: str) -> str:
    return f"/intake/cases/{case_id}/edit"


def read(desk: Front, case_id: str) -> dict:
    return desk.office.get(f"/cases/{case_id}", desk.office.as_desk()).json


def last_published(desk: Front, case_id: str) -> dict:
    return desk.office.database["cases"].find_one({"_id": case_id})["outbox"][-1]


def test_a_form_sent_as_it_stands_changes_nothing(desk, case_id):
    clerk = desk.sit()
    before = read(desk, case_id)
    html = clerk.follow(clerk.send(clerk.form(address(case_id), address(case_id))))
    assert "No changes were made." in html
    assert read(desk, case_id) == before


def test_only_what_is_another_is_saved_and_told(desk, case_id):
    clerk = desk.sit()
    before = read(desk, case_id)
    form = clerk.form(address(case_id), address(case_id))
    typed = {
        "patient.name.preferred": "Lan", "patient.birth_date": "H2.1.3", "patient.phone": "090-1234-5678",
        "patient.allergies": "", "needs.diet": "No pork", "request.wished_dates.0": "20261202",
    }  # fmt: skip
    first, again = clerk.send(form, **typed), clerk.send(form, **typed)
    assert first.headers["Location"] == again.headers["Location"] == f"/intake/cases/{case_id}"
    after = read(desk, case_id)
    assert desk.office.published(case_id) == ["referral.received", "case.updated"]
    told = LAN | {"name": LAN["name"] | {"preferred": "Lan"}, "birth_date": "1990-01-03"}
    del told["allergies"]
    phone = after["patient"].pop("phone")
    assert after["patient"] == {name: value for name, value in told.items() if name != "phone"}
    assert phone == {"typed": "090-1234-5678", "e164": "+819012345678"}
    assert after["needs"] == {"diet": "No pork"} and after["request"]["wished_dates"] == ["2026-12-02"]
    assert (after["languages"], after["payer"]) == (before["languages"], before["payer"])
    fields = set(last_published(desk, case_id)["data"]["fields"])
    assert fields == {
        "needs.diet", "patient.allergies", "patient.birth_date", "patient.name", "patient.phone", "request.wished_dates",
    }  # fmt: skip
    assert "changes saved" in clerk.follow(first)


def test_languages_are_put_in_another_order_and_an_interpreter_is_wished_for(desk, case_id):
    clerk = desk.sit()
    form = clerk.form(address(case_id), address(case_id))
    rows = {"languages.0.tag": "en", "languages.0.level": "fluent", "languages.1.tag": "", "languages.1.level": ""}
    wish = {"needs.interpreter.required": "yes", "needs.interpreter.gender_wish": "female"}
    third = {"languages.2.tag": "vi", "languages.2.level": "native"}
    assert clerk.send(form, **(rows | wish | third)).status_code == 303
    after = read(desk, case_id)
    assert after["languages"] == [{"tag": "en", "level": "fluent"}, {"tag": "vi", "level": "native"}]
    assert after["needs"]["interpreter"] == {"required": True, "gender_wish": "female"}
    again = clerk.form(address(case_id), address(case_id)).values()
    assert (again["needs.interpreter.required"], again["needs.interpreter.gender_wish"]) == ("yes", "female")


def test_a_refused_form_comes_back_with_every_fault_and_all_that_was_typed(desk, case_id):
    clerk = desk.sit()
    form = clerk.form(address(case_id), address(case_id))
    typed = {
        "patient.birth_date": "32 May", "patient.phone": "call me", "patient.email": "lan@", "request.reason": "",
        "patient.passport.number": "", "languages.0.tag": "", "languages.1.tag": "", "needs.diet": "No pork",
    }  # fmt: skip
    refused = clerk.send(form, **typed)
    assert refused.status_code == 422
    errors = refused.text.partition('class="errors"')[2].partition("</div>")[0]
    for name in (
        "patient.birth_date", "patient.phone", "patient.email", "request.reason", "patient.passport.number",
        "languages",
    ):  # fmt: skip
        assert f'data-field="{name}"' in errors or f'data-field="{name}.' in errors, (name, errors)
    again = form_to(refused.text, address(case_id)).values()
    assert {name: again.get(name, "") for name in typed} == typed
    assert "expected" not in errors, "every fault is said in the reader's words"


def test_somebody_without_any_name_is_refused(desk, case_id):
    clerk = desk.sit()
    nameless = {"patient.name.native": "", "patient.name.latin": "", "patient.name.kana": "", "needs.diet": "No pork"}
    refused = clerk.send(clerk.form(address(case_id), address(case_id)), **nameless)
    assert refused.status_code == 422 and 'href="#edit-patient-name"' in refused.text
    assert form_to(refused.text, address(case_id)).values()["needs.diet"] == "No pork"


def test_who_comes_second_sees_what_the_first_changed_and_chooses(desk, case_id):
    desk.office.database["people"].insert_one({"_id": "acc-1", "username": "sato"})
    first, second = desk.sit(), desk.sit()
    mine = second.form(address(case_id), address(case_id))
    first.send(first.form(address(case_id), address(case_id)), **{"patient.allergies": "Latex"})
    clash = second.send(mine, **{"needs.diet": "No pork"})
    assert clash.status_code == 412
    assert "sato" in clash.text and "Changed: Allergies" in clash.text
    assert f'href="{address(case_id)}"' in clash.text, "theirs is looked at in the form"
    assert read(desk, case_id)["needs"] == {}
    assert second.send(form_to(clash.text, address(case_id))).status_code == 303
    after = read(desk, case_id)
    assert (after["needs"], after["patient"]["allergies"]) == ({"diet": "No pork"}, "Latex"), (
        "each keeps what they changed"
    )


FIRST, SECOND = {"patient.allergies": "Latex"}, {"needs.diet": "No pork"}
CLASHES = [
    ({"patient.allergies": "Latex"}, {"needs.diet": "No pork"}, {"patient.allergies": "Latex", "needs.diet": "No pork"}),
    ({"patient.allergies": ""}, {"patient.email": "lan@example.com"}, {"patient.allergies": "", "patient.email": "lan@example.com"}),
    ({"request.urgency": "routine"}, {"patient.sex": "male"}, {"request.urgency": "routine", "patient.sex": "male"}),
    ({"payer.company": "Mekong Care"}, {"payer.policy_number": "77"}, {"payer.company": "Mekong Care", "payer.policy_number": "77"}),
    ({"needs.diet": "Halal"}, {"needs.diet": "No pork"}, {"needs.diet": "No pork"}),
    ({"languages.1.tag": "ko", "languages.1.level": "basic"}, {"patient.address": "1 Main St"},
     {"languages.1.tag": "ko", "languages.1.level": "basic", "patient.address": "1 Main St"}),
]  # fmt: skip


@pytest.mark.parametrize(("theirs", "mine", "kept"), CLASHES)
def test_saving_mine_overwrites_only_what_i_changed(desk, case_id, theirs, mine, kept):
    first, second = desk.sit(), desk.sit()
    opened = second.form(address(case_id), address(case_id))
    before = first.form(address(case_id), address(case_id))
    assert first.send(before, **theirs).status_code == 303
    clash = second.send(opened, **mine)
    assert clash.status_code == 412
    assert ("Fields you both changed" in clash.text) == bool(theirs.keys() & mine.keys())
    assert second.send(form_to(clash.text, address(case_id))).status_code == 303
    after = second.form(address(case_id), address(case_id)).values()
    assert {name: after.get(name, "") for name in before.values() | kept if name not in HIDDEN} == {
        name: value for name, value in (before.values() | kept).items() if name not in HIDDEN
    }


def test_a_form_refused_and_then_clashed_still_knows_what_it_began_with(desk, case_id):
    first, second = desk.sit(), desk.sit()
    opened = second.form(address(case_id), address(case_id))
    refused = second.send(opened, **SECOND | {"patient.birth_date": "32 May"})
    assert refused.status_code == 422
    first.send(first.form(address(case_id), address(case_id)), **FIRST)
    clash = second.send(form_to(refused.text, address(case_id)), **{"patient.birth_date": "1990-05-01"})
    assert clash.status_code == 412
    first.send(first.form(address(case_id), address(case_id)), **{"patient.email": "lan@example.com"})
    again = second.send(form_to(clash.text, address(case_id)))
    assert again.status_code == 412, "somebody was quicker once more"
    assert second.send(form_to(again.text, address(case_id))).status_code == 303
    person = read(desk, case_id)["patient"]
    assert (person["allergies"], person["email"], person["birth_date"]) == ("Latex", "lan@example.com", "1990-05-01")
    assert read(desk, case_id)["needs"] == {"diet": "No pork"}


def test_family_interprets_only_with_a_record_of_who_and_why(desk, case_id):
    clerk = desk.sit()
    form = clerk.form(address(case_id), address(case_id))
    family = {"needs.interpreter.provided_by": "family"}
    refused = clerk.send(form, **family)
    assert refused.status_code == 422 and "needs.interpreter.waiver" in refused.text
    waiver = {"needs.interpreter.waiver.who": "Her sister", "needs.interpreter.waiver.why": "She wishes it so."}
    child = waiver | {"needs.interpreter.waiver.child": "on"}
    assert clerk.send(form, **(family | child)).status_code == 422, "a child only in an emergency"
    assert clerk.send(form_to(refused.text, address(case_id)), **(family | waiver)).status_code == 303
    html = clerk.get(f"/intake/cases/{case_id}").text
    assert "Family interprets" in html and "Her sister" in html and "She wishes it so." in html


def test_a_department_nobody_listed_stays_until_it_is_triaged(desk):
    case_id = desk.refer(request={"department": "dream_clinic", "reason": "Pain", "urgency": "routine"})
    clerk = desk.sit()
    form = clerk.form(address(case_id), address(case_id))
    assert form.values()["request.department"] == "dream_clinic"
    assert clerk.send(form, **{"request.department": "orthopedics"}).status_code == 303
    assert read(desk, case_id)["request"]["department"] == "orthopedics"
