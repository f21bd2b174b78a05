"""An operator's day in a real browser, over a whole system of this file's own: see, redrive, give up, restore, follow a case's way."""

from collections.abc import Iterator
from typing import Any

import pymongo
import pytest
from playwright.sync_api import Page, expect
from pymongo.database import Database

from shared.ids import new_id
from shared.settings import SERVICES
from tests.browser.conftest import Opened
from tests.browser.looking import LOOKS, axe, fits, shot
from tests.integration.dead_letters import dead_letter_department
from tests.journeys import play
from tests.system import System

HOME = "/accounts/operations"
WORDS = {
    "en": {"title": "Operations", "parked": "Failed", "look": "View events", "redrive": "Redrive", "done": "sent again",
           "gone": "no longer stored here", "discard": "Discard", "discarded": "discarded", "restore": "Restore", "healthy": "Healthy",
           "history": "Operator history", "heard": "Received", "reason": "Reason", "says": "Published"},
    "ja": {"title": "運用", "parked": "失敗", "look": "イベントを見る", "redrive": "再処理する", "done": "再送しました",
           "gone": "このイベントはここにはありません", "discard": "破棄する", "discarded": "破棄しました", "restore": "元に戻す", "healthy": "正常",
           "history": "操作履歴", "heard": "受信済み", "reason": "理由", "says": "送信済み"},
}  # fmt: skip


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    one = System(tmp_path_factory.mktemp("operations") / "data")
    one.up()
    yield one
    one.down()


@pytest.fixture
def intake(here: System) -> Iterator[Database]:
    client: Any = pymongo.MongoClient(here.state["mongo_url"], tz_aware=True)
    with client:
        yield client["imc_intake"]


def signed_in(page: Page, here: System, *roles: str) -> Page:
    page.context.add_cookies([{"name": "imc_token", "value": here.token(*roles), "url": here.url}])
    return page


@LOOKS
def test_an_operator_redrives_a_dead_lettered_event(
    here: System, intake: Database, opened: Opened, language: str, dark: bool
) -> None:
    word, code = WORDS[language], f"ward_{new_id()[-6:]}"
    event = dead_letter_department(intake, code, new_id())
    page = signed_in(opened(here.url, language, dark), here, "operator")
    name = f"{language}-{'dark' if dark else 'light'}"
    page.goto(HOME)
    expect(page.locator("h1")).to_have_text(word["title"])
    card = page.locator("#live-operations-intake")
    expect(card.get_by_text("gap", exact=True)).to_be_visible()
    for service in ("interpreting", "training", "partners", "notify", "accounts"):
        expect(page.locator(f"#live-operations-{service} .chip.good").first).to_have_text(word["healthy"])
    axe(page)
    shot(page, f"operations-{name}")
    card.get_by_role("link", name=word["look"]).click()
    expect(page.locator("#live-failed-events table")).to_be_visible()
    axe(page)
    shot(page, f"operations-failed-events-{name}")
    page.locator("#live-failed-events tbody a").click()
    expect(page.locator("#live-event")).to_contain_text(code)
    axe(page)
    shot(page, f"operations-event-{name}")
    section = page.locator("section", has=page.locator("#redrive-title"))
    section.get_by_label(word["reason"]).fill("the earlier ones are lost")
    section.get_by_role("button", name=word["redrive"]).click()
    expect(page.locator("#flash")).to_contain_text(word["done"])
    expect(page.locator("#live-event")).to_contain_text(word["gone"])
    here.until(lambda: intake.departments.find_one({"_id": code}))
    page.goto(f"{HOME}/history")
    row = page.locator("#live-history-intake tbody tr").first
    expect(row).to_contain_text("the earlier ones are lost")
    expect(row.locator("person-name")).to_contain_text("operator-")
    expect(row.get_by_role("link")).to_contain_text(event[-12:])
    axe(page)
    shot(page, f"operations-history-{name}")
    page.goto(HOME)
    expect(page.locator("#live-operations-intake .chip.good").first).to_have_text(word["healthy"])


