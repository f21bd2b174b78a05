"""The calendar and the handouts of a case: days and weeks with who interprets and what cannot be kept; slips and sheets in every language."""

import re

import pytest

from services.intake.rules.sheets import LANGUAGES
from tests.integration.intake_front import Front, at, front

VIETNAMESE = [{"tag": "vi", "level": "native"}]


@pytest.fixture
def desk(mongo_url, database, tmp_path) -> Front:
    return front(mongo_url, database, tmp_path)


def entry(html: str, case_id: str) -> str:
    """The words of a visit in the calendar, without markup."""
    found = re.search(
        rf'<li class="entry[^>]*>\s*<a class="entry-who" href="/intake/cases/{case_id}".*?</li>', html, re.DOTALL
    )
    assert found, "not in the calendar"
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split())


def case_of(desk: Front, visit_id: str) -> str:
    return str(desk.case_of(visit_id)["_id"])


def test_a_day_by_department_with_who_interprets(desk):
    sure, unsure = desk.visit("09:00"), desk.visit("09:15", interpreter="unfilled")
    tomorrow = desk.visit("09:00", day=27)
    html = desk.sit().get("/intake/calendar").text
    assert "09:00–09:30 SOMCHAI Jaidee Thai Confirmed Prasert T." in entry(html, case_of(desk, sure))
    assert "No interpreter yet" in entry(html, case_of(desk, unsure))
    assert case_of(desk, tomorrow) not in html and "Cardiology" in html
    assert "lane-1" in html and "lane-2" in html, "two at once stand side by side"
    other = desk.sit("coordinator", language="ja").get("/intake/calendar?date=R8.11.27").text
    assert "2026年11月27日(金)" in other and case_of(desk, tomorrow) in other


def test_a_week_is_a_table_of_days(desk):
    visits = [desk.visit("09:00", day=day) for day in (24, 26, 29)]
    after = desk.visit("09:00", day=30)
    html = desk.sit().get("/intake/calendar?view=week").text
    assert all(case_of(desk, visit_id) in html for visit_id in visits) and case_of(desk, after) not in html
    assert "date=2026-11-19" in html and "date=2026-12-03" in html, "the weeks before and after"
    assert "2026-11-23" not in desk.sit().get("/intake/calendar?view=week&date=2026-12-24").text


def test_who_cannot_be_at_two_places_is_marked(desk):
    visit_id = desk.visit("14:00")
    case_id = case_of(desk, visit_id)
    period = {"start": at("14:15").isoformat(), "end": at("14:45").isoformat()}
    desk.office.command(f"/cases/{case_id}/visits", period | {"department": "orthopedics"})
    lan = {"name": {"latin": "NGUYEN Thi Lan"}, "birth_date": "1990-01-02", "sex": "female", "nationality": "VN"}
    alone = desk.visit("14:00", patient=lan)
    html = desk.sit().get("/intake/calendar").text
    assert len(re.findall(r'<li class="entry booked conflict', html)) == 2
    assert "Overlaps another visit" in entry(html, case_id)
    assert "Overlaps" not in entry(html, case_of(desk, alone))
    only = desk.sit().get("/intake/calendar?department=orthopedics").text
    assert "conflict" in only, "the other half need not be in sight"


def test_what_is_asked_for_stands_in_the_address(desk):
    sure, unsure = desk.visit("09:00"), desk.visit("10:00", interpreter="offered")
    gone = desk.visit("11:00")
    desk.office.command(f"/visits/{gone}/cancel", {"reason": "travel"})
    clerk = desk.sit()
    shown = {
        "": {sure, unsure}, "interpreter=open": {unsure}, "cancelled=on": {sure, unsure, gone},
        "department=orthopedics": set(), "department=&interpreter=&date=": {sure, unsure},
    }  # fmt: skip
    for asked, expected in shown.items():
        html = clerk.get(f"/intake/calendar?{asked}").text
        assert {v for v in (sure, unsure, gone) if case_of(desk, v) in html} == expected, asked
    assert "interpreter=open" in clerk.get("/intake/calendar?interpreter=open").text.partition('rel="next"')[2][:200]
    for wrong in ("view=month", "date=yesterday", "interpreter=maybe", "colour=red"):
        assert clerk.get(f"/intake/calendar?{wrong}").status_code == 422, wrong


