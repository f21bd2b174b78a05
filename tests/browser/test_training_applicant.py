"""An applicant in a real browser: programmes, a whole application with real files, on a desktop and on a phone, in both languages."""

import re
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pymongo.database import Database

from services.training.actions import links
from tests.browser.conftest import Opened, serving
from tests.browser.looking import axe, fits, follow, shot, tabs_in_order
from tests.integration.test_training_links import mailed
from tests.integration.test_training_public import PAPERS, completed, issue
from tests.integration.training_office import TrainingOffice
from tests.sample_files import PDF
from tests.system import System

WINDOWS = pytest.mark.parametrize(("language", "phone"), [("ja", True), ("en", False)], ids=["ja-phone", "en-desktop"])
WORDS = {
    "en": {"title": "Observation in cardiology", "apply": "Apply", "begin": "Start application", "save": "Save and continue", "on": "Continue",
           "hand_in": "Upload document", "send": "Submit application", "received": "We have received your application", "missing": "answers are missing",
           "nothing": "No answers are missing", "confirm": "Accept place", "certain": "Your place is confirmed", "check": "Check certificate",
           "genuine": "This certificate is genuine", "none": "No certificate has this code", "begun": "Application started.", "to_check": "Received, not checked yet.",
           "wrong": "Choose a PDF, PNG, JPEG or Word (docx) file"},
    "ja": {"title": "循環器内科 見学", "apply": "応募する", "begin": "応募を始める", "save": "保存して次へ", "on": "次へ",
           "hand_in": "提出する", "send": "この内容で応募する", "received": "受け付けました", "missing": "入力漏れが",
           "nothing": "入力漏れはありません", "confirm": "受入れを承諾する", "certain": "受入れが確定しました", "check": "確認する",
           "genuine": "この修了証は真正です", "none": "このコードの修了証はありません", "begun": "応募を始めました", "to_check": "確認待ちです。",
           "wrong": "PDF、PNG、JPEG、Word"},
}  # fmt: skip


@pytest.fixture
def office(mongo_url: str, database: Database[dict[str, Any]]) -> TrainingOffice:
    made = TrainingOffice(mongo_url, database)
    for code, ja in (("cardiology", "循環器内科"), ("surgery", "外科"), ("paediatrics", "小児科")):
        database.departments.update_one({"_id": code}, {"$set": {"names.ja": ja}})
    return made


@pytest.fixture
def url(office: TrainingOffice) -> Iterator[str]:
    with serving(office.app) as address:
        yield address


