"""Register over the real app, without a script: found, confirmed, registered once, refused and filled again; patients merged on their page."""

import re

import pytest

from shared import places
from tests.integration.intake_front import front
from tests.visitor import form_to

PERSON = {
    "patient.name.latin": "NGUYEN Thi Huong",
    "patient.name.native": "Nguyễn Thị Hương",
    "patient.birth_date": "H2.1.2",
    "patient.sex": "female",
    "patient.nationality": "Vietnam",
    "patient.phone": "03-1234-5678",
    "languages.0.tag": "Vietnamese",
    "japanese": "basic",
    "request.department": "cardiology",
    "request.reason": "Chest pain since this morning",
}


@pytest.fixture
def desk(mongo_url, database, tmp_path):
    return front(mongo_url, database, tmp_path)


@pytest.fixture
def clerk(desk):
    return desk.sit()


def registered(desk, clerk, **typed):
    """The stored case of whoever is registered as typed."""
    answer = clerk.send(clerk.form("/intake/register", "/intake/register"), **(PERSON | typed))
    assert answer.status_code == 303, answer.text
    case_id = answer.headers["Location"].rpartition("/")[2]
    return desk.office.get(f"/cases/{case_id}", desk.office.as_desk()).json


def look(clerk, query, **headers):
    form = clerk.form("/intake/register", "/intake/register/search")
    return clerk.send(form, query=query, headers=headers)


def test_a_walk_in_is_one_form(desk, clerk):
    case = registered(desk, clerk)
    assert (case["status"], case["channel"]) == ("in_care", "walk_in")
    assert case["patient"]["birth_date"] == "1990-01-02" and case["patient"]["nationality"] == "VN"
    assert case["patient"]["phone"]["e164"] == "+81312345678"
    assert case["languages"] == [{"tag": "vi", "level": "native"}, {"tag": "ja", "level": "basic"}]
    (visit,) = case["visits"]
    assert visit["status"] == "arrived" and visit["interpreter"]["status"] == "requested"
    shown = clerk.get(f"/intake/cases/{case['id']}").text
    assert ": registered." in shown and f"/intake/cases/{case['id']}/slip" in shown


def test_by_phone_nothing_is_here_yet(desk, clerk):
    case = registered(
        desk, clerk, **{"channel": "phone_or_mail", "request.department": "undecided", "japanese": "none"}
    )
    assert (case["status"], case["visits"]) == ("received", [])
    assert case["languages"] == [{"tag": "vi", "level": "native"}]


NEAR = {
    "viet": ">Vietnamese<",
    "BSL": ">British Sign Language<",
    "Min": ">Min Nan Chinese<",
    "べとなむ": ">Vietnamese<",
}


@pytest.mark.parametrize(("typed", "code"), [("香港", "HK"), ("台湾", "TW"), ("アメリカ", "US"), ("韓国", "KR"), ("難民", "XXB"), ("Stateless", "XXA"), ("コソボ", "XK"), ("TH", "TH"), ("CH", None), ("AUS", None), ("Viet", None), ("Congo", None)])  # fmt: skip
def test_nationalities_by_name(desk, clerk, typed, code):
    if code is None:
        form = clerk.form("/intake/register", "/intake/register")
        answer = clerk.send(form, **(PERSON | {"patient.nationality": typed}))
        assert answer.status_code == 422 and 'data-fill="register-patient-nationality"' in answer.text
        return
    case = registered(desk, clerk, **{"patient.nationality": typed})
    assert case["patient"]["nationality"] == code
    page = clerk.get(f"/intake/cases/{case['id']}").text
    assert code == "TH" or places.name(code, "en") in page


