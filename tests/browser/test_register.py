"""Register in a real browser: a walk-in by keyboard alone, kana that is still being converted, hints while one types, somebody merged."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Request, expect
from pymongo.database import Database

from tests.browser.conftest import Opened, serving
from tests.browser.looking import axe, fits, shot
from tests.integration.intake_front import Front, front

WORDS = {
    "en": {"country": "Vietnam", "language": "Vietnamese", "nobody": "No matches.", "same": "Probably the same person",
           "registered": ": registered.", "reason": "Stomach ache since yesterday", "merge": "Merge into this record",
           "one": "Records merged", "undo": "Undo", "apart": "Merge undone", "required": "Fill in this field"},
    "ja": {"country": "ベトナム", "language": "ベトナム語", "nobody": "該当する患者・案件はありません。", "same": "同一人物の可能性が高い",
           "registered": "を登録しました", "reason": "昨日から腹痛", "merge": "この記録に統合する",
           "one": "2つの記録を統合しました", "undo": "元に戻す", "apart": "統合を取り消しました", "required": "入力してください"},
}  # fmt: skip


class Desk:
    def __init__(self, made: Front, url: str) -> None:
        self.front, self.url = made, url

    def sit(self, page: Page) -> Page:
        token = self.front.office.as_staff("front_desk")["Authorization"].removeprefix("Bearer ")
        page.context.add_cookies([{"name": "imc_token", "value": token, "url": self.url}])
        return page

    def walk_in(self, latin: str = "NGUYEN Thi Huong", **more: str) -> str:
        """The patient's id."""
        person = {"name": {"latin": latin, "native": "Nguyễn Thị Hương"}, "birth_date": "1990-01-02", "sex": "female", "nationality": "VN"}  # fmt: skip
        body = {
            "patient": person | more,
            "languages": [{"tag": "vi", "level": "native"}],
            "request": {"department": "cardiology", "reason": "Pain"},
            "visit": {"department": "cardiology"},
        }
        return str(self.front.office.command("/cases", body)["patient_id"])


@pytest.fixture
def desk(mongo_url: str, database: Database, tmp_path: Path) -> Iterator[Desk]:
    made = front(mongo_url, database, tmp_path)
    with serving(made.office.app) as url:
        yield Desk(made, url)


class Keys:
    """The keyboard alone, counted."""

    def __init__(self, page: Page) -> None:
        self.page, self.pressed = page, 0

    def press(self, key: str, times: int = 1) -> "Keys":
        for _ in range(times):
            self.page.keyboard.press(key)
        self.pressed += times
        return self

    def type(self, text: str) -> "Keys":
        if text.isascii():
            self.page.keyboard.type(text)
        else:
            self.page.keyboard.insert_text(text)
        self.pressed += len(text)
        return self

    def at(self) -> str:
        """The id of what has the focus."""
        return str(self.page.evaluate("document.activeElement.id"))


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_walk_in_by_keyboard_alone(desk: Desk, opened: Opened, language: str) -> None:
    word = WORDS[language]
    page = desk.sit(opened(desk.url, language))
    page.goto("/intake/register")
    keys = Keys(page)
    assert keys.at() == "find", "the box comes first"
    keys.type("Tran Van Minh S60.3.4")
    expect(page.locator("#found")).to_contain_text(word["nobody"])
    keys.press("Tab", 2).press("Enter")
    assert keys.at() == "register-patient-sex", "name and birth date are there already"
    expect(page.locator("#register-patient-name-latin")).to_have_value("Tran Van Minh")
    expect(page.locator("#register-patient-birth_date")).to_have_value("1985-03-04")
    keys.press("ArrowDown").press("Tab").type(word["country"]).press("Tab").type("090-1234-5678")
    keys.press("Tab", 2).type(word["language"]).press("Tab", 4).press("ArrowDown", 2)
    assert keys.at() == "register-japanese"
    keys.press("Tab", 3).press("ArrowDown")
    assert keys.at() == "register-request-department"
    keys.press("Tab", 2).type(word["reason"])
    assert keys.at() == "register-request-reason"
    axe(page)
    shot(page, f"register-filled-{language}")
    keys.press("Tab", 4)
    assert page.evaluate("document.activeElement.matches('#register .send button')")
    keys.press("Enter")
    page.wait_for_url("**/intake/cases/*")
    expect(page.locator("#flash")).to_contain_text(word["registered"])
    assert keys.pressed < 110, f"{keys.pressed} keys are more than a minute"
    case = desk.front.office.database["cases"].find_one({})
    assert case and case["status"] == "in_care" and len(case["visits"]) == 1
    assert {each["tag"]: each["level"] for each in case["languages"]} == {"vi": "native", "ja": "basic"}
    page.goto(f"/intake/cases/{case['_id']}/slip")
    expect(page.locator("main, body").first).to_contain_text(case["reference"])


def searches(page: Page) -> list[Request]:
    found: list[Request] = []
    page.on(
        "request",
        lambda request: found.append(request) if "/register/" in request.url and request.method == "POST" else None,
    )
    return found