def picture() -> bytes:
    """A real PNG."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 14)) + chunk(b"IEND", b"")


def looked_at(page: Page, name: str) -> None:
    axe(page)
    fits(page)
    shot(page, name)


@WINDOWS
def test_a_whole_application(
    office: TrainingOffice, url: str, opened: Opened, tmp_path: Path, language: str, phone: bool
) -> None:
    office.programme(requirements=PAPERS)
    office.programme(kind="hands_on", title={"ja": "外科 臨床修練", "en": "Surgery, hands on"}, department="surgery")
    words, name = WORDS[language], f"apply-{language}-{'phone' if phone else 'desktop'}"
    page = opened(url, language, phone=phone)
    page.goto("/training/programmes")
    looked_at(page, f"{name}-1-catalogue")
    follow(page, page.get_by_role("link", name=words["title"]))
    looked_at(page, f"{name}-2-programme")
    follow(page, page.get_by_role("link", name=words["apply"], exact=True))
    looked_at(page, f"{name}-3-begin")
    page.locator("[name=name]").fill("NGUYEN Thi Hoa")
    page.locator("[name=email]").fill("hoa@lotus.example")
    page.get_by_role("button", name=words["begin"]).click()
    expect(page.get_by_text(words["begun"])).to_be_visible()
    looked_at(page, f"{name}-4-you")
    here = page.url.partition("?")[0]
    page.goto(f"{here}?step=send")
    expect(page.get_by_text(words["missing"])).to_be_visible()
    looked_at(page, f"{name}-5-missing")
    page.locator("section.missing a").nth(0).click()
    filled(page, "you", birth_date="17 May 1990", institution="Lotus Hospital")
    for field, value in (("nationality", "TH"), ("residence", "TH"), ("profession", "doctor")):
        page.locator(f"#you [name={field}]").select_option(value)
    page.get_by_role("button", name=words["save"]).click()
    expect(page.locator("#plan")).to_be_visible()
    page.locator("#plan [name=period_id]").check()
    filled(page, "plan", first_day="2027-01-01", last_day="20270226", motivation="To see how a heart team works.")
    page.get_by_role("button", name=words["save"]).click()
    expect(page.locator("#plan-first_day-fault")).to_be_visible()
    expect(page.locator("#plan [name=motivation]")).to_have_value("To see how a heart team works.")
    looked_at(page, f"{name}-6-fault")
    filled(page, "plan", first_day="令和9年2月1日")
    page.get_by_role("button", name=words["save"]).click()
    expect(page.locator("#paper-chest_xray")).to_be_visible()
    handed_in(page, tmp_path, "chest_xray", "x-ray.pdf", b"MZ this is no picture", words["hand_in"])
    expect(page.locator("#upload-chest_xray-file-fault")).to_contain_text(words["wrong"])
    handed_in(page, tmp_path, "chest_xray", "x-ray.png", picture(), words["hand_in"], issued_on="2026/11/1")
    expect(page.locator("#paper-chest_xray")).to_contain_text(words["to_check"])
    handed_in(
        page,
        tmp_path,
        "measles",
        "doses.pdf",
        PDF,
        words["hand_in"],
        **{"doses.0.day": "R8.1.5", "doses.1.day": "R8.3.1"},
    )
    expect(page.locator("#paper-measles")).to_contain_text(words["to_check"])
    looked_at(page, f"{name}-7-papers")
    with page.expect_download() as saved:
        page.get_by_role("link", name="x-ray.png").click()
    assert saved.value.path().read_bytes() == picture()
    page.get_by_role("link", name=words["on"], exact=True).click()
    expect(page.get_by_text(words["nothing"])).to_be_visible()
    looked_at(page, f"{name}-8-send")
    page.get_by_role("button", name=words["send"]).click()
    expect(page.locator(".status-line")).to_contain_text(words["received"])
    looked_at(page, f"{name}-9-sent")


def filled(page: Page, form: str, **typed: str) -> None:
    for field, value in typed.items():
        page.locator(f"#{form} [name='{field}']").fill(value)


def handed_in(page: Page, folder: Path, code: str, name: str, content: bytes, button: str, **dates: str) -> None:
    """A real file."""
    file = folder / name
    file.write_bytes(content)
    form = page.locator(f"#upload-{code}")
    form.locator("[name=file]").set_input_files(file)
    for field, value in dates.items():
        form.locator(f"[name='{field}']").fill(value)
    form.get_by_role("button", name=button).click()


@WINDOWS
def test_an_offer_and_the_end_of_a_stay(
    office: TrainingOffice, url: str, opened: Opened, language: str, phone: bool
) -> None:
    words, name = WORDS[language], f"apply-{language}-{'phone' if phone else 'desktop'}"
    id_ = office.accepted(office.programme(requirements=PAPERS))
    office.done("POST", f"/applications/{id_}/announce")
    page = opened(url, language, phone=phone)
    here = f"/training/application/{links.token_for(office.deps, office.stored(id_), office.now)}"
    page.goto(f"{here}/withdraw")
    looked_at(page, f"{name}-withdraw")
    page.goto(here)
    looked_at(page, f"{name}-offer")
    page.get_by_role("button", name=words["confirm"]).click()
    expect(page.locator(".status-line")).to_contain_text(words["certain"])
    looked_at(page, f"{name}-confirmed")
    done = completed(office)
    page.goto(f"/training/application/{links.token_for(office.deps, office.stored(done), office.now)}")
    looked_at(page, f"{name}-completed")
    code = issue(office, done)
    expect(page.locator("#live-certificate a.button")).to_be_visible(timeout=15_000)
    page.goto("/training/verify")
    looked_at(page, f"{name}-verify")
    page.locator("[name=code]").fill("K7Q2-0000-0000-0000")
    page.get_by_role("button", name=words["check"]).click()
    expect(page.locator("#verify-code-fault")).to_contain_text(words["none"])
    page.locator("[name=code]").fill(code.lower())
    page.get_by_role("button", name=words["check"]).click()
    expect(page.get_by_text(words["genuine"])).to_be_visible()
    looked_at(page, f"{name}-genuine")


def test_the_enter_that_ends_a_conversion_sends_nothing(office: TrainingOffice, url: str, opened: Opened) -> None:
    programme = office.programme()
    page = opened(url, "ja")
    page.goto(f"/training/programmes/{programme['id']}/apply")
    page.locator("[name=email]").fill("yamada@lotus.example")
    page.locator("[name=name]").focus()
    typing = page.context.new_cdp_session(page)
    typing.send("Input.imeSetComposition", {"text": "やまだ", "selectionStart": 3, "selectionEnd": 3})
    typing.send(
        "Input.dispatchKeyEvent", {"type": "keyDown", "key": "Enter", "windowsVirtualKeyCode": 229, "code": "Enter"}
    )
    typing.send("Input.insertText", {"text": "山田"})
    expect(page.locator("[name=name]")).to_have_value("山田")
    assert page.url.endswith("/apply")
    assert office.database.applications.count_documents({}) == 0
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: "/training/application/" in address)
    assert office.database.applications.count_documents({}) == 1


@WINDOWS
def test_an_older_link_the_identity_check_and_the_form_sent_again(
    office: TrainingOffice, url: str, opened: Opened, language: str, phone: bool
) -> None:
    name = f"link-{language}-{'phone' if phone else 'desktop'}"
    id_ = office.application(office.programme(requirements=PAPERS))
    older, newest = (mailed(office, id_) for _ in range(2))
    page = opened(url, language, phone=phone)
    page.goto(older)
    looked_at(page, f"{name}-older")
    expect(page.locator("h1")).to_contain_text("newer link" if language == "en" else "新しいリンク")
    page.goto(f"{newest}?step=you")
    for answer in ("1990-05-18", "Tanaka"):
        page.locator("#known [name=answer]").fill(answer)
        with page.expect_navigation():
            page.locator("#known button.main").click()
        expect(page.locator("#known .errors")).to_be_focused()
        expect(page.locator("#known [name=answer]")).to_have_value("")
    looked_at(page, f"{name}-asked")
    page.locator("#known [name=answer]").fill("H2.5.17")
    with page.expect_navigation():
        page.locator("#known button.main").click()
    page.locator("#you [name=institution]").fill("Written before midnight")
    page.context.clear_cookies(name=re.compile("imc_(known|opened)"))  # as on another day
    with page.expect_navigation():
        page.locator("#you button.main").click()
    looked_at(page, f"{name}-held")
    page.locator("[name=identity_answer]").fill("1990/5/17")
    with page.expect_navigation():
        page.locator("main form button.main").last.click()
    page.goto(f"{newest}?step=you")
    expect(page.locator("#you [name=institution]")).to_have_value("Written before midnight")


def test_everything_is_reached_by_keyboard(office: TrainingOffice, url: str, opened: Opened) -> None:
    id_ = office.application(office.programme(requirements=PAPERS))
    page = opened(url)
    here = f"/training/application/{links.token_for(office.deps, office.stored(id_), office.now)}"
    name, value = links.cookie(office.deps, office.stored(id_), links.KNOWN, office.now)
    page.context.add_cookies([{"name": name, "value": value, "url": url}])
    for path in (
        "/training/programmes",
        "/training/verify",
        *(f"{here}?step={step}" for step in ("you", "plan", "papers", "send")),
    ):
        page.goto(path)
        tabs_in_order(page)


def test_the_language_is_switched_without_an_account_and_loses_nothing(
    office: TrainingOffice, url: str, opened: Opened
) -> None:
    office.programme()
    for language in ("ja", "en"):
        page = opened(url, language)
        page.goto("/training/programmes")
        pressed = page.locator(".switch [aria-pressed=true]")
        expect(pressed).to_have_text({"ja": "日本語", "en": "English"}[language])
        for width in (320, 390, 640, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            fits(page)


def test_the_switch_leads_back_to_the_same_page_at_the_whole_system(system: System, opened: Opened) -> None:
    page = opened(system.url, "en")
    page.goto("/training/programmes")
    page.locator(".switch").get_by_role("button", name="日本語").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("研修プログラム")
    expect(page).to_have_url(f"{system.url}/training/programmes")
    page.goto("/training/verify")
    expect(page.get_by_role("heading", level=1)).to_have_text("修了証の確認")


def test_a_reader_abroad_sees_both_zones(office: TrainingOffice, url: str, opened: Opened) -> None:
    office.programme()
    page = opened(url, "en", timezone_id="Asia/Bangkok")
    page.goto("/training/programmes")
    page.reload()  # the zone is known from the second page on
    expect(page.get_by_text("Fri 1 Jan 2027 00:00 (Japan Standard Time)")).to_be_visible()
    expect(page.get_by_text("Thu 31 Dec 2026 22:00 (Indochina Time)")).to_be_visible()


@pytest.mark.parametrize(
    ("zone", "told"),
    [
        ("Asia/Kathmandu", "your time: Thu 31 Dec 2026 20:45 (GMT+05:45)"),
        ("America/New_York", "your time: Thu 31 Dec 2026 10:00 (Eastern Standard Time)"),
        ("Asia/Tokyo", "Fri 1 Jan 2027 00:00 (Japan Standard Time)"),
    ],
)
def test_the_first_visit_shows_the_time_in_the_reader_s_zone(
    office: TrainingOffice, url: str, opened: Opened, zone: str, told: str
) -> None:
    office.programme()
    page = opened(url, timezone_id=zone)
    page.goto("/training/programmes")
    deadline = page.locator("[data-times]").first
    expect(deadline).to_contain_text(told)
    expect(deadline).not_to_contain_text("UTC")
    page.reload()
    expect(deadline).to_contain_text(told)


def test_without_a_script_the_deadline_is_shown_in_utc_too(office: TrainingOffice, url: str, opened: Opened) -> None:
    office.programme()
    page = opened(url, java_script_enabled=False, timezone_id="Asia/Kathmandu")
    page.goto("/training/programmes")
    expect(page.locator("[data-times]").first).to_have_text(
        "Fri 1 Jan 2027 00:00 (Japan Standard Time); Thu 31 Dec 2026 15:00 UTC"
    )
