"""The inbox, its bell and what a person wants to be told, in a real browser over notify's own web process."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pymongo.database import Database

from shared.events import training
from tests.browser.conftest import Opened, serving
from tests.browser.looking import LOOKS, axe, shot
from tests.integration.notify_office import Office
from tests.unit.notify.world import Application, Case

WORDS = {
    "en": {"unread": "2 unread notices", "read": "Mark as read", "archive": "Archive", "undo": "Undo", "archived": "Archived",
           "none": "No unread notices.", "all_read": "Mark all as read", "seen": "read by a colleague",
           "saved": "Notice settings saved.", "save": "Save settings", "one": "1 unread notice", "always": "always on",
           "back": "Moved back to your notices."},
    "ja": {"unread": "未読のお知らせ：2件", "read": "既読にする", "archive": "保管する", "undo": "元に戻す", "archived": "保管済み",
           "none": "未読のお知らせはありません。", "all_read": "すべて既読にする", "seen": "ほかの担当者が確認済み",
           "saved": "お知らせの設定を保存しました。", "save": "設定を保存する", "one": "未読のお知らせ：1件", "always": "常に受け取る",
           "back": "お知らせの一覧に戻しました。"},
}  # fmt: skip


class Desk:
    """notify over HTTP, and who comes to it."""

    def __init__(self, office: Office, url: str) -> None:
        self.office, self.url = office, url

    def sign_in(self, page: Page, *roles: str, account_id: str = "mori", departments: Sequence[str] = ()) -> Page:
        header = self.office.token(*roles, account_id=account_id, departments=departments)["Authorization"]
        token = header.removeprefix("Bearer ")
        page.context.add_cookies([{"name": "imc_token", "value": token, "url": self.url}])
        return page

    def referrals(self, number: int) -> None:
        for _ in range(number):
            self.office.world.consume(Case(organization_id=None).received())


@pytest.fixture
def desk(mongo_url: str, database: Database, tmp_path: Path) -> Iterator[Desk]:
    office = Office(mongo_url, database, tmp_path)
    with serving(office.client.application) as url:
        yield Desk(office, url)


def entries(page: Page) -> int:
    return page.locator("#live-inbox li.entry").count()


@LOOKS
def test_a_clerk_reads_archives_and_restores(desk: Desk, opened: Opened, language: str, dark: bool) -> None:
    word, name = WORDS[language], f"{language}-{'dark' if dark else 'light'}"
    desk.referrals(1)
    desk.office.world.move(seconds=5)
    desk.office.world.consume(Case(organization_id=None).unfilled(desk.office.world.now + timedelta(days=1)))
    page = desk.sign_in(opened(desk.url, language, dark), "front_desk")
    page.goto("/notify/")
    bell = page.locator(".bell")
    expect(bell.get_by_role("status")).to_have_text(word["unread"])
    expect(bell.locator(".count")).to_have_text("2")
    expect(page.locator("li.entry.new")).to_have_count(2)
    assert "\n" in page.locator(".entry-words p").first.inner_text(), "what the mail says in lines is in lines here"
    axe(page)
    shot(page, f"notices-{name}")
    page.locator("li.entry").get_by_role("button", name=word["read"]).first.click()
    expect(page.locator("li.entry")).to_have_count(1)
    expect(bell.get_by_role("status")).to_have_text(word["one"])
    page.get_by_role("button", name=word["archive"]).first.click()
    expect(page.locator("#live-inbox")).to_contain_text(word["none"])
    axe(page)
    shot(page, f"notices-none-{name}")
    page.locator("#flash").get_by_role("button", name=word["undo"]).click()
    expect(page.locator("#flash")).to_contain_text(word["back"])
    page.goto("/notify/?state=all")
    expect(page.locator("li.entry")).to_have_count(2)
    expect(page.locator("li.entry.new")).to_have_count(0)
    page.get_by_role("button", name=word["archive"]).first.click()
    expect(page.locator("li.entry")).to_have_count(1)
    page.get_by_role("link", name=word["archived"]).click()
    expect(page.locator("li.entry")).to_have_count(1)
    axe(page)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_new_entry_appears_without_a_reload(desk: Desk, opened: Opened, language: str) -> None:
    word = WORDS[language]
    mori = desk.sign_in(opened(desk.url, language), "front_desk")
    abe = desk.sign_in(opened(desk.url, language), "front_desk", account_id="abe")
    for page in (mori, abe):
        page.goto("/notify/")
        expect(page.locator("#live-inbox")).to_contain_text(word["none"])
    desk.referrals(2)
    for page in (mori, abe):
        expect(page.locator("li.entry.new")).to_have_count(2)
        expect(page.locator(".bell .count")).to_have_text("2")
    mori.get_by_role("button", name=word["all_read"]).click()
    expect(mori.locator("#live-inbox")).to_contain_text(word["none"])
    expect(mori.locator(".bell .count")).to_have_count(0)
    expect(abe.locator("li.entry.new")).to_have_count(2)
    expect(abe.locator("li.entry").first).to_contain_text(word["seen"])


def test_pages_follow_one_another(desk: Desk, opened: Opened) -> None:
    desk.referrals(33)
    page = desk.sign_in(opened(desk.url), "front_desk")
    page.goto("/notify/?state=all")
    expect(page.locator("li.entry")).to_have_count(30)
    page.get_by_role("link", name="Next").click()
    expect(page.locator("li.entry")).to_have_count(3)
    axe(page)
    page.get_by_role("link", name="Previous").click()
    expect(page.locator("li.entry")).to_have_count(30)


def test_opening_reads_and_leads_to_the_case(desk: Desk, opened: Opened) -> None:
    case = Case(organization_id=None)
    desk.office.world.consume(case.received())
    page = desk.sign_in(opened(desk.url), "front_desk")
    page.goto("/notify/")
    page.get_by_role("button", name="Open").click()
    page.wait_for_url(f"**/intake/cases/{case.case_id}")
    assert desk.office.get("/inbox/unread", desk.office.token("front_desk", account_id="mori")).json["count"] == 0


@pytest.mark.parametrize("language", ["ja", "en"])
def test_an_interpreter_chooses_notifications_and_quiet_hours(desk: Desk, opened: Opened, language: str) -> None:
    word = WORDS[language]
    page = desk.sign_in(opened(desk.url, language), "interpreter")
    page.goto("/notify/preferences")
    expect(page.get_by_text(word["always"])).to_have_count(2)
    axe(page)
    shot(page, f"preferences-{language}")
    page.locator("[name='kinds.changes.email']").uncheck()
    page.locator("#preferences-quiet_from").fill("２２：００" if language == "ja" else "2200")
    page.get_by_role("button", name=word["save"]).click()
    expect(page.locator(".errors")).to_be_focused()
    expect(page.locator("[name='kinds.changes.email']")).not_to_be_checked()
    axe(page)
    shot(page, f"preferences-refused-{language}")
    page.locator("#preferences-quiet_to").fill("7:00")
    page.get_by_role("button", name=word["save"]).click()
    expect(page.locator("#flash")).to_contain_text(word["saved"])
    expect(page.locator("#preferences-quiet_from")).to_have_value("22:00")
    kept = desk.office.get("/me/preferences", desk.office.token("interpreter", account_id="mori")).json
    assert kept["quiet_hours"] == {"from": "22:00", "to": "07:00"}
    assert kept["kinds"]["changes"] == {"inbox": True, "email": False}


def test_two_windows_show_the_clash(desk: Desk, opened: Opened) -> None:
    page = desk.sign_in(opened(desk.url), "interpreter")
    page.goto("/notify/preferences")
    other = page.context.new_page()
    other.goto("/notify/preferences")
    other.locator("[name='kinds.reports.email']").uncheck()
    other.get_by_role("button", name="Save settings").click()
    expect(other.locator("#flash")).to_contain_text("saved")
    page.locator("[name='kinds.reports.inbox']").uncheck()
    page.get_by_role("button", name="Save settings").click()
    expect(page.get_by_role("heading", name="Someone else changed this first")).to_be_visible()
    axe(page)
    shot(page, "preferences-clash")
    page.get_by_role("button", name="Save my changes").click()
    expect(page.locator("#flash")).to_contain_text("saved")
    expect(page.locator("[name='kinds.reports.email']")).not_to_be_checked()  # as the other window saved it
    expect(page.locator("[name='kinds.reports.inbox']")).not_to_be_checked()


def test_it_works_without_a_script(desk: Desk, opened: Opened) -> None:
    desk.referrals(2)
    page = desk.sign_in(opened(desk.url, java_script_enabled=False), "front_desk")
    page.goto("/notify/")
    page.get_by_role("button", name="Mark as read").first.click()
    expect(page.locator("li.entry")).to_have_count(1)
    page.get_by_role("button", name="Archive").first.click()
    page.locator("#flash").get_by_role("button", name="Undo").click()
    page.goto("/notify/?state=all")
    expect(page.locator("li.entry")).to_have_count(2)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_training_reads_what_is_to_be_done_and_is_led_there(desk: Desk, opened: Opened, language: str) -> None:
    application = Application()
    desk.office.world.consume(
        application.event(training.ApplicationSubmitted),
        application.event(training.ApplicationOverdue, what="check"),
        application.event(training.ApplicationHeld, "confirmed", reason="ends_before"),
        application.event(training.ApplicationWithdrawn, "withdrawn", reason="visa", previous_status="confirmed"),
        application.event(training.SafetyAnswered, "active", asking_id="s", answer="need_help"),
        application.event(training.ApplicationReviewStarted, "under_review", steps=("department",)),
    )
    page = desk.sign_in(opened(desk.url, language), "training")
    for width, name in ((1280, "desktop"), (360, "phone")):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto("/notify/")
        expect(page.locator("li.entry.new")).to_have_count(5)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        shot(page, f"notices-training-{language}-{name}")
    axe(page)
    page.locator("li.entry").filter(has_text=application.reference).first.locator(".second").click()
    page.wait_for_url(f"**/training/applications/{application.application_id}")
    reviewer = desk.sign_in(opened(desk.url, language), "reviewer", account_id="abe", departments=["cardiology"])
    reviewer.goto("/notify/")
    reviewer.locator("li.entry .second").click()
    reviewer.wait_for_url("**/training/reviews")
