"""A case in a real browser: its page and panels, its visits, the calendar, handouts for patients; intake and interpreting behind one address."""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from playwright.sync_api import Locator, Page, expect
from pymongo.database import Database

from services.intake.rules.sheets import LANGUAGES
from shared.events.intake import VisitBooked
from shared.events.interpreting import BookingConfirmed
from tests.browser.conftest import Opened, serving
from tests.browser.looking import LOOKS, axe, fits, shot, tabs_in_order
from tests.integration import interpreting_office
from tests.integration.intake_front import Front, at, front

OFFICE = [{"day": day, "from": "08:30", "to": "17:15"} for day in ("mon", "tue", "wed", "thu", "fri")]
LAN = {
    "name": {"latin": "NGUYEN Thi Lan", "native": "Nguyễn Thị Lan", "kana": "グエン ティ ラン", "preferred": "ラン"},
    "birth_date": "1990-01-02", "sex": "female", "nationality": "VN", "phone": "+84 91 234 5678",
    "passport": {"number": "C1234567", "country": "VN", "expires": "2030-05-06"}, "allergies": "Penicillin",
}  # fmt: skip
WORDS = {
    "en": {"book": "Book visit", "clash": "Someone else changed this first", "theirs": "View their changes", "undo": "Undo",
           "booked": "Visit booked.", "move": "Move visit", "required": "Fill in this field"},
    "ja": {"book": "来院予約を登録する", "clash": "ほかの人が先に変更しました", "theirs": "相手の変更を見る", "undo": "元に戻す",
           "booked": "来院予約を登録しました。", "move": "予約日時を変更する", "required": "入力してください"},
}  # fmt: skip


class Served:
    """Intake and interpreting over HTTP, with the desk in front of them."""

    def __init__(self, desk: Front, interpreting: interpreting_office.Desk, url: str) -> None:
        self.desk, self.interpreting, self.url = desk, interpreting, url
        self.interpreting.world.now = desk.now

    def sit(self, page: Page) -> Page:
        """Signed in, at the time at which the desk is."""
        token = self.desk.office.as_desk()["Authorization"].removeprefix("Bearer ")
        page.context.add_cookies([{"name": "imc_token", "value": token, "url": self.url}])
        page.clock.set_fixed_time(self.desk.now)
        return page

    def case(self, visit_id: str) -> str:
        return f"/intake/cases/{self.desk.case_of(visit_id)['_id']}"

    def booking(self, visit_id: str) -> str:
        """Interpreting hears of a visit as intake said it, and intake of its interpreter; the booking's id."""
        said = next(
            entry["data"]
            for entry in self.desk.case_of(visit_id)["outbox"]
            if entry["type"] == VisitBooked.TYPE and entry["data"]["visit_id"] == visit_id
        )
        self.interpreting.world.consume(msgspec.convert(said, VisitBooked))
        bookings = self.interpreting.world.database["bookings"]
        booking = bookings.find_one({"visit_id": visit_id})
        assert booking is not None and booking["status"] == "confirmed", booking
        told = next(entry["data"] for entry in booking["outbox"] if entry["type"] == BookingConfirmed.TYPE)
        self.desk.office.consume(msgspec.convert(told, BookingConfirmed), booking["_id"])
        return str(booking["_id"])


@pytest.fixture
def served(mongo_url: str, database: Database, other_database: Database, tmp_path: Path) -> Iterator[Served]:
    desk = front(mongo_url, database, tmp_path)
    interpreting = interpreting_office.Desk(mongo_url, other_database, tmp_path)
    with serving(gateway(desk.office.app, interpreting.client.application)) as url:
        yield Served(desk, interpreting, url)


def gateway(intake: Any, interpreting: Any) -> Any:
    """By the first part of the path, which stays as it is."""

    def app(environ: Any, start: Any) -> Any:
        return (interpreting if environ["PATH_INFO"].startswith("/interpreting/") else intake)(environ, start)

    return app


