"""The training office's pages in a real browser: places, a move, a group with its papers, who is where and safe, reports."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pymongo.database import Database

from services.training.actions import letters, links
from tests.browser.conftest import Opened, serving
from tests.browser.looking import axe, fits, shot, tabs_in_order
from tests.integration.test_training_office_pages import abroad, reported
from tests.integration.training_office import NOW, TrainingOffice

# the table of every page looks at each in both languages; what one does on it is the same in either
IN_JA, IN_EN = (pytest.mark.parametrize("language", [language]) for language in ("ja", "en"))
WORDS = {
    "en": {"set": "Change limit", "save": "Save", "saved": "is now 3 a day", "undo": "Undo", "gone": "there is no limit now", "breaks": "1 problem", "move": "Change dates anyway",
           "moved": "dates changed", "made": "Add its people next", "wrong": "problem with the list", "add": "Add everyone on the list",
           "added": "2 people were added", "ask": "Safety check:", "ask_all": "Send safety check", "asked": "Safety check sent to 3 people",
           "safe": "I am safe", "help": "I need help", "told": "Needs help", "papers": "Pledge", "fetch": "Download ZIP"},
    "ja": {"set": "上限を変更する", "save": "保存する", "saved": "1日3人にしました", "undo": "元に戻す", "gone": "上限をなくしました", "breaks": "影響 1件", "move": "このまま日程を変更する",
           "moved": "日程を変更", "made": "次に参加者を追加してください", "wrong": "件の誤りがあります", "add": "名簿の全員を追加する",
           "added": "2人を追加しました", "ask": "安否確認：", "ask_all": "安否確認を送る", "asked": "3人に安否確認を送りました",
           "safe": "無事です", "help": "助けが必要です", "told": "助けが必要", "papers": "誓約書", "fetch": "ZIPをダウンロードする"},
}  # fmt: skip
WIDTHS = (320, 640, 820, 1280)


class Served:
    """Training over HTTP."""

    def __init__(self, office: TrainingOffice, url: str) -> None:
        self.office, self.url = office, url

    def sit(self, page: Page, *roles: str) -> Page:
        """Signed in, the browser's clock as the server's."""
        if roles:
            page.context.add_cookies([{"name": "imc_token", "value": self.office.token(*roles), "url": self.url}])
        page.clock.set_fixed_time(self.office.now)
        return page


@pytest.fixture
def served(mongo_url: str, database: Database[dict[str, Any]]) -> Iterator[Served]:
    office = TrainingOffice(mongo_url, database)
    names = {"cardiology": "循環器内科", "surgery": "消化器外科", "paediatrics": "小児科"}
    for code, name in names.items():
        database.departments.update_one({"_id": code}, {"$set": {"names.ja": name}})
    with serving(office.app) as url:
        yield Served(office, url)


def looked_at(page: Page, name: str) -> None:
    """Axe in the light and the dark, every width, a picture of each end."""
    axe(page)
    page.emulate_media(color_scheme="dark")
    axe(page)
    page.emulate_media(color_scheme="light")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        fits(page)
        if width in (320, 1280):
            shot(page, f"{name}-{width}")


def taken(office: TrainingOffice) -> dict[str, Any]:
    """Three months with people in two departments, one of them full, one waiting."""
    office.done("POST", "/departments/cardiology/places", {"per_day": 2})
    programme = office.programme(periods=[{"from": "2027-02-01", "until": "2027-03-31", "slots": 4}])
    days = (("2027-02-01", "2027-02-26"), ("2027-02-15", "2027-03-12"), ("2027-02-20", "2027-03-05"))
    for n, (first, last) in enumerate(days):
        office.accepted(programme, **office.other_person(n), first_day=first, last_day=last)
    surgery = {
        "title": {"ja": "消化器外科 臨床実習", "en": "Elective in surgery"},
        "department": "surgery",
        "kind": "elective",
    }
    other = office.programme(**surgery, periods=[{"from": "2027-03-01", "until": "2027-04-30", "slots": 1}])
    for n in (5, 6):
        about = {"first_day": "2027-03-01", "last_day": "2027-03-26", "profession": "student"}
        office.accepted(other, **office.other_person(n), **about)
    return programme


@IN_JA
def test_places_are_charted_and_a_limit_is_set_and_undone(served: Served, opened: Opened, language: str) -> None:
    taken(served.office)
    words, page = WORDS[language], served.sit(opened(served.url, language), "training")
    page.goto("/training/places?month=2027-02")
    looked_at(page, f"places-{language}")
    page.goto("/training/places?month=2027-02")
    row = page.locator("#d-surgery")
    row.get_by_role("button", name=words["set"]).first.click()
    axe(page)
    row.locator("[name=per_day]").fill("3")
    row.get_by_role("button", name=words["save"]).click()
    expect(page.locator("#flash")).to_contain_text(words["saved"])
    page.locator("#flash").get_by_role("button", name=words["undo"]).click()
    expect(page.locator("#flash")).to_contain_text(words["gone"])
    assert served.office.database.department_limits.find_one({"_id": "surgery"})["per_day"] is None  # type: ignore[index]


@IN_EN
def test_a_change_of_dates_is_checked_first(served: Served, opened: Opened, language: str) -> None:
    insurance = {"code": "liability_insurance", "name": {"ja": "賠償責任保険", "en": "Liability insurance"}, "stage": "post_decision", "validity": {"covers_visit": True}}  # fmt: skip
    periods = [{"from": "2027-02-01", "until": "2027-03-31", "slots": 2}, {"from": "2027-05-01", "until": "2027-06-30", "slots": 3}]  # fmt: skip
    office = served.office
    programme = office.programme(periods=periods, requirements=[insurance])
    id_ = office.confirmed(programme)
    office.paper(id_, "liability_insurance", valid_from="2027-01-01", valid_until="2027-03-31")
    words, page = WORDS[language], served.sit(opened(served.url, language), "training")
    page.goto(f"/training/applications/{id_}/move")
    looked_at(page, f"move-{language}")
    tabs_in_order(page)
    page.locator(".period-list a").last.click()
    expect(page.locator("main")).to_contain_text(words["breaks"])
    looked_at(page, f"move-breaks-{language}")
    page.get_by_role("button", name=words["move"]).click()
    expect(page.locator("#flash")).to_contain_text(words["moved"])
    assert office.status(id_) == "deferred"


@IN_JA
def test_a_group_is_created_filled_from_a_list_and_gets_its_letters(
    served: Served, opened: Opened, language: str
) -> None:
    office, words = served.office, WORDS[language]
    office.organization("Harbour University", kinds=["university"])
    office.organization("Bridge Foundation", kinds=["funder"])
    programme = office.programme()
    page = served.sit(opened(served.url, language), "training")
    page.goto("/training/groups")
    looked_at(page, f"groups-{language}")
    page.locator("[name=name]").fill("ハーバー大学 2027年春" if language == "ja" else "Harbour, spring 2027")
    page.locator("[name=period]").select_option(index=1)
    page.locator("[name=first_day]").fill("2027-02-01")
    page.locator("[name=last_day]").fill("20270212")
    page.locator("[name=organization_id]").select_option(label="Harbour University")
    page.locator("#group button.main").click()
    expect(page.locator("#flash")).to_contain_text(words["made"])
    page.locator("[name=text]").fill("Name,Date of birth,Nationality\nRAI Sunita,soon,Nepal\nTRAN An,1990-01-02,VN")
    page.get_by_role("button", name=words["add"]).click()
    expect(page.locator(".errors")).to_contain_text(words["wrong"])
    looked_at(page, f"group-wrong-{language}")
    page.locator("[name=text]").fill(
        "Name,Date of birth,Nationality\nRAI Sunita,1991-02-03,Nepal\nTRAN An,1990-01-02,VN"
    )
    page.get_by_role("button", name=words["add"]).click()
    expect(page.locator("#flash")).to_contain_text(words["added"])
    group = page.url.partition("#")[0].rpartition("/")[2]
    office.confirmed(programme, **office.other_person(3), group_id=group, last_day="2027-02-12")
    page.goto(f"/training/groups/{group}")
    looked_at(page, f"group-{language}")
    page.get_by_role("button", name=words["papers"]).click()
    expect(page.locator("#live-batches progress")).to_be_visible()
    stop = threading.Event()
    worker = threading.Thread(target=letters.run_batches, args=(office.deps, stop))
    worker.start()
    try:
        page.clock.resume()
        expect(page.locator("#live-batches").get_by_role("link", name=words["fetch"])).to_be_visible(timeout=15_000)
    finally:
        stop.set()
        worker.join()
    looked_at(page, f"group-made-{language}")
    with page.expect_download() as download:
        page.locator("#live-batches").get_by_role("link", name=words["fetch"]).click()
    assert download.value.suggested_filename.endswith("pledge.zip")


@IN_EN
def test_staff_in_a_country_get_a_safety_check_and_answer_on_a_phone(
    served: Served, opened: Opened, language: str
) -> None:
    office, words = served.office, WORDS[language]
    guests = office.programme(deadline=None)
    office.active(guests)
    office.now = NOW
    ids = [abroad(office, **office.other_person(n)) for n in range(3)]
    office.on("2027-02-10")
    page = served.sit(opened(served.url, language), "training")
    page.goto("/training/people")
    looked_at(page, f"people-{language}")
    page.get_by_role("button", name=words["ask"]).first.click()
    axe(page)
    page.locator("[name=count]").fill("3")
    page.get_by_role("button", name=words["ask_all"]).click()
    expect(page.locator("#flash")).to_contain_text(words["asked"])
    phone = served.sit(opened(served.url, language, phone=True))
    for id_, answer in zip(ids, ("safe", "help"), strict=False):
        phone.goto(f"/training/application/{links.token_for(office.deps, office.stored(id_), office.now)}/safe")
        axe(phone)
        fits(phone)
        shot(phone, f"safe-{language}-{answer}")
        phone.get_by_role("button", name=words[answer]).click()
        expect(phone.locator(".answered")).to_be_visible()
    page.goto("/training/people")
    expect(page.locator(".answers li").first).to_contain_text(words["told"])
    looked_at(page, f"people-asked-{language}")


@IN_JA
def test_reports_have_charts_beside_their_figures(served: Served, opened: Opened, language: str) -> None:
    reported(served.office)
    page = served.sit(opened(served.url, language), "training")
    page.goto("/training/reports")
    expect(page.locator("td.bar-cell svg rect:not([width='0.0'])").first).to_be_visible()
    looked_at(page, f"reports-{language}")
    page.goto("/training/reports?year=2025")
    expect(page.locator(".empty").first).to_be_visible()
    looked_at(page, f"reports-none-{language}")


@IN_EN
def test_empty_pages_explain_how_to_start(served: Served, opened: Opened, language: str) -> None:
    page = served.sit(opened(served.url, language), "training")
    for name in ("places", "groups", "people", "reports"):
        page.goto(f"/training/{name}")
        expect(page.locator(".empty").first).to_be_visible()
        looked_at(page, f"{name}-empty-{language}")
