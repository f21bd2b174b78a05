"""Journeys over two and more people's screens at the whole system: what one does, the others see, without anything loaded anew."""

import os
import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Opened, SignedIn, sign_in
from tests.browser.looking import axe, fits, shot
from tests.journeys import play
from tests.journeys.play import Cast
from tests.system import System

WORDS = {
    "en": {"review": "Start review", "accept": "Accept case", "take": "Accept", "found": "No interpreter yet", "asked": "Offer sent", "confirmed": "Confirmed",
           "choose": "Choose interpreter", "ask": "Send offer to selected", "hours": "Outside working hours", "assign": "Assign", "yours": "The booking is yours.",
           "taken": "Another interpreter accepted this offer first"},
    "ja": {"review": "受入検討を始める", "accept": "受入可とする", "take": "承諾する", "found": "通訳未確保", "asked": "打診中", "confirmed": "確定",
           "choose": "通訳を選ぶ", "ask": "選んだ通訳に打診する", "hours": "勤務時間外", "assign": "割り当てる", "yours": "担当に確定しました。",
           "taken": "ほかの通訳が先に承諾しました。"},
}  # fmt: skip
LIVE = 30_000
BOTH = pytest.mark.parametrize("language", ["ja", "en"] if os.environ.get("IMC_EVERY_LANGUAGE") else ["ja"])
"""With IMC_EVERY_LANGUAGE=1; a usual run plays each once."""
NONE: list[dict[str, str]] = []


@pytest.fixture
def cast(system: System) -> Iterator[Cast]:
    made = play.gather(system)
    yield made
    made.receiver.close()


class Screens:
    """A clerk with a case and the board beside it, and a coordinator with their day: open before anything happens."""

    def __init__(self, signed_in: SignedIn, language: str, day: str) -> None:
        self.word, self.day = WORDS[language], day
        self.clerk, self.coordinator = (signed_in(role, language=language) for role in ("front_desk", "coordinator"))
        self.board = self.clerk.context.new_page()
        self.board.goto(f"/intake/?day={day}")
        self.coordinator.goto(f"/interpreting/?date={day}")
        for page in (self.board, self.coordinator):
            page.evaluate("window.same = true")

    def books(self, cast: Cast, time: str) -> str:
        """The clerk books a visit on the case they see; the visit's id."""
        clerk = self.clerk
        clerk.locator("#live-case button.main[popovertarget='do-book']").click()
        clerk.locator("#book-day").fill(self.day)
        clerk.locator("#book-time").fill(time)
        clerk.locator("#book .send button").click()
        expect(clerk.locator("article.visit")).to_have_count(1)
        visits: Any = cast.case(clerk.url.rpartition("/")[2].partition("#")[0])["visits"]
        return str(visits[0]["id"])

    def on_the_board(self, visit_id: str) -> Locator:
        return self.board.locator(f"#v-{visit_id}")

    def in_the_day(self, name: str) -> Locator:
        """The row of this interpreter's day on the coordinator's screen."""
        return self.coordinator.locator("#live-day tbody tr", has_text=name)

    def nothing_was_loaded_anew(self) -> None:
        for page in (self.board, self.coordinator):
            assert page.evaluate("window.same")


def triaged(screens: Screens, cast: Cast, tongue: str) -> None:
    """A referral comes over the API while the clerk looks; they read and accept it."""
    clerk, word = screens.clerk, screens.word
    clerk.goto("/intake/triage")
    nobody_known = {
        "name": {"latin": f"GUEST {uuid.uuid4().hex}"},
        "birth_date": "unknown",
        "sex": "male",
        "nationality": "TH",
    }
    told = play.referral(tongue) | {"patient": nobody_known}
    case_id = cast.agency.post("/intake/api/v1/referrals", told, 201)["id"]
    clerk.locator(f"#r-{case_id}").get_by_role("button", name=word["review"]).click(timeout=LIVE)
    clerk.wait_for_url(f"**/intake/triage/{case_id}")
    clerk.locator("#accept").get_by_role("button", name=word["accept"]).click()
    clerk.wait_for_url(f"**/intake/cases/{case_id}")


@BOTH
def test_from_a_referral_to_a_confirmed_interpreter_over_two_screens(
    cast: Cast, signed_in: SignedIn, language: str
) -> None:
    tongue, day = {"ja": ("uz", play.day_in(165)), "en": ("mn", play.day_in(166))}[language]
    name = f"Interpreter {cast.key_id[-6:]}"
    cast.interpreter(tongue, name={"latin": name})
    screens = Screens(signed_in, language, day)
    expect(screens.in_the_day(name).locator("td.booking")).to_have_count(0)
    triaged(screens, cast, tongue)
    visit_id = screens.books(cast, "10:00")
    for seen in (
        screens.clerk.locator("article.visit"),
        screens.on_the_board(visit_id),
    ):
        expect(seen).to_contain_text(screens.word["confirmed"], timeout=LIVE)
        expect(seen).to_contain_text(name)
    expect(screens.in_the_day(name).locator("td.booking")).to_contain_text("10:00", timeout=LIVE)
    screens.nothing_was_loaded_anew()
    for page, what in ((screens.clerk, "case"), (screens.board, "board"), (screens.coordinator, "day")):
        axe(page)
        shot(page, f"journey-{what}-{language}")