@pytest.mark.parametrize(
    ("typed", "tag"),
    [
        ("ベトナム語", "vi"),
        ("べとなむ語", "vi"),
        ("Vietnamese", "vi"),
        ("th", "th"),
        ("フィリピン語", "fil"),
        ("北京語", "zh"),
        ("広東語", "yue"),
        ("British Sign Language", "bfi"),
        ("zh-Hant", "zh-Hant"),
        ("viet", None),
        ("BSL", None),
        ("Min", None),
        ("kr", None),
        ("べとなむ", None),
        ("やさしい日本語", None),
    ],
)
def test_languages_and_countries_by_name(desk, clerk, typed, tag):
    if tag is None:
        answer = clerk.send(clerk.form("/intake/register", "/intake/register"), **(PERSON | {"languages.0.tag": typed}))
        assert answer.status_code == 422 and "Enter the full name of a language" in answer.text
        assert NEAR.get(typed, "") in answer.text
        return
    case = registered(desk, clerk, **{"languages.0.tag": typed, "patient.nationality": "ベトナム"})
    assert case["languages"][0]["tag"] == tag and case["patient"]["nationality"] == "VN"


def test_twice_is_once(desk, clerk):
    form = clerk.form("/intake/register", "/intake/register")
    first, again = clerk.send(form, **PERSON), clerk.send(form, **PERSON)
    assert first.headers["Location"] == again.headers["Location"]
    assert desk.office.database["cases"].count_documents({}) == 1


def test_a_refused_form_comes_back_as_it_was(desk, clerk):
    typed = PERSON | {
        "patient.birth_date": "31/2/1990",
        "request.department": "undecided",
        "languages.0.tag": "",
        "japanese": "none",
    }
    answer = clerk.send(clerk.form("/intake/register", "/intake/register"), **typed)
    assert answer.status_code == 422
    filled = form_to(answer.text, "/intake/register").values()
    assert filled["patient.birth_date"] == "31/2/1990" and filled["patient.name.native"] == "Nguyễn Thị Hương"
    for field in ("patient-birth_date", "request-department", "languages-0-tag"):
        assert f'href="#register-{field}"' in answer.text, field
    assert desk.office.database["cases"].count_documents({}) == 0


def test_an_empty_form_is_told_all_it_lacks_at_once_in_the_order_of_the_page(desk, clerk):
    answer = clerk.send(clerk.form("/intake/register", "/intake/register"))
    listed = re.findall(r'<li><a href="#register-([^"]+)"[^>]*>([^:<]*)', answer.text)
    assert listed == [
        ("patient-name", "Name"),
        ("languages-0-tag", "Language 1"),
        ("request-department", "Department"),
        ("request-reason", "Reason for visit"),
    ]


def test_a_chosen_known_patient_survives_a_refusal(desk, clerk):
    known = registered(desk, clerk)
    chosen = {"patient.name.latin": "Huong Nguyen", "patient_id": known["patient_id"], "request.reason": ""}
    refused = clerk.send(clerk.form("/intake/register", "/intake/register"), **(PERSON | chosen))
    assert refused.status_code == 422
    form = form_to(refused.text, "/intake/register")
    assert form.values()["patient_id"] == known["patient_id"], "still chosen, without a script"
    again = clerk.send(form, **{"request.reason": "Chest pain"})
    case = desk.office.get("/cases/" + again.headers["Location"].rpartition("/")[2], desk.office.as_desk()).json
    assert case["patient_id"] == known["patient_id"]
    assert desk.office.database["patients"].count_documents({}) == 1, "no duplicate"


@pytest.mark.parametrize("changed", [{"patient.name.latin": "Somebody Else"}, {"patient.birth_date": "1971-02-03"}, {}])
def test_a_chosen_patient_who_fits_no_longer_stays_chosen(desk, clerk, changed):
    known = registered(desk, clerk)
    form = clerk.form("/intake/register", "/intake/register")
    form.action = "/intake/register/known"
    other = {"patient.name.latin": "Nobody Like Them", "patient.birth_date": "1950-01-01", "patient.phone": ""}
    told = clerk.send(form, headers={"HX-Request": "true"}, **(other | changed | {"patient_id": known["patient_id"]}))
    assert f'value="{known["patient_id"]}" checked' in told.text