def a_day(served: Served) -> dict[str, str]:
    """Something of everything: addresses of pages by name."""
    desk, office = served.desk, served.desk.office
    office.database["people"].insert_one({"_id": "acc-1", "username": "sato"})
    served.interpreting.interpreter(weekly_hours=OFFICE)
    known = desk.visit("09:00", day=20, status="completed", patient=LAN)
    office.command(f"/cases/{desk.case_of(known)['_id']}/complete", {"outcome": "treated"})
    wish = {
        "department": "cardiology",
        "reason": "胸痛が続くため精査希望",
        "urgency": "urgent",
        "wished_dates": ["2026-12-01"],
    }
    summary = "Exertional chest pain for three weeks.\nEcho: EF 55 %, AS moderate."
    spoken = [{"tag": "vi", "level": "native"}, {"tag": "en", "level": "basic"}]
    needs = {"interpreter": {"gender_wish": "female"}, "diet": "No pork"}
    asked = desk.refer(patient=LAN, languages=spoken, request=wish | {"clinical_summary": summary}, needs=needs)
    office.command(f"/cases/{asked}/review")
    soon = desk.visit("14:00", interpreter=None)
    served.booking(soon)
    here = desk.visit("11:00", status="arrived", interpreter="unfilled")
    case_id = desk.case_of(here)["_id"]
    later = {
        "start": at("11:15").isoformat(),
        "end": at("12:15").isoformat(),
        "place": "3番診察室",
        "modality": "video",
    }
    office.command(f"/cases/{case_id}/visits", later | {"department": "orthopedics"})
    office.post(f"/referrals/{case_id}/messages", office.as_agency(1), {"text": "Which entrance?\nShe comes by taxi."})
    office.command(f"/cases/{case_id}/messages", {"text": "The east entrance, please. 東口からお入りください。"})
    letter = (io.BytesIO(b"Dear colleague"), "letter of referral and all results of 2026.txt")
    papers = {"file": letter, "kind": "referral_letter"}
    office.client.post(f"/intake/api/v1/cases/{case_id}/documents", headers=office.as_desk(), data=papers)
    wishing = desk.visit("10:00", day=30, interpreter="offered")
    office.post(f"/referrals/{desk.case_of(wishing)['_id']}/cancellation", office.as_agency(1), {"reason": "travel"})
    return {
        "asked": f"/intake/cases/{asked}", "soon": served.case(soon), "here": served.case(here),
        "done": served.case(known), "wishing": served.case(wishing), "edit": f"/intake/cases/{asked}/edit",
        "visit": f"/intake/visits/{soon}", "calendar": "/intake/calendar", "week": "/intake/calendar?view=week",
        "slip": f"{served.case(soon)}/slip", "sheet": f"/intake/visits/{soon}/sheet",
    }  # fmt: skip


PANELS = {
    "asked": ("accept", "decline", "request-information", "message", "note", "document"), "here": ("book", "complete"),
    "wishing": ("cancel", "refuse-cancellation"), "done": ("reopen",),
}  # fmt: skip


def open_panel(page: Page, name: str) -> Locator:
    """The panel, opened as its opener does."""
    page.evaluate("(id) => document.getElementById(id).showPopover()", f"do-{name}")
    panel = page.locator(f"#do-{name}")
    expect(panel).to_be_visible()
    return panel


@LOOKS
def test_every_panel_is_for_everybody(served: Served, opened: Opened, language: str, dark: bool) -> None:
    day = a_day(served)
    page = served.sit(opened(served.url, language, dark))
    name = f"{language}-{'dark' if dark else 'light'}"
    for what, panels in PANELS.items():
        page.goto(day[what])
        for panel in panels:
            opened_panel = open_panel(page, panel)
            if panel == "book":
                expect(opened_panel.locator(".slots button").first).to_be_visible()
            axe(page)
            shot(page, f"case-{what}-{panel}-{name}")
            page.keyboard.press("Escape")