@BOTH
def test_nobody_is_free_and_one_is_asked_and_given_by_hand(cast: Cast, signed_in: SignedIn, language: str) -> None:
    tongue, day = {"ja": ("hy", play.day_in(172)), "en": ("kk", play.day_in(173))}[language]
    name = f"Interpreter {cast.key_id[-6:]}"
    cast.interpreter(tongue, name={"latin": name}, weekly_hours=NONE)
    screens = Screens(signed_in, language, day)
    word, coordinator = screens.word, screens.coordinator
    triaged(screens, cast, tongue)
    visit_id = screens.books(cast, "14:00")
    visit = screens.on_the_board(visit_id)
    row = coordinator.locator("#live-open tbody tr", has_text=name)
    expect(row).to_contain_text(word["hours"], timeout=LIVE)
    expect(visit).to_contain_text(word["found"], timeout=LIVE)
    axe(coordinator)
    shot(coordinator, f"journey-unfilled-{language}")
    screens.nothing_was_loaded_anew()
    row.get_by_role("link", name=word["choose"]).click()
    asked = coordinator.locator("#candidates tbody tr", has_text=name)
    asked.get_by_role("checkbox").check()
    coordinator.locator("[name=override]").fill("Agreed by phone")
    coordinator.get_by_role("button", name=word["ask"]).click()
    expect(visit).to_contain_text(word["asked"], timeout=LIVE)
    coordinator.locator("[name=override]").fill("Agreed by phone")
    asked.get_by_role("button", name=word["assign"]).click()
    expect(coordinator.locator("#live-booking .chip").first).to_have_text(word["confirmed"])
    expect(visit).to_contain_text(word["confirmed"], timeout=LIVE)
    expect(visit).to_contain_text(name)
    assert screens.board.evaluate("window.same")


def link_in_the_mail(system: System, address: str) -> str:
    """The signed link that the mail server took for this address."""

    def found() -> str | None:
        for mail in system.mails():
            body = mail.get_body(("plain",))
            if address in str(mail["To"]) and body is not None:
                link = re.search(r"https?://\S+/interpreting/offers/[\w.~-]+", str(body.get_content()))
                if link:
                    return link[0]
        return None

    return str(system.until(found))


@BOTH
@pytest.mark.parametrize("first", ["signed-in", "by-link"])
def test_the_first_of_two_who_were_asked_accepts_on_a_phone(
    system: System, cast: Cast, opened: Opened, signed_in: SignedIn, language: str, first: str
) -> None:
    tongue = {"ja": {"signed-in": "my", "by-link": "si"}, "en": {"signed-in": "ne", "by-link": "bn"}}[language][first]
    day = {"signed-in": play.day_in(179), "by-link": play.day_in(180)}[first]
    yuki, ken = (f"{name} {cast.key_id[-6:]}" for name in ("YUKI", "KEN"))
    address = f"ken-{cast.key_id[-6:]}@hospital.example"
    phone = opened(system.url, language, phone=True)
    sign_in(phone, system.person("interpreter"))
    account = phone.locator("meta[name=imc-person]").get_attribute("content")
    cast.interpreter(tongue, name={"latin": yuki}, weekly_hours=NONE, account_id=account)
    cast.interpreter(tongue, name={"latin": ken}, weekly_hours=NONE, email=address)
    phone.context.add_cookies([{"name": "imc_language", "value": language, "url": system.url}])
    phone.goto("/interpreting/mine")
    screens = Screens(signed_in, language, day)
    word, coordinator = screens.word, screens.coordinator
    case_id = cast.accepted(tongue)
    visit = screens.on_the_board(cast.book(case_id, day))
    coordinator.locator("#live-open tbody tr", has_text=yuki).get_by_role("link", name=word["choose"]).click(
        timeout=LIVE
    )
    for name in (yuki, ken):
        coordinator.locator("#candidates tbody tr", has_text=name).get_by_role("checkbox").check()
    coordinator.locator("[name=override]").fill("Agreed by phone")
    coordinator.get_by_role("button", name=word["ask"]).click()
    coordinator.wait_for_url("**/interpreting/bookings/*")
    expect(coordinator.locator("#live-booking .offers li")).to_have_count(2)
    expect(visit).to_contain_text(word["asked"], timeout=LIVE)

    linked = opened(system.url, language, phone=True)
    linked.goto(link_in_the_mail(system, address))
    expect(phone.locator("article.offer")).to_be_visible(timeout=LIVE)
    quick, late, name = (phone, linked, yuki) if first == "signed-in" else (linked, phone, ken)
    for page in (quick, late):
        axe(page)
        fits(page)
    phone.route("**/fragments/mine*", lambda route: route.abort())  # who comes second has not heard yet
    answer(quick, word["take"])
    expect(quick.locator("main")).to_contain_text(yuki if first == "signed-in" else word["yours"])
    expect(coordinator.locator("#live-booking .chip").first).to_have_text(word["confirmed"], timeout=LIVE)
    expect(coordinator.locator("#live-booking .facts").first).to_contain_text(name)
    expect(visit).to_contain_text(word["confirmed"], timeout=LIVE)
    expect(visit).to_contain_text(name)
    answer(late, word["take"])
    expect(late.locator("body")).to_contain_text(word["taken"])
    for page, what in ((quick, "quick"), (late, "late")):
        axe(page)
        fits(page)
        shot(page, f"journey-{what}-{first}-{language}-phone")
    assert screens.board.evaluate("window.same")


def answer(page: Page, button: str) -> None:
    page.locator(".answer").get_by_role("button", name=button).click()