def test_kana_that_is_being_converted_neither_searches_nor_submits(desk: Desk, opened: Opened) -> None:
    desk.walk_in(latin="NGUYEN Thi Huong")
    page = desk.sit(opened(desk.url, "ja"))
    page.goto("/intake/register")
    asked, ime = searches(page), page.context.new_cdp_session(page)
    enter = {"type": "rawKeyDown", "windowsVirtualKeyCode": 229, "key": "Process", "code": "Enter"}
    for text in ("n", "ん", "んg", "んぐ"):
        ime.send("Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)})
    page.wait_for_timeout(900)
    ime.send("Input.dispatchKeyEvent", enter)
    page.wait_for_timeout(400)
    assert asked == [] and page.url.endswith("/intake/register")
    ime.send("Input.insertText", {"text": "Nguyen"})
    expect(page.locator("#found li")).to_have_count(1)
    assert len(asked) == 1

    page.locator("#register-patient-name-kana").focus()
    begun = len(asked)
    ime.send("Input.imeSetComposition", {"text": "ぐえん", "selectionStart": 3, "selectionEnd": 3})
    page.wait_for_timeout(900)
    ime.send("Input.dispatchKeyEvent", enter)
    page.locator("#register-patient-name-kana").dispatch_event("keydown", {"key": "Enter", "keyCode": 229, "isComposing": True, "bubbles": True})  # fmt: skip
    page.wait_for_timeout(400)
    assert page.url.endswith("/intake/register") and len(asked) == begun
    ime.send("Input.insertText", {"text": "グエン"})
    page.wait_for_timeout(900)
    expect(page.locator("#register-patient-name-kana")).to_have_value("グエン")
    assert len(asked) == begun + 1, "then it is asked, once, who this may be"


@pytest.mark.parametrize("language", ["en", "ja"])
def test_who_it_may_be_is_told_while_one_types_and_chosen_without_typing_again(
    desk: Desk, opened: Opened, language: str
) -> None:
    known = desk.walk_in()
    page = desk.sit(opened(desk.url, language))
    page.goto("/intake/register")
    page.locator("#register-patient-name-latin").fill("Huong Thi NGUYEN")
    page.wait_for_timeout(700)
    expect(page.locator("#known fieldset")).to_have_count(0)
    page.locator("#register-patient-birth_date").fill("H2.1.2")
    expect(page.locator("#known")).to_contain_text(WORDS[language]["same"])
    expect(page.locator("#known input[value=new]")).to_be_checked()
    axe(page)
    fits(page)
    shot(page, f"register-known-{language}")
    page.locator(f"#known input[value='{known}']").check()
    page.locator("#register-patient-sex").select_option("female")
    page.wait_for_timeout(900)
    expect(page.locator(f"#known input[value='{known}']")).to_be_checked()
    page.locator("[name='languages.0.tag']").fill(WORDS[language]["language"])
    page.locator("[name='request.department']").select_option("cardiology")
    page.locator("[name='request.reason']").fill(WORDS[language]["reason"])
    page.locator("#register .send button").click()
    page.wait_for_url("**/intake/cases/*")
    assert desk.front.office.database["patients"].count_documents({}) == 1
    assert desk.front.office.database["cases"].count_documents({"patient_id": known}) == 2


@pytest.mark.parametrize(("language", "look"), [("ja", "light"), ("en", "dark"), ("ja", "phone")])
def test_found_confirmed_refused_and_filled_again(desk: Desk, opened: Opened, language: str, look: str) -> None:
    for latin in ("NGUYEN Thi Huong", "NGUYEN Van An"):
        desk.walk_in(latin=latin)
    page = desk.sit(opened(desk.url, language, dark=look == "dark", phone=look == "phone"))
    page.goto("/intake/register")
    axe(page)
    shot(page, f"register-{language}-{look}")
    page.locator("#find").fill("ng 1990/1/2")
    expect(page.locator("#found li")).to_have_count(2)
    axe(page)
    fits(page)
    shot(page, f"register-found-{language}-{look}")
    page.locator("#register .send button").click()
    summary = page.locator("#register .errors")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text(WORDS[language]["required"])
    axe(page)
    fits(page)
    shot(page, f"register-refused-{language}-{look}")
    page.locator("#find").fill("huong")
    page.locator("#found li").get_by_role("link").last.click()
    expect(page.locator("#register-patient-name-latin")).to_have_value("NGUYEN Thi Huong")
    expect(page.locator("#register-patient-nationality")).to_have_value(WORDS[language]["country"])
    axe(page)
    fits(page)


def test_a_typed_search_survives_a_browser_without_a_script(desk: Desk, opened: Opened) -> None:
    desk.walk_in()
    page = desk.sit(opened(desk.url, "en", java_script_enabled=False))
    page.goto("/intake/register")
    page.locator("#find").fill("huong")
    page.locator("#find").press("Enter")
    expect(page.locator("#found li")).to_have_count(1)
    assert "huong" not in page.url


@pytest.mark.parametrize("language", ["en", "ja"])
def test_two_records_are_merged_and_parted(desk: Desk, opened: Opened, language: str) -> None:
    word = WORDS[language]
    one, other = desk.walk_in(), desk.walk_in(latin="Huong NGUYEN")
    page = desk.sit(opened(desk.url, language))
    page.goto(f"/intake/patients/{one}")
    axe(page)
    fits(page)
    shot(page, f"patient-{language}")
    page.get_by_role("textbox").first.fill("The same passport")
    page.get_by_role("button", name=word["merge"]).click()
    expect(page.locator("#flash")).to_contain_text(word["one"])
    axe(page)
    shot(page, f"patient-merged-{language}")
    assert desk.front.office.database["cases"].count_documents({"patient_id": one}) == 2
    page.locator("#flash").get_by_role("button", name=word["undo"]).click()
    expect(page.locator("#flash")).to_contain_text(word["apart"])
    assert desk.front.office.database["cases"].count_documents({"patient_id": other}) == 1
    axe(page)