@pytest.mark.parametrize(
    "wrong", [{"request.reason": ""}, {"patient.birth_date": "31/2/1990"}, {"languages.0.tag": "xx-nothing"}]
)
def test_a_returning_patient_stays_who_they_are_when_the_form_is_refused(desk, clerk, wrong):
    known = registered(desk, clerk)
    form = clerk.form(f"/intake/register?patient={known['patient_id']}", "/intake/register")
    right = {"request.reason": "Again", "request.department": "cardiology"}
    refused = clerk.send(form, **(right | wrong))
    assert refused.status_code == 422
    assert "Possibly the same person" not in refused.text, "the page is still that of a known patient"
    back = form_to(refused.text, "/intake/register")
    again = clerk.send(back, **(right | {name: PERSON.get(name, "1990-01-02") for name in wrong} | right))
    assert again.status_code == 303, again.text
    case = desk.office.get("/cases/" + again.headers["Location"].rpartition("/")[2], desk.office.as_desk()).json
    assert case["patient_id"] == known["patient_id"]


def test_search_finds_and_says_why(desk, clerk):
    case = registered(desk, clerk)
    page = look(clerk, "huong 1990/1/2")
    assert page.status_code == 200 and "<html" in page.text, "a whole page for a browser without a script"
    part = look(clerk, "huong 1990/1/2", **{"HX-Request": "true"})
    assert "<html" not in part.text
    for shown in (page.text, part.text):
        assert case["reference"] in shown and "Nguyễn Thị Hương" in shown
        assert f"/intake/register?patient={case['patient_id']}" in shown
        assert "birth date, name" in shown
    assert "huong" not in str(page.headers) and page.headers["Cache-Control"] == "no-store"
    assert "No matches" in look(clerk, "tran").text
    assert "No matches" not in look(clerk, "").text


def test_what_was_typed_can_go_into_the_form(clerk):
    shown = look(clerk, "Tran Van Minh 1985/3/4").text
    assert 'data-latin="Tran Van Minh"' in shown and 'data-birth-date="1985-03-04"' in shown
    assert 'data-kana="グエン ティ"' in look(clerk, "グエン ティ").text
    assert 'data-native="王小明"' in look(clerk, "王小明").text


def test_a_returning_patient_is_confirmed_not_retyped(desk, clerk):
    known = registered(desk, clerk)
    form = clerk.form(f"/intake/register?patient={known['patient_id']}", "/intake/register")
    values = form.values()
    assert values["patient.name.native"] == "Nguyễn Thị Hương" and values["patient.nationality"] == "Vietnam"
    assert values["languages.0.tag"] == "Vietnamese" and values["patient.phone"] == "03-1234-5678"
    answer = clerk.send(form, **{"request.reason": "Again", "request.department": "cardiology"})
    assert answer.status_code == 303, answer.text
    again = desk.office.get("/cases/" + answer.headers["Location"].rpartition("/")[2], desk.office.as_desk()).json
    assert again["patient_id"] == known["patient_id"]
    assert desk.office.database["patients"].count_documents({}) == 1
    assert clerk.get("/intake/register?patient=nobody").status_code == 404


def test_hints_stand_beside_and_stop_nobody(desk, clerk):
    known = registered(desk, clerk)
    form = clerk.form("/intake/register", "/intake/register")
    form.action = "/intake/register/known"
    typed = {"patient.name.latin": "Huong Nguyen", "patient.birth_date": "1990/1/2", "patient.phone": "03-12"}
    told = clerk.send(form, headers={"HX-Request": "true"}, **typed)
    assert told.status_code == 200, told.text
    assert "Possibly the same person" in told.text and "same birth date" in told.text
    assert f'value="{known["patient_id"]}"' in told.text and known["reference"] in told.text
    nothing = clerk.send(form, headers={"HX-Request": "true"}, **{"patient.name.latin": "Huong"})
    assert nothing.status_code == 200 and nothing.text.strip() == ""
    other = registered(desk, clerk, **{"patient.name.latin": "Huong Nguyen"})
    assert other["patient_id"] != known["patient_id"], "ignored: somebody new"
    linked = registered(desk, clerk, **{"patient.name.latin": "Huong Nguyen", "patient_id": known["patient_id"]})
    assert linked["patient_id"] == known["patient_id"]


