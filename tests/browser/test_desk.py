"""The front desk's day in a real browser: triage in two presses, the board by keyboard and live, the day closed with an exception and undone."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pymongo.database import Database

from tests.browser.conftest import Opened, serving
from tests.browser.looking import axe, tabs_in_order
from tests.integration.intake_front import Front, at, front

WORDS = {
    "en": {"review": "Start review", "accept": "Accept case", "arrive": "Check in", "see": "Mark as seen", "seen": "Seen", "undo": "Undo", "more": "More",
           "record": "Record selected visits", "recorded": "2 visits recorded.", "back": "2 visits restored.",
           "leave": "Mark as left without being seen", "left": "Left without being seen",
           "ask": "Request information", "send": "Send request", "new": "New", "clash": "Someone else changed this first"},
    "ja": {"review": "受入検討を始める", "accept": "受入可とする", "arrive": "来院受付する", "see": "診察終了にする", "seen": "診察終了", "undo": "元に戻す", "more": "その他",
           "record": "選択した来院を記録する", "recorded": "2件を記録しました。", "back": "2件を元に戻しました。",
           "leave": "未受診で帰宅にする", "left": "未受診で帰宅",
           "ask": "情報提供の依頼", "send": "依頼を送信する", "new": "新着", "clash": "ほかの人が先に変更しました"},
}  # fmt: skip
PAGES = ("/intake/", "/intake/tomorrow", "/intake/close", "/intake/triage")


class Served:
    """The desk over HTTP."""

    def __init__(self, desk: Front, url: str) -> None:
        self.desk, self.url = desk, url

    def sit(self, page: Page) -> Page:
        token = self.desk.office.as_desk()["Authorization"].removeprefix("Bearer ")
        page.context.add_cookies([{"name": "imc_token", "value": token, "url": self.url}])
        return page


@pytest.fixture
def served(mongo_url: str, database: Database, tmp_path: Path) -> Iterator[Served]:
    desk = front(mongo_url, database, tmp_path)
    with serving(desk.office.app) as url:
        yield Served(desk, url)


def a_day(desk: Front) -> dict[str, str]:
    """Something of everything, by name."""
    desk.now = at("09:00", day=25)
    overdue = desk.refer(
        request={"department": "cardiology", "reason": "胸痛", "urgency": "urgent", "wished_dates": ["2026-11-27"]}
    )
    desk.office.command(f"/cases/{overdue}/review")
    desk.now = at("11:30")
    names = {"latin": "NGUYEN Thi Lan", "native": "Nguyễn Thị Lan", "kana": "グエン ティ ラン"}
    person = {"name": names, "birth_date": "1990-01-02", "sex": "female", "nationality": "VN"}
    day = {
        "here": desk.visit("09:00", status="arrived"),
        "also": desk.visit("10:30", status="arrived", interpreter="unfilled", patient=person),
        "absent": desk.visit("10:45"),
        "soon": desk.visit("13:00", interpreter="offered"),
        "done": desk.visit("08:30", status="completed"),
        "old": desk.visit("10:00", day=25, status="arrived"),
        "tomorrow": desk.visit("10:00", day=27, interpreter="unfilled"),
    }
    desk.office.post(
        f"/referrals/{desk.case_of(day['soon'])['_id']}/messages", desk.office.as_agency(1), {"text": "At 14:00?"}
    )
    return day | {"new": desk.refer()}


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_referral_is_triaged_in_two_presses(served: Served, opened: Opened, language: str) -> None:
    word, case_id = WORDS[language], served.desk.refer()
    page = served.sit(opened(served.url, language))
    page.goto("/intake/triage")
    page.locator(f"#r-{case_id}").get_by_role("button", name=word["review"]).press("Enter")
    page.wait_for_url(f"**/intake/triage/{case_id}")
    expect(page.locator("main")).to_contain_text("Second opinion, aortic stenosis")
    page.locator("#accept").get_by_role("button", name=word["accept"]).click()
    page.wait_for_url(f"**/intake/cases/{case_id}")
    assert served.desk.office.database["cases"].find_one({"_id": case_id})["status"] == "accepted"


@pytest.mark.parametrize("language", ["ja", "en"])
def test_words_to_start_from_are_changed_before_they_are_sent(served: Served, opened: Opened, language: str) -> None:
    word, case_id = WORDS[language], served.desk.refer()
    page = served.sit(opened(served.url, language))
    page.goto("/intake/triage")
    row = page.locator(f"#r-{case_id}")
    row.get_by_text(word["more"]).click()
    row.get_by_role("link", name=word["ask"]).click()
    field = page.locator("#ask textarea")
    expect(field).to_be_visible()
    expect(page.locator("#ask select")).to_be_focused()
    page.locator("#ask select").select_option(index=1)
    expect(field).to_have_value(re.compile("BKK-1"))
    field.press("End")
    page.keyboard.type(" Thank you.")
    page.locator("#ask").get_by_role("button", name=word["send"]).click()
    page.wait_for_url("**/intake/triage")
    sent = served.desk.office.get(f"/referrals/{case_id}", served.desk.office.as_agency(1)).json["messages"][-1]["text"]
    assert "BKK-1" in sent and "Thank you." in sent


def test_new_referrals_come_by_themselves(served: Served, opened: Opened) -> None:
    page = served.sit(opened(served.url))
    page.goto("/intake/triage")
    expect(page.locator(".empty")).to_be_visible()
    case_id = served.desk.refer()
    expect(page.locator(f"#r-{case_id}")).to_be_visible()


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_board_by_keyboard_stays_where_it_is(served: Served, opened: Opened, language: str) -> None:
    word, day = WORDS[language], a_day(served.desk)
    page = served.sit(opened(served.url, language))
    page.goto("/intake/")
    page.evaluate("window.same = true; scrollTo(0, 60)")
    row = page.locator(f"#v-{day['absent']}")
    row.get_by_role("button", name=word["arrive"]).focus()
    height = page.evaluate("scrollY")
    page.keyboard.press("Enter")
    expect(row.get_by_role("button", name=word["see"])).to_be_focused()
    assert page.evaluate("window.same") and page.evaluate("scrollY") == height, (
        "nothing was loaded anew, nothing jumped"
    )
    page.keyboard.press("Enter")
    expect(row.locator("th")).to_contain_text(word["seen"])
    expect(row.locator("summary").first).to_be_focused()
    assert served.desk.status(day["absent"]) == "completed"
    axe(page)
    page.locator("#flash").get_by_role("button", name=word["undo"]).click()
    expect(page.locator("#flash")).not_to_be_empty()
    expect(row.get_by_role("button", name=word["see"])).to_be_visible()
    assert served.desk.status(day["absent"]) == "arrived"


@pytest.mark.parametrize("language", ["ja", "en"])
def test_who_left_by_mistake_is_here_again_by_one_press(served: Served, opened: Opened, language: str) -> None:
    word, day = WORDS[language], a_day(served.desk)
    page = served.sit(opened(served.url, language))
    page.goto("/intake/")
    row = page.locator(f"#v-{day['here']}")
    row.locator("summary").first.press("Enter")
    row.get_by_role("button", name=word["leave"]).press("Enter")
    expect(row.locator("th")).to_contain_text(word["left"])
    assert served.desk.status(day["here"]) == "left"
    page.locator("#flash").get_by_role("button", name=word["undo"]).click()
    expect(row.get_by_role("button", name=word["see"])).to_be_visible()
    expect(page.locator("#flash")).not_to_contain_text(word["left"])
    assert served.desk.status(day["here"]) == "arrived"


@pytest.mark.parametrize("language", ["ja", "en"])
def test_who_comes_second_is_told_in_place_and_may_go_and_look(served: Served, opened: Opened, language: str) -> None:
    word, day = WORDS[language], a_day(served.desk)
    page = served.sit(opened(served.url, language))
    page.goto("/intake/")
    page.route("**/fragments/board*", lambda route: route.abort())  # a page that has not heard yet
    served.desk.office.command(f"/visits/{day['absent']}/no-show")
    page.locator(f"#v-{day['absent']}").get_by_role("button", name=word["arrive"]).click()
    expect(page.locator("h1")).to_have_text(word["clash"])
    axe(page)
    assert served.desk.status(day["absent"]) == "no_show"


def test_the_board_is_live_and_keeps_an_open_menu(served: Served, opened: Opened) -> None:
    day = a_day(served.desk)
    page = served.sit(opened(served.url))
    page.goto("/intake/")
    row = page.locator(f"#v-{day['here']}")
    row.locator("summary").first.click()
    served.desk.office.command(f"/visits/{day['absent']}/arrive")
    expect(page.locator(f"#v-{day['absent']} th")).to_contain_text("Checked in")
    expect(row.locator(".menu-list").first).to_be_visible()


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_day_is_closed_but_for_one_and_opened_again(served: Served, opened: Opened, language: str) -> None:
    word, day = WORDS[language], a_day(served.desk)
    third = served.desk.visit("11:00", status="arrived")
    page = served.sit(opened(served.url, language))
    page.goto("/intake/close")
    expect(page.locator(".ticked")).to_have_text("3")
    page.locator(f"input[value='{day['also']}']").press("Space")
    expect(page.locator(".ticked")).to_have_text("2")
    field = page.locator("#close-count")
    field.fill("3")
    field.press("Enter")
    expect(page.locator(".errors")).to_be_focused()
    expect(page.locator(f"input[value='{day['also']}']")).not_to_be_checked()
    axe(page)
    page.locator("#close-count").fill("2")
    page.get_by_role("button", name=word["record"]).click()
    expect(page.locator("#flash")).to_contain_text(word["recorded"])
    axe(page)
    assert [served.desk.status(v) for v in (day["here"], day["also"], third)] == ["completed", "arrived", "completed"]
    page.locator("#flash").get_by_role("button", name=word["undo"]).click()
    expect(page.locator("#flash")).to_contain_text(word["back"])
    assert [served.desk.status(v) for v in (day["here"], day["also"], third)] == ["arrived", "arrived", "arrived"]


@pytest.mark.parametrize("path", PAGES)
def test_every_control_is_reached_by_tab_in_the_order_it_is_read(served: Served, opened: Opened, path: str) -> None:
    a_day(served.desk)
    page = served.sit(opened(served.url))
    page.goto(path)
    tabs_in_order(page)