@pytest.mark.parametrize("what", ["here", "edit", "visit", "calendar"])
def test_every_control_is_reached_by_tab_in_the_order_it_is_read(served: Served, opened: Opened, what: str) -> None:
    day = a_day(served)
    page = served.sit(opened(served.url))
    page.goto(day[what])
    if what == "visit":
        expect(page.locator("#live-booking h2").first).to_be_visible()
        expect(page.locator(".slots button").first).to_be_visible()
    tabs_in_order(page)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_visit_is_booked_by_keyboard_alone(served: Served, opened: Opened, language: str) -> None:
    word, case_id = WORDS[language], served.desk.office.accepted()
    page = served.sit(opened(served.url, language))
    page.goto(f"/intake/cases/{case_id}")
    opener = page.locator(".next-actions").get_by_role("button", name=word["book"])
    opener.focus()
    page.keyboard.press("Enter")
    panel = page.locator("#do-book")
    expect(panel.locator("[name=department]")).to_be_focused()
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(opener).to_be_focused()
    page.keyboard.press("Enter")
    expect(panel.locator("[name=department]")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.type("R8.11.27")
    page.keyboard.press("Tab")
    page.keyboard.type("930")
    page.keyboard.press("Enter")
    expect(page.locator("#flash")).to_contain_text(word["booked"])
    expect(page.locator(".visit")).to_have_count(1)
    axe(page)
    (visit,) = served.desk.office.database["cases"].find_one({"_id": case_id})["visits"]
    assert visit["start"] == at("09:30", day=27)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_first_time_at_which_everybody_is_free_is_found_and_booked(
    served: Served, opened: Opened, language: str
) -> None:
    word, desk = WORDS[language], served.desk
    served.interpreting.interpreter(weekly_hours=OFFICE)
    served.booking(desk.visit("11:30", interpreter=None))  # the interpreter is free again from 12:15 on, with the way
    case_id = desk.office.accepted()
    meanwhile = {"start": at("12:30").isoformat(), "end": at("13:30").isoformat(), "department": "orthopedics"}
    desk.office.command(f"/cases/{case_id}/visits", meanwhile)
    page = served.sit(opened(served.url, language))
    page.goto(f"/intake/cases/{case_id}")
    page.get_by_role("button", name=word["book"]).first.click()
    first = page.locator(".slots button").first
    expect(first).to_contain_text("13:30–14:30")
    first.press("Enter")
    expect(first).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#book-day")).to_have_value("2026-11-26")
    expect(page.locator("#book-time")).to_have_value("13:30")
    axe(page)
    page.locator("#book").get_by_role("button", name=word["book"]).click()
    expect(page.locator("#flash")).to_contain_text(word["booked"])
    page.goto("/intake/calendar")
    entry = page.locator(".entry", has_text="13:30–14:30")
    expect(entry).to_be_visible()
    expect(page.locator(".entry.conflict")).to_have_count(0)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_visit_is_moved_to_a_time_that_suits_everybody_and_back(
    served: Served, opened: Opened, language: str
) -> None:
    word, visit_id = WORDS[language], served.desk.visit("14:00")
    served.interpreting.interpreter(weekly_hours=OFFICE)
    page = served.sit(opened(served.url, language))
    page.goto(f"/intake/visits/{visit_id}#reschedule")
    page.locator(".slots button", has_text="15:00–15:30").press("Space")
    page.locator("#move").get_by_role("button", name=word["move"]).click()
    expect(page.locator(f"#visit-{visit_id}")).to_contain_text("15:00–15:30")
    page.locator("#flash").get_by_role("button", name=word["undo"]).click()
    expect(page.locator(f"#visit-{visit_id}")).to_contain_text("14:00–14:30")


def test_panels_open_and_forms_are_sent_without_a_script(served: Served, opened: Opened) -> None:
    case_id = served.desk.office.accepted()
    page = opened(served.url, java_script_enabled=False)
    token = served.desk.office.as_desk()["Authorization"].removeprefix("Bearer ")
    page.context.add_cookies([{"name": "imc_token", "value": token, "url": served.url}])
    page.goto(f"/intake/cases/{case_id}")
    page.get_by_role("button", name="Book visit").first.click()
    page.locator("#book-day").fill("2026/11/27")
    page.locator("#book-time").fill("9:30")
    page.locator("#book button.main").click()
    expect(page.locator(".visit")).to_contain_text("Fri 27 Nov 2026 09:30–10:30")


def test_a_longer_visit_asks_for_times_anew_and_none_is_said(served: Served, opened: Opened) -> None:
    case_id = served.desk.office.accepted()
    page = served.sit(opened(served.url))
    page.goto(f"/intake/cases/{case_id}")
    page.get_by_role("button", name="Book visit").first.click()
    expect(page.locator("#do-book .slots")).to_contain_text("No interpreter is free in the next two weeks.")
    served.interpreting.interpreter(weekly_hours=OFFICE)
    page.locator("#book-minutes").fill("180")
    page.locator("#book-minutes").press("Tab")
    expect(page.locator(".slots button").first).to_contain_text("11:30–14:30")


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_refused_form_opens_its_panel_again_with_the_focus_on_what_is_wrong(
    served: Served, opened: Opened, language: str
) -> None:
    word, case_id = WORDS[language], served.desk.refer()
    page = served.sit(opened(served.url, language))
    page.goto(f"/intake/cases/{case_id}")
    open_panel(page, "decline").locator("textarea").fill("We are full.")
    page.locator("#decline button.main").click()
    panel = page.locator("#do-decline")
    expect(panel).to_be_visible()
    expect(panel.locator(".errors")).to_be_focused()
    expect(panel.locator(".errors")).to_contain_text(word["required"])
    expect(panel.locator("textarea")).to_have_value("We are full.")
    axe(page)
    shot(page, f"case-refused-{language}")
    panel.locator(".errors a").first.press("Enter")
    expect(page.locator("#decline-reason")).to_be_focused()
    page.locator("#decline-reason").select_option("no_capacity")
    page.locator("#decline button.main").click()
    expect(page.locator("#flash")).to_be_visible()
    assert served.desk.office.database["cases"].find_one({"_id": case_id})["status"] == "declined"


def test_a_fault_in_what_is_folded_away_unfolds_it(served: Served, opened: Opened) -> None:
    visit_id = served.desk.visit("14:00")
    page = served.sit(opened(served.url))
    page.goto(f"/intake/visits/{visit_id}")
    page.locator("#change summary").click()
    page.locator("#change [name='interpreter.provided_by']").select_option("family")
    page.locator("#change-form .send button").click()
    expect(page.locator("#change .errors")).to_be_focused()
    page.locator("#change .errors a").first.press("Enter")
    expect(page.locator("[name='interpreter.waiver.who']")).to_be_focused()
    axe(page)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_who_comes_second_is_told_what_was_done_and_keeps_what_was_typed(
    served: Served, opened: Opened, language: str
) -> None:
    word, case_id = WORDS[language], served.desk.refer()
    served.desk.office.database["people"].insert_one({"_id": "acc-1", "username": "sato"})
    page = served.sit(opened(served.url, language))
    page.goto(f"/intake/cases/{case_id}")
    panel = open_panel(page, "decline")
    panel.locator("textarea").press_sequentially("We are full.")
    served.desk.office.command(f"/cases/{case_id}/review")
    expect(page.locator(".casefile")).to_have_attribute("data-version", "2")
    expect(panel.locator("textarea")).to_have_value("We are full.")
    panel.locator("[name=reason]").select_option("no_capacity")
    panel.locator("button.main").click()
    expect(page.locator("h1")).to_have_text(word["clash"])
    expect(page.locator("main")).to_contain_text("sato")
    expect(page.locator("main")).to_contain_text("We are full.")
    axe(page)
    shot(page, f"case-clash-{language}")
    page.get_by_role("link", name=word["theirs"]).click()
    page.wait_for_url(f"**/intake/cases/{case_id}")
    open_panel(page, "decline").locator("[name=reason]").select_option("no_capacity")
    page.locator("#decline button.main").click()
    expect(page.locator("#flash")).to_be_visible()
    assert served.desk.office.database["cases"].find_one({"_id": case_id})["status"] == "declined"


def test_the_page_learns_of_the_interpreter_by_itself_and_moves_nothing(served: Served, opened: Opened) -> None:
    visit_id = served.desk.visit("14:00", interpreter=None)
    served.interpreting.interpreter(weekly_hours=OFFICE)
    page = served.sit(opened(served.url))
    page.goto(served.case(visit_id))
    card = page.locator(f"#visit-{visit_id}")
    expect(card).to_contain_text("Searching")
    card.locator("summary").click()
    booking_id = served.booking(visit_id)
    expect(card).to_contain_text("TANAKA Yuki")
    expect(card.locator(".menu-list")).to_be_visible()
    card.get_by_role("link", name="Move visit").click()
    page.wait_for_url(f"**/intake/visits/{visit_id}#reschedule")
    booking = page.locator("#live-booking")
    expect(booking).to_contain_text("Confirmed")
    answer = served.interpreting.call("POST", f"/bookings/{booking_id}/release", {"reason": "ill"})
    assert answer.status_code == 200, answer.text
    expect(booking).to_contain_text("No interpreter yet")
    copies = served.desk.office.database["visit_interpreters"]
    copies.update_one({"_id": visit_id}, {"$set": {"status": "unfilled", "name": None}})
    expect(page.locator("#live-visit")).to_contain_text("No interpreter yet")


def test_a_visit_is_seen_and_put_back(served: Served, opened: Opened) -> None:
    visit_id = served.desk.visit("11:00", status="arrived")
    page = served.sit(opened(served.url))
    page.goto(served.case(visit_id))
    page.locator(".next-actions button.main").press("Enter")
    expect(page.locator("#flash")).to_contain_text("Visit marked as seen.")
    assert served.desk.status(visit_id) == "completed"
    expect(page.locator(f"#visit-{visit_id}")).to_be_visible()
    page.locator("#flash").get_by_role("button", name="Undo").click()
    expect(page.locator("#flash")).to_contain_text("Undone.")
    assert served.desk.status(visit_id) == "arrived"


def test_words_to_start_from_and_a_document_that_comes_and_goes(served: Served, opened: Opened, tmp_path: Path) -> None:
    case_id = served.desk.refer()
    page = served.sit(opened(served.url))
    page.goto(f"/intake/cases/{case_id}")
    panel = open_panel(page, "message")
    panel.locator("select").select_option(index=1)
    expect(panel.locator("textarea")).to_have_value(re.compile("BKK-1"))
    panel.locator("textarea").press("ControlOrMeta+End")
    page.keyboard.type(" Thank you.")
    panel.locator("button.main").click()
    expect(page.locator(".letter")).to_contain_text("Thank you.")
    letter = tmp_path / "紹介状.txt"
    letter.write_text("Dear colleague", "utf-8")
    panel = open_panel(page, "document")
    panel.locator("input[type=file]").set_input_files(letter)
    panel.get_by_label("Agency").check()
    panel.locator("button.main").click()
    paper = page.locator(".documents a")
    expect(paper).to_have_text("紹介状.txt")
    with page.expect_download() as coming:
        paper.click()
    assert Path(coming.value.path()).read_text("utf-8") == "Dear colleague"
    assert coming.value.suggested_filename == "紹介状.txt"


@pytest.mark.parametrize("code", ["ar", "zh-Hans", "ne", "easy"])
@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_a_sheet_in_the_patients_language(served: Served, opened: Opened, code: str, phone: bool) -> None:
    visit_id = served.desk.visit(
        "14:00", languages=[{"tag": "ar", "level": "native"}], payer={"kind": "foreign_insurer"}
    )
    page = served.sit(opened(served.url, "ja", phone=phone))
    for handout in (f"/intake/visits/{visit_id}/sheet", f"{served.case(visit_id)}/slip"):
        page.goto(f"{handout}?language={code}")
        axe(page)
        fits(page)
        shot(page, f"case-{handout.rpartition('/')[2]}-{code}-{'phone' if phone else 'desktop'}")
        directions = page.locator(".handout td[lang=ar]").evaluate_all(
            "(cells) => cells.map((c) => getComputedStyle(c).direction)"
        )
        assert set(directions) == ({"rtl"} if code == "ar" else set())
        clocks = page.locator(".handout td bdi[dir=ltr]").first
        expect(clocks).to_have_text("14:00–14:30")


@pytest.mark.parametrize("what", ["sheet", "slip"])
def test_a_handout_is_one_page_of_a4_in_every_language(served: Served, opened: Opened, what: str) -> None:
    visit_id = served.desk.visit("14:00", patient=LAN, payer={"kind": "japanese_insurance"})
    page = served.sit(opened(served.url, "ja"))
    for code in LANGUAGES:
        page.goto(
            f"{served.case(visit_id)}/slip?language={code}"
            if what == "slip"
            else f"/intake/visits/{visit_id}/sheet?language={code}"
        )
        printed = page.pdf(format="A4")
        assert len(re.findall(rb"/Type /Page\b", printed)) == 1, code
