"""The days of training's people in a real browser: board, an application, papers, reviews, decisions, a programme; by keyboard, live, narrow."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pymongo.database import Database

from tests.browser.conftest import Opened, serving
from tests.browser.looking import axe, fits, shot, tabs_in_order
from tests.integration.training_office import TrainingOffice

BOTH = pytest.mark.parametrize("language", ["ja", "en"])
RULES: list[dict[str, Any]] = [
    {"code": "cv", "name": {"ja": "履歴書", "en": "Curriculum vitae"}},
    {"code": "licence_copy", "name": {"ja": "免許証の写し", "en": "Copy of the licence"}},
    {
        "code": "tb_test",
        "name": {"ja": "結核検査（IGRAまたは胸部X線）", "en": "Tuberculosis test (IGRA or chest X-ray)"},
        "stage": "post_decision",
        "due_days_before_start": 30,
        "validity": {"within_days_of_start": 365},
    },
    {
        "code": "influenza",
        "name": {"ja": "インフルエンザワクチン接種の記録", "en": "Influenza: record of vaccination"},
        "stage": "post_decision",
        "validity": {"season": {"from": "11-01", "to": "04-30", "valid_from": "09-01"}},
    },
]
PEOPLE = (
    ("NGUYEN Thi Hoa", "Nguyễn Thị Hoa", "VN"), ("SOMCHAI Jaidee", "สมชาย ใจดี", "TH"), ("MUELLER Anna", "Müller Anna", "DE"),
    ("KIM Minjun", "김민준", "KR"), ("SILVA Ana Beatriz", "Ana Beatriz Silva", "BR"), ("WANG Xiaoming", "王小明", "CN"),
    ("RAHMAN Abdul", None, "BD"), ("OKAFOR Grace", None, "NG"), ("GARCIA Lucia", "Lucía García", "ES"),
)  # fmt: skip


class Served:
    """Training over HTTP, with somebody at every stage."""

    def __init__(self, office: TrainingOffice, url: str) -> None:
        self.office, self.url, self.ids = office, url, {}

    def sit(self, page: Page, *roles: str, account: str = "acc-1") -> Page:
        token = self.office.token(*(roles or ("training",)), account=account)
        page.context.add_cookies([{"name": "imc_token", "value": token, "url": self.url}])
        page.clock.set_fixed_time(self.office.now)
        return page

    def fill(self) -> None:
        """One or more at each stage."""
        office = self.office
        programme = office.programme(
            requirements=RULES,
            title={"ja": "循環器内科 見学プログラム", "en": "Observation in cardiology"},
            periods=[{"from": "2027-02-01", "until": "2027-03-31", "slots": 4, "group_size": 3}],
        )
        hands_on = office.programme(
            kind="hands_on",
            department="surgery",
            title={"ja": "外科 臨床修練", "en": "Hands-on training in surgery"},
            periods=[{"from": "2027-02-01", "until": "2027-03-31", "slots": 1}],
        )
        people = iter(range(len(PEOPLE)))
        self.ids["programme"] = programme["id"]
        self.ids["submitted"] = office.submitted(programme, **self.person(next(people)))
        self.ids["checked"] = office.submitted(programme, **self.person(next(people)))
        office.done("POST", f"/applications/{self.ids['checked']}/check")
        office.paper(self.ids["checked"], "cv", accept=False)
        office.paper(self.ids["checked"], "licence_copy", issued_on="2015-04-01")
        self.ids["reviewing"] = office.submitted(programme, **self.person(next(people)))
        office.paper(self.ids["reviewing"], "cv")
        office.done("POST", f"/applications/{self.ids['reviewing']}/check")
        office.done("POST", f"/applications/{self.ids['reviewing']}/review")
        self.ids["ready"] = office.reviewed(programme, **self.person(next(people)))
        self.ids["offered"] = office.accepted(programme, **self.person(next(people)))
        office.done("POST", f"/applications/{self.ids['offered']}/announce")
        self.ids["untold"] = office.accepted(hands_on, **self.person(next(people)))
        self.ids["waiting"] = office.accepted(hands_on, **self.person(next(people)))
        self.ids["confirmed"] = office.confirmed(programme, **self.person(next(people)))
        held = {"reason": "not_active", "since": office.now, "agreement_id": None}
        office.database.applications.update_one({"_id": self.ids["confirmed"]}, {"$set": {"hold": held}})
        self.ids["draft"] = office.application(programme, **self.person(next(people)))

    @staticmethod
    def person(number: int) -> dict[str, Any]:
        latin, native, country = PEOPLE[number]
        name = {"latin": latin} | ({"native": native} if native else {})
        return {
            "name": name,
            "nationality": country,
            "residence": country,
            "email": f"p{number}@lotus.example",
            "passport": {"number": f"P{number:07d}", "country": country, "expires_on": "2031-01-01"},
        }

    def pages(self) -> dict[str, str]:
        return {
            "board": "/training/",
            "submitted": f"/training/applications/{self.ids['submitted']}",
            "checked": f"/training/applications/{self.ids['checked']}",
            "confirmed": f"/training/applications/{self.ids['confirmed']}",
            "papers": "/training/papers",
            "reviews": "/training/reviews",
            "decisions": "/training/decisions",
            "programmes": "/training/manage",
            "programme": f"/training/manage/{self.ids['programme']}",
            "new": "/training/manage/new",
        }


@pytest.fixture
def served(mongo_url: str, database: Database[dict[str, Any]]) -> Iterator[Served]:
    office = TrainingOffice(mongo_url, database)
    for code, ja in (("cardiology", "循環器内科"), ("surgery", "外科"), ("paediatrics", "小児科")):
        database.departments.update_one({"_id": code}, {"$set": {"names.ja": ja}})
    database.people.insert_many(
        [
            {"_id": "01990000-0000-7000-8000-0000000000a1", "username": "sato.ken", "roles": ["reviewer"]},
            {"_id": "01990000-0000-7000-8000-0000000000a2", "username": "ito.mari", "roles": ["chief"]},
        ]
    )
    with serving(office.client.application) as url:
        made = Served(office, url)
        made.fill()
        yield made


@pytest.mark.parametrize("name", ["board", "checked", "decisions", "new"])
def test_every_control_is_reached_by_tab_in_the_order_it_is_read(served: Served, opened: Opened, name: str) -> None:
    page = served.sit(opened(served.url), "training", "chief")
    page.goto(served.pages()[name])
    tabs_in_order(page)


@BOTH
def test_one_press_runs_a_command_and_a_colleague_sees_it(served: Served, opened: Opened, language: str) -> None:
    page, colleague = (served.sit(opened(served.url, language)) for _ in range(2))
    for one in (page, colleague):
        one.goto("/training/")
    row = f"#a-{served.ids['submitted']}"
    stage = colleague.locator(".stage.to_check").locator(row).locator(".chip").first
    before = stage.inner_text()
    page.evaluate("window.same = true")
    page.locator(row).locator("button.main").press("Enter")
    expect(page.locator("#flash .message")).to_be_visible()
    assert page.evaluate("window.same"), "nothing was loaded anew"
    expect(stage).not_to_have_text(before)
    axe(page)
    shot(page, f"training-moved-{language}")


def test_the_menu_of_a_row_is_fetched_when_it_is_opened_and_works_by_keyboard(served: Served, opened: Opened) -> None:
    page = served.sit(opened(served.url))
    page.goto("/training/")
    row = page.locator(f"#a-{served.ids['offered']}")
    row.locator("summary").press("Enter")
    item = row.locator("button.item", has_text="Confirm place")
    expect(item).to_be_visible()
    axe(page)
    item.press("Enter")
    expect(page.locator("#flash .message")).to_contain_text("place confirmed")
    assert served.office.status(served.ids["offered"]) == "confirmed"


def test_a_rejected_panel_reopens_with_its_fault_and_a_conflict_preserves_the_form(
    served: Served, opened: Opened
) -> None:
    id_ = served.ids["checked"]
    page = served.sit(opened(served.url))
    page.goto(f"/training/applications/{id_}")
    page.locator(".next-step").get_by_role("button", name="Return to applicant").click()
    panel = page.locator("#do-return")
    expect(panel.locator("textarea")).to_be_focused()
    fits(page)
    axe(page)
    shot(page, "training-send-back-en")
    panel.get_by_role("button", name="Return to applicant").click()
    expect(page.locator("#do-return .errors")).to_be_focused()
    page.locator("#do-return textarea").fill("Please send the licence again.")
    served.office.done("POST", f"/applications/{id_}/review")
    page.locator("#do-return").get_by_role("button", name="Return to applicant").click()
    expect(page.locator("main")).to_contain_text("Sent the application for review")
    expect(page.locator("body")).to_contain_text("Please send the licence again.")
    axe(page)


def test_a_document_is_checked_in_its_panel_on_a_phone(served: Served, opened: Opened) -> None:
    id_ = served.ids["checked"]
    page = served.sit(opened(served.url, "ja", phone=True))
    page.goto(f"/training/applications/{id_}#papers")
    page.get_by_role("button", name="確認する").first.click()
    panel = page.locator(".panel:popover-open")
    expect(panel).to_be_visible()
    fits(page)
    axe(page)
    shot(page, "training-paper-panel-ja-phone")
    panel.locator("[name=issued_on]").fill("R8.11.1")
    panel.get_by_role("button", name="受理する", exact=True).click()
    expect(page.locator("#flash .message")).to_contain_text("受理しました")


def test_a_verdict_leads_to_the_next_one_that_waits(served: Served, opened: Opened) -> None:
    served.office.done("POST", f"/applications/{served.ids['checked']}/review")
    page = served.sit(opened(served.url), "reviewer")
    page.goto("/training/reviews")
    first = page.locator("article.review").first
    first.locator("textarea").fill("Fits well.")
    axe(page)
    first.get_by_role("button", name=re.compile("^Recommend")).click()
    expect(page.locator("#flash .message")).to_contain_text("you recommended it")
    expect(page.locator("article.review")).to_have_count(1)
    expect(page.locator("article.review")).to_be_focused()


def test_the_number_of_ticks_is_shown_and_a_wrong_count_preserves_them(served: Served, opened: Opened) -> None:
    page = served.sit(opened(served.url), "chief")
    page.goto("/training/decisions")
    box = page.locator(f"input[value='{served.ids['ready']}']")
    form = page.locator("form", has=box)
    box.check()
    expect(form.locator("output.ticked")).to_have_text("1")
    form.locator("[name=count]").fill("3")
    form.get_by_role("button", name="Accept selected").click()
    expect(page.locator(".errors").first).to_contain_text("Enter 1, the number that is ticked")
    expect(box).to_be_checked()
    axe(page)
    shot(page, "training-decide-refused-en")
    form.locator("[name=count]").fill("1")
    form.get_by_role("button", name="Accept selected").click()
    expect(page.locator("#flash .message")).to_be_visible()
    assert served.office.status(served.ids["ready"]) == "accepted"