def test_the_live_part_is_the_calendar(desk):
    desk.visit("09:00")
    clerk = desk.sit()
    for asked in ("date=2026-11-26", "view=week&date=2026-11-26"):
        part = clerk.get(f"/intake/fragments/calendar?{asked}")
        html = clerk.get(f"/intake/calendar?{asked}").text
        assert f'etag="{part.headers["ETag"]}"'.replace('W/"', "W/&#34;").replace('""', '&#34;"') in html
        again = clerk.get(f"/intake/fragments/calendar?{asked}", **{"If-None-Match": part.headers["ETag"]})
        assert again.status_code == 304


def test_a_day_with_very_many_says_how_many_are_left_out(desk, monkeypatch):
    monkeypatch.setattr("services.intake.pages.visit_calendar.MAX_ROWS", 1)
    desk.visit("09:00")
    desk.visit("10:00")
    desk.visit("11:00")
    html = desk.sit().get("/intake/calendar").text
    assert len(re.findall(r'<li class="entry', html)) == 1 and re.search(r'class="away">[^<]*2', html)


def test_a_sheet_and_a_slip_in_every_language_beside_japanese(desk):
    visit_id = desk.visit("14:00", payer={"kind": "japanese_insurance"})
    reference, clerk = desk.case_of(visit_id)["reference"], desk.sit()
    for language in LANGUAGES:
        html = clerk.get(f"/intake/visits/{visit_id}/sheet?language={language}").text
        sheet = html.partition('<article class="handout')[2].partition("</article>")[0]
        for word in (reference, "SOMCHAI Jaidee", "14:00–14:30", "循環器内科", "2026年11月26日（木）"):
            assert word in sheet, (language, word)
        tags = set(re.findall(r'<td lang="([^"]+)"', sheet))
        assert tags == {"ja", "en"} | ({language} if language != "easy" else set())
        assert ('dir="rtl"' in sheet) == (language == "ar")
        assert "Prasert" not in sheet, "an interpreter is told of by what they do"
        assert "{" not in sheet
        slip = clerk.get(f"/intake/cases/{case_of(desk, visit_id)}/slip?language={language}").text
        assert reference in slip and "14:00–14:30" in slip, language


def test_a_handout_is_in_the_patients_language_unless_another_is_asked_for(desk):
    visit_id = desk.visit("14:00", languages=VIETNAMESE)
    clerk = desk.sit()
    chosen = lambda html: re.findall(r'<a href="\?language=([\w-]+)"[^>]*aria-current="true"', html)  # noqa: E731
    assert chosen(clerk.get(f"/intake/visits/{visit_id}/sheet").text) == ["vi"]
    assert chosen(clerk.get(f"/intake/visits/{visit_id}/sheet?language=ko").text) == ["ko"]
    assert clerk.get(f"/intake/visits/{visit_id}/sheet?language=tlh").status_code == 422
    assert clerk.get(f"/intake/cases/{case_of(desk, visit_id)}/slip?language=tlh").status_code == 422


def test_a_sheet_tells_how_sure_the_interpreter_is_and_what_to_bring(desk):
    clerk = desk.sit()
    words = {
        "confirmed": "A medical interpreter", "unfilled": "We are arranging",
    }  # fmt: skip
    for status, told in words.items():
        visit_id = desk.visit("14:00", interpreter=status)
        assert told in clerk.get(f"/intake/visits/{visit_id}/sheet?language=en").text, status
    nobody = desk.visit("15:00", languages=[{"tag": "ja", "level": "fluent"}], interpreter=None)
    html = clerk.get(f"/intake/visits/{nobody}/sheet?language=en").text
    assert "medical interpreter" not in html.lower().replace("no medical interpreter", "")


def test_a_slip_names_the_next_visit_and_none_where_there_is_none(desk):
    fresh = desk.refer()
    clerk = desk.sit()
    html = clerk.get(f"/intake/cases/{fresh}/slip").text
    assert desk.office.database["cases"].find_one({"_id": fresh})["reference"] in html and "<time" not in html
    visit_id = desk.visit("14:00")
    later = at("16:00", day=28)
    period = {"start": later.isoformat(), "end": later.replace(minute=30).isoformat()}
    desk.office.command(f"/cases/{case_of(desk, visit_id)}/visits", period | {"department": "orthopedics"})
    html = clerk.get(f"/intake/cases/{case_of(desk, visit_id)}/slip").text
    assert "14:00–14:30" in html and "16:00" not in html


def test_a_handout_of_who_was_erased_stands_without_a_name(desk):
    visit_id = desk.visit("14:00")
    desk.office.database["keys"].delete_one({"_id": case_of(desk, visit_id)})
    html = desk.sit().get(f"/intake/visits/{visit_id}/sheet").text
    assert "SOMCHAI" not in html and "(erased)" in html
