"""The shell in a real browser, over a toy service: policy, parts, kana, focus, and bad days. What accounts does is tested with accounts."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, Response, request
from playwright.sync_api import Page, expect
from pymongo.database import Database
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from shared.clock import utc_now
from tests.browser.conftest import Opened, serving
from tests.browser.looking import LOOKS, axe, fits, follow, shot
from tests.integration.toy import BED, BEDS, Toy
from tests.integration.toy_pages import toy_pages

NEW = "/intake/beds/new"


class Desk:
    """The toy over HTTP, with a renewal that gives a token as accounts does."""

    def __init__(self, toy: Toy) -> None:
        self.toy, self.renewals, self.signed_in, self.url = toy, 0, True, ""
        self.requests: list[tuple[str, int]] = []
        self.session: dict[str, object] = {}

    def beds(self) -> int:
        return self.toy.database["beds"].count_documents({})

    def add(self, name: str = "SOMCHAI Jaidee") -> None:
        headers = {"Authorization": self.toy.token("front_desk")}
        self.toy.client.post(BEDS, json=BED | {"name": {"latin": name}}, headers=headers)

    def token(self, **claims: object) -> str:
        return self.toy.token("front_desk", name="Front Desk", **claims).removeprefix("Bearer ")

    def sign_in(self, page: Page, **claims: object) -> Page:
        page.context.add_cookies([{"name": "imc_token", "value": self.token(**claims), "url": self.url}])
        return page

    def expire(self, page: Page) -> None:
        page.context.clear_cookies(name="imc_token")

    def renewal(self) -> Flask:
        app = Flask("renewal")

        @app.post("/renew")
        def renew() -> Response:
            self.renewals += 1
            answer = Response(status=204 if self.signed_in else 401)
            if self.signed_in:
                answer.set_cookie("imc_token", self.token(**self.session), path="/", httponly=True)
            return answer

        @app.get("/signed-in")
        def signed_in() -> Response:
            return Response(status=204)

        return app


@pytest.fixture
def desk(mongo_url: str, database: Database, tmp_path: Path) -> Iterator[Desk]:
    toy = Toy(mongo_url, database.name, tmp_path, utc_now, pages=[toy_pages()])
    made = Desk(toy)

    @toy.app.after_request
    def noted(answer: Response) -> Response:
        made.requests.append((request.path, answer.status_code))
        return answer

    app = DispatcherMiddleware(toy.app, {"/accounts": made.renewal()})
    with serving(app) as made.url:
        yield made


@LOOKS
def test_axe_finds_nothing(desk: Desk, opened: Opened, language: str, dark: bool) -> None:
    desk.add()
    page = desk.sign_in(opened(desk.url, language, dark))
    name = f"{language}-{'dark' if dark else 'light'}"
    for path in ("/intake/", NEW, "/intake/open", "/intake/nowhere"):
        page.goto(path)
        axe(page)
        shot(page, f"toy{path.replace('/', '-')}-{name}")
    page.goto("/intake/")
    page.locator("details.menu > summary").first.click()
    axe(page)
    page.locator("main details.menu > summary").first.click()
    axe(page)
    shot(page, f"toy-menu-{name}")
    page.goto(NEW)
    page.locator("main button.main").click()
    expect(page.locator(".errors")).to_be_focused()
    axe(page)
    shot(page, f"toy-refused-{name}")
    page.goto("/intake/")
    follow(page, page.get_by_role("link", name="SOMCHAI"))
    axe(page)
    page.locator("[popovertarget=more]").first.click()
    axe(page)
    shot(page, f"toy-panel-{name}")


@pytest.mark.parametrize("width", [320, 640])
def test_it_fits_a_narrow_window(desk: Desk, opened: Opened, width: int) -> None:
    """320 px; 640 px is a window of 1280 at 200 %."""
    desk.add("A" * 50)
    page = desk.sign_in(opened(desk.url, "ja"))
    page.set_viewport_size({"width": width, "height": 800})
    for path in ("/intake/", NEW, "/intake/open", "/intake/nowhere"):
        page.goto(path)
        fits(page)
        shot(page, f"toy{path.replace('/', '-')}-{width}")


def test_a_part_keeps_itself_fresh_and_asks_without_moving_anything(desk: Desk, opened: Opened) -> None:
    page = desk.sign_in(opened(desk.url))
    page.goto("/intake/")
    expect(page.get_by_text("There are no beds yet.")).to_be_visible()
    desk.add()
    row = page.get_by_role("link", name="SOMCHAI Jaidee")
    expect(row).to_be_visible()
    page.locator("main details.menu > summary").click()
    desk.add("Second")
    expect(page.get_by_role("link", name="Second").first).to_be_visible()
    expect(page.locator("main details.menu[open]")).to_have_count(1)
    asked = len(desk.requests)
    page.wait_for_timeout(3500)
    later = desk.requests[asked:]
    assert ("/intake/fragments/beds", 304) in later
    assert ("/intake/fragments/beds", 200) not in later


def test_a_part_of_another_service_that_is_not_there_is_said_and_the_rest_stands(desk: Desk, opened: Opened) -> None:
    page = desk.sign_in(opened(desk.url))
    page.goto("/intake/")
    expect(page.locator("#live-far")).to_contain_text("not available right now")
    expect(page.locator("#connection")).to_be_hidden()


def test_a_live_part_renews_an_expired_sign_in(desk: Desk, opened: Opened) -> None:
    page = desk.sign_in(opened(desk.url))
    page.goto("/intake/")
    desk.expire(page)
    desk.add()
    expect(page.get_by_role("link", name="SOMCHAI Jaidee")).to_be_visible()
    assert desk.renewals == 1


def test_a_lost_connection_is_said_and_mends_itself(desk: Desk, opened: Opened) -> None:
    page = desk.sign_in(opened(desk.url))
    page.goto("/intake/")
    page.context.set_offline(True)
    expect(page.locator("#connection")).to_be_visible()
    desk.add()
    page.context.set_offline(False)
    expect(page.get_by_role("link", name="SOMCHAI Jaidee")).to_be_visible()
    expect(page.locator("#connection")).to_be_hidden()


def test_a_form_is_not_sent_into_a_dead_connection(desk: Desk, opened: Opened) -> None:
    page = desk.sign_in(opened(desk.url))
    page.goto(NEW)
    page.get_by_label("Name", exact=False).first.fill("Typed")
    page.context.set_offline(True)
    page.locator("main button.main").click()
    expect(page.locator("#connection")).to_be_visible()
    expect(page.locator("main button.main")).not_to_have_attribute("aria-disabled", "true")  # given up, not under way
    expect(page.get_by_label("Name", exact=False).first).to_have_value("Typed")
    page.context.set_offline(False)
    page.locator("main button.main").click()
    expect(page.locator("h1")).to_have_text("Typed")
    assert desk.beds() == 1


def test_a_double_click_and_the_back_button_make_one_record(desk: Desk, opened: Opened) -> None:
    page = desk.sign_in(opened(desk.url))
    page.goto(NEW)
    page.get_by_label("Name", exact=False).first.fill("Once")
    page.locator("main button.main").dblclick()
    expect(page.locator("h1")).to_have_text("Once")
    page.go_back()
    page.locator("main button.main").click()  # the same form again, or an empty one that is refused
    expect(page.locator("h1")).to_be_visible()
    page.wait_for_timeout(500)
    assert desk.beds() == 1


def test_what_was_typed_survives_an_expired_token(desk: Desk, opened: Opened) -> None:
    page = desk.sign_in(opened(desk.url))
    page.goto(NEW)
    page.get_by_label("Name", exact=False).first.fill("Kept <b>")
    desk.expire(page)
    # the token ran out a moment ago: its cookie is still there
    stale = desk.token(iat=time.time() - 1000, exp=time.time() - 100)
    page.context.add_cookies([{"name": "imc_token", "value": stale, "url": desk.url}])
    page.locator("main button.main").click()
    expect(page.locator("h1")).to_have_text("Kept <b>")
    assert (desk.renewals, desk.beds()) == (1, 1)


def test_what_was_typed_waits_for_a_new_sign_in_in_another_window(desk: Desk, opened: Opened) -> None:
    page = desk.sign_in(opened(desk.url))
    page.goto(NEW)
    page.get_by_label("Name", exact=False).first.fill("Waits")
    stale = desk.token(iat=time.time() - 1000, exp=time.time() - 100)
    page.context.add_cookies([{"name": "imc_token", "value": stale, "url": desk.url}])
    desk.signed_in = False
    page.locator("main button.main").click()
    expect(page.get_by_role("heading", name="What you typed is still here")).to_be_visible()
    axe(page)
    shot(page, "toy-kept")
    desk.signed_in = True
    other = page.context.new_page()
    desk.sign_in(other, sid="ses-2")
    other.goto("/intake/")
    expect(page.locator("h1")).to_have_text("Waits")
    assert desk.beds() == 1


def test_another_persons_sign_in_sends_nothing_by_itself(desk: Desk, opened: Opened) -> None:
    page = desk.sign_in(opened(desk.url))
    page.goto(NEW)
    page.get_by_label("Name", exact=False).first.fill("Mine")
    stale = desk.token(iat=time.time() - 1000, exp=time.time() - 100)
    page.context.add_cookies([{"name": "imc_token", "value": stale, "url": desk.url}])
    desk.signed_in = False
    page.locator("main button.main").click()
    expect(page.get_by_role("heading", name="What you typed is still here")).to_be_visible()
    other = page.context.new_page()
    desk.sign_in(other, sub="acc-2", sid="ses-2")
    other.goto("/intake/")
    expect(page.get_by_text("Another user typed this")).to_be_visible()
    assert desk.beds() == 0
    page.get_by_role("button", name="Send again").click()
    expect(page.locator("h1")).to_have_text("Mine")


def by_script(desk: Desk, page: Page) -> None:
    """The form that renames a bed, opened and filled, which a script will send."""
    desk.add()
    page.goto("/intake/")
    follow(page, page.get_by_role("link", name="SOMCHAI"))
    page.locator("[popovertarget=more]").first.click()
    page.evaluate("""() => { const form = document.getElementById("rename");
      form.setAttribute("hx-post", form.action); htmx.process(form); }""")
    page.locator("#rename-latin").fill("Renamed")


def test_an_old_form_that_a_script_sends_after_a_new_sign_in_is_held_where_it_is_seen(
    desk: Desk, opened: Opened
) -> None:
    page = desk.sign_in(opened(desk.url))
    by_script(desk, page)
    desk.session = {"sid": "ses-2"}
    desk.sign_in(page, **desk.session)
    page.locator("#rename button.main").click()
    expect(page.get_by_role("heading", name="Send this again")).to_be_visible()
    axe(page)
    page.get_by_role("button", name="Send again").click()
    expect(page.locator("h1")).to_have_text("Renamed")


def test_what_a_script_sends_to_what_is_not_there_any_more_is_said(desk: Desk, opened: Opened) -> None:
    page = desk.sign_in(opened(desk.url))
    by_script(desk, page)
    desk.toy.database["beds"].delete_many({})
    page.locator("#rename button.main").click()
    expect(page.get_by_role("heading", name="Page not found")).to_be_visible()


def test_the_enter_that_ends_a_kana_conversion_neither_submits_nor_searches(desk: Desk, opened: Opened) -> None:
    page = desk.sign_in(opened(desk.url, "ja"))
    page.goto("/intake/open")
    page.locator("#search-q").focus()
    ime = page.context.new_cdp_session(page)
    ime.send("Input.imeSetComposition", {"text": "やまだ", "selectionStart": 3, "selectionEnd": 3})
    page.wait_for_timeout(600)
    assert not any("q=" in str(path) for path, _ in desk.requests)
    before = len(desk.requests)
    page.locator("#search-q").dispatch_event(
        "keydown", {"key": "Enter", "keyCode": 229, "isComposing": True, "bubbles": True}
    )
    page.wait_for_timeout(400)
    assert desk.requests[before:] == []
    with page.expect_request(re.compile(r"/intake/open\?q=")):
        ime.send("Input.insertText", {"text": "山田"})
    page.goto(NEW)
    page.locator("#new-name-latin").focus()
    ime.send("Input.imeSetComposition", {"text": "やまだ", "selectionStart": 3, "selectionEnd": 3})
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)
    assert page.url.endswith(NEW)
    assert desk.beds() == 0


def test_a_faults_link_puts_the_focus_into_its_field(desk: Desk, opened: Opened) -> None:
    page = desk.sign_in(opened(desk.url))
    page.goto(NEW)
    page.locator("main button.main").click()
    expect(page.locator(".errors")).to_be_focused()
    page.locator(".errors a").first.click()
    expect(page.locator("#new-name-latin")).to_be_focused()


def test_menus_close_by_escape_and_give_the_focus_back(desk: Desk, opened: Opened) -> None:
    desk.add()
    page = desk.sign_in(opened(desk.url))
    page.goto("/intake/")
    menu = page.locator("main details.menu > summary")
    menu.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(page.locator("details.menu[open]")).to_have_count(0)
    expect(menu).to_be_focused()


def test_a_message_goes_after_ten_seconds_and_undo_takes_back(desk: Desk, opened: Opened) -> None:
    desk.add()
    page = desk.sign_in(opened(desk.url))
    page.clock.install()
    page.goto("/intake/")
    page.get_by_role("button", name="Take").click()
    message = page.locator("flash-message")
    expect(message).to_contain_text("Taken.")
    shot(page, "toy-flash")
    page.clock.fast_forward(10_500)
    expect(message).to_have_count(0)


def test_everything_but_live_parts_works_without_a_script(desk: Desk, opened: Opened) -> None:
    page = desk.sign_in(opened(desk.url, java_script_enabled=False))
    page.goto(NEW)
    page.locator("#new-name-latin").fill("Plain")
    page.locator("main button.main").click()
    expect(page.locator("h1")).to_have_text("Plain")
    page.locator("[popovertarget=more]").first.click()
    page.locator("#rename-latin").fill("Renamed")
    page.locator("#rename button.main").click()
    expect(page.locator("h1")).to_have_text("Renamed")


def test_the_first_tab_skips_to_what_the_page_says(desk: Desk, opened: Opened) -> None:
    page = desk.sign_in(opened(desk.url))
    page.goto("/intake/")
    skip = page.locator(".skip")
    assert skip.bounding_box()["y"] < 0
    page.keyboard.press("Tab")
    expect(skip).to_be_focused()
    assert skip.bounding_box()["y"] >= 0
    axe(page)
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("main :focus")).to_be_visible()


def test_whoever_goes_by_keyboard_sees_where_they_are(desk: Desk, opened: Opened) -> None:
    desk.add()
    for dark in (False, True):
        page = desk.sign_in(opened(desk.url, dark=dark))
        page.goto("/intake/")
        for _ in range(12):
            page.keyboard.press("Tab")
            width = page.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth)")
            assert width >= 3, page.evaluate("document.activeElement.outerHTML")


def test_the_menu_of_a_phone_opens_and_closes_by_keyboard(desk: Desk, opened: Opened) -> None:
    page = desk.sign_in(opened(desk.url, "ja", phone=True))
    page.goto("/intake/")
    button, navigation = page.locator(".nav-button"), page.locator("#navigation")
    expect(navigation).to_be_hidden()
    button.press("Enter")
    expect(navigation.locator("[aria-current=page]")).to_have_attribute("href", "/intake/")
    fits(page)
    axe(page)
    shot(page, "toy-navigation-phone")
    page.keyboard.press("Escape")
    expect(navigation).to_be_hidden()
    expect(button).to_be_focused()


def test_paper_shows_what_the_page_says_black_on_white(desk: Desk, opened: Opened) -> None:
    desk.add()
    page = desk.sign_in(opened(desk.url, dark=True))
    page.goto("/intake/")
    page.emulate_media(media="print")
    expect(page.locator("h1")).to_be_visible()
    expect(page.get_by_role("link", name="SOMCHAI")).to_be_visible()
    for part in (".top", ".bottom", ".skip", "main button", "main .menu"):
        expect(page.locator(part).first).to_be_hidden()
    colours = page.evaluate("(({color, backgroundColor}) => [color, backgroundColor])(getComputedStyle(document.body))")
    assert colours == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_menus_open_inside_the_window_in_either_direction(desk: Desk, opened: Opened, direction: str) -> None:
    desk.add()
    page = desk.sign_in(opened(desk.url))
    for width in (1280, 640, 390, 320):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto("/intake/")
        page.evaluate("(direction) => { document.documentElement.dir = direction }", direction)
        for menu in page.locator("details.menu > summary").all():
            menu.press("Enter")
            box = page.locator("details.menu[open] > .menu-list").bounding_box()
            assert box["x"] >= 0 and box["x"] + box["width"] <= width
            fits(page)
        shot(page, f"toy-{direction}-{width}")


def test_from_right_to_left_the_frame_is_mirrored(desk: Desk, opened: Opened) -> None:
    desk.add()
    page = desk.sign_in(opened(desk.url))
    page.goto("/intake/")
    follow(page, page.get_by_role("link", name="SOMCHAI"))
    page.evaluate("document.documentElement.dir = 'rtl'")
    assert page.locator(".brand").bounding_box()["x"] > page.locator(".top-end").bounding_box()["x"]
    page.locator("[popovertarget=more]").first.click()
    assert page.locator("#more").bounding_box()["x"] == 0
    axe(page)


def test_nothing_moves_for_who_does_not_want_it(desk: Desk, opened: Opened) -> None:
    page = desk.sign_in(opened(desk.url))
    page.goto("/intake/")
    seconds = "document.body.style.transition = 'opacity 9s', getComputedStyle(document.body).transitionDuration"
    assert page.evaluate(seconds) == "9s"
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(seconds) == "0s"