def test_odd_things_typed_are_no_hints(clerk):
    form = clerk.form("/intake/register", "/intake/register")
    form.action = "/intake/register/known"
    for typed in ({"patient": "x"}, {"patient.name": "x"}, {"patient.name.latin": "\u0000"}, {"patient.passport": "1"}, {"patient.nationality": "?", "patient.phone": "+"}):  # fmt: skip
        assert clerk.send(form, headers={"HX-Request": "true"}, **typed).status_code == 200


def test_two_records_become_one_on_the_patients_page_and_part_again(desk, clerk):
    one, two = registered(desk, clerk), registered(desk, clerk, **{"patient.name.latin": "Huong Nguyen"})
    home = f"/intake/patients/{one['patient_id']}"
    page = clerk.get(home).text
    assert one["reference"] in page and "Probably the same person" in page
    answer = clerk.send(form_to(page, f"{home}/merge"), reason="Same passport")
    merged = clerk.follow(answer)
    assert two["reference"] in merged and "Records merged" in merged
    assert "Undo" in merged
    assert clerk.send(form_to(page, f"{home}/merge"), reason="").status_code == 422
    other = f"/intake/patients/{two['patient_id']}"
    gone = clerk.get(other).text
    assert "merged into another record" in gone and home in gone and "Same passport" in gone
    assert one["patient_id"] in look(clerk, "huong").text
    parted = clerk.follow(clerk.send(form_to(merged, f"{other}/unmerge"), reason="Two people"))
    assert two["reference"] in parted and "Merge undone" in parted
    assert one["patient_id"] not in desk.office.get(f"/cases/{two['id']}", desk.office.as_desk()).text


def test_who_may(desk):
    for role in ("coordinator", "billing", "interpreter"):
        other = desk.sit(role)
        for path in ("/intake/register", "/intake/patients/x"):
            assert other.get(path).status_code == 403, (role, path)


def test_a_mistaken_registration_is_undone_in_one_act_and_leaves_nobody_behind(desk, clerk):
    answer = clerk.send(clerk.form("/intake/register", "/intake/register"), **PERSON)
    case_id = answer.headers["Location"].rpartition("/")[2]
    shown = clerk.get(f"/intake/cases/{case_id}").text
    undo = form_to(shown, f"/intake/cases/{case_id}/take-back-registration")
    done = clerk.send(undo)
    assert done.status_code == 303
    case = desk.office.get(f"/cases/{case_id}", desk.office.as_desk()).json
    assert case["status"] == "cancelled" and [visit["status"] for visit in case["visits"]] == ["cancelled"]
    form = clerk.form("/intake/register", "/intake/register")
    form.action = "/intake/register/known"
    hints = clerk.send(form, headers={"HX-Request": "true"}, **PERSON).text
    assert case["patient_id"] not in hints, "no patient is left to be taken for the right one"
    again = registered(desk, clerk)
    assert again["status"] == "in_care"


def test_a_registration_that_others_went_on_with_is_not_undone(desk, clerk):
    answer = clerk.send(clerk.form("/intake/register", "/intake/register"), **PERSON)
    case_id = answer.headers["Location"].rpartition("/")[2]
    undo = form_to(clerk.get(f"/intake/cases/{case_id}").text, f"/intake/cases/{case_id}/take-back-registration")
    visit = desk.office.get(f"/cases/{case_id}", desk.office.as_desk()).json["visits"][0]
    desk.office.command(f"/visits/{visit['id']}/complete")
    assert clerk.send(undo).status_code == 412
    assert desk.office.get(f"/cases/{case_id}", desk.office.as_desk()).json["status"] == "in_care"