def test_a_group_is_redriven_with_one_press_and_the_part_follows(
    here: System, intake: Database, opened: Opened
) -> None:
    codes = [f"ward_{new_id()[-6:]}" for _ in range(2)]
    for code in codes:
        dead_letter_department(intake, code, new_id())
    page = signed_in(opened(here.url), here, "operator")
    page.goto(HOME)
    card = page.locator("#live-operations-intake")
    card.get_by_role("button", name="Redrive all 2").click()
    expect(page.locator("#flash")).to_contain_text("2 events sent again")
    expect(card.locator(".chip.bad")).to_have_count(0)
    here.until(lambda: intake.departments.count_documents({"_id": {"$in": codes}}) == 2)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_group_is_given_up_by_who_counts_it_and_one_is_restored(
    here: System, intake: Database, opened: Opened, language: str
) -> None:
    word, code = WORDS[language], f"ward_{new_id()[-6:]}"
    events = [dead_letter_department(intake, code, new_id()) for _ in range(2)]
    page = signed_in(opened(here.url, language), here, "operator")
    page.goto(f"{HOME}/failed-events?service=intake&state=dead_lettered&cause=gap&type=accounts.department.updated.v1")
    form = page.locator("form#discard")
    form.locator("#discard-n").fill("1")
    form.get_by_role("button").click()
    expect(form.locator(".errors")).to_be_focused()
    axe(page)
    shot(page, f"operations-discard-refused-{language}")
    form.locator("#discard-reason").fill("nobody needs them")
    form.get_by_role("button").click()
    expect(page.locator("#live-failed-events .errors")).to_be_focused()
    assert intake.deferred_events.count_documents({"_id": {"$in": events}, "state": "dead_lettered"}) == 2, (
        "two, not one"
    )
    form.locator("#discard-n").fill("2")
    form.locator("#discard-reason").fill("nobody needs them")
    form.get_by_role("button").click()
    expect(page.locator("#flash")).to_contain_text(word["discarded"])
    page.goto(f"{HOME}/failed-events/intake/{events[0]}")
    page.locator("section", has=page.locator("#restore-title")).get_by_role("button").click()
    expect(page.locator("#redrive-title")).to_be_visible()
    assert intake.deferred_events.find_one({"_id": events[0]})["state"] == "dead_lettered"
    page.locator("section", has=page.locator("#discard-title")).get_by_label(word["reason"]).fill("indeed")
    page.locator("section", has=page.locator("#discard-title")).get_by_role("button").click()
    expect(page.locator("#restore-title")).to_be_visible()


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_way_of_a_case_through_all_services(here: System, opened: Opened, language: str) -> None:
    word = WORDS[language]
    cast = play.gather(here)
    cast.interpreter("th")
    case_id = cast.accepted("th")
    visit_id = cast.book(case_id, "2027-04-06")
    here.until(lambda: cast.interpreter_of(case_id, visit_id)["status"] == "confirmed")
    page = signed_in(opened(here.url, language), here, "operator")
    page.goto(HOME)
    page.locator("#trace-case").fill(cast.case(case_id)["reference"])
    page.keyboard.press("Enter")
    rows = page.locator("event-trace tbody tr")
    confirmed = rows.filter(has_text="interpreting.booking.confirmed.v1")
    booked = rows.filter(has_text="intake.visit.booked.v1")
    intake, interpreting, notify = (SERVICES.index(service) for service in ("intake", "interpreting", "notify"))
    for row, said_by, consumers in (
        (booked, intake, (interpreting, notify)),
        (confirmed, interpreting, (intake, notify)),
    ):
        expect(row.locator("td").nth(said_by)).to_contain_text(word["says"])
        for place in consumers:
            expect(row.locator("td").nth(place)).to_contain_text(word["heard"])
    axe(page)
    shot(page, f"operations-trace-{language}")
    page.set_viewport_size({"width": 390, "height": 844})
    fits(page)
    shot(page, f"operations-trace-phone-{language}")
    cast.receiver.close()


def test_an_owner_away_says_so_and_the_rest_stands(here: System, opened: Opened) -> None:
    page = signed_in(opened(here.url), here, "operator")
    page.goto(HOME)
    notices, partners = page.locator("#live-operations-notify"), page.locator("#live-operations-partners")
    expect(notices.locator(".chip.good").first).to_have_text("Healthy")
    page.route("**/notify/fragments/operations", lambda route: route.fulfill(status=503, body=""))
    expect(notices.locator(".away")).to_contain_text("not available right now")
    expect(notices.locator(".facts")).to_be_visible()
    expect(partners.locator(".away")).to_have_count(0)
    expect(page.locator("#connection")).to_be_hidden()
    axe(page)
    shot(page, "operations-away")
    page.unroute("**/notify/fragments/operations")
    expect(notices.locator(".away")).to_have_count(0)


def test_they_are_for_operators(here: System, opened: Opened) -> None:
    page = signed_in(opened(here.url), here, "front_desk")
    answer = page.goto(HOME)
    assert answer is not None and answer.status == 403
    expect(page.locator("h1")).to_have_text("You do not have access to this page")
    assert page.request.get(f"{here.url}/intake/fragments/operations").status == 403
