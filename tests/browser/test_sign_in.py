"""Sign-in and everybody's own pages in a real browser at the whole system: in both languages, light and dark, by keyboard."""

import re

import pyotp
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opened, SignedIn, sign_in
from tests.browser.looking import axe, shot
from tests.system import System

PAGES = (
    "/accounts/me",
    "/accounts/me/password",
    "/accounts/me/device",
    "/accounts/me/recovery-codes",
    "/accounts/signed-in",
)


def test_signing_in_by_keyboard_alone(system: System, opened: Opened) -> None:
    person, page = system.person("front_desk"), opened(system.url)
    page.goto("/accounts/sign-in?next=/accounts/me")
    expect(page.get_by_label("User name")).to_be_focused()
    page.keyboard.type(person["username"])
    page.keyboard.press("Tab")
    page.keyboard.type(person["password"])
    page.keyboard.press("Tab")
    page.keyboard.type(pyotp.TOTP(person["totp_secret"]).now())
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{system.url}/accounts/me")
    expect(page.get_by_role("main")).to_contain_text(person["username"])


def test_a_wrong_password_is_said_and_nothing_else_is_told(system: System, opened: Opened) -> None:
    person, page = system.person("front_desk"), opened(system.url)
    page.goto("/accounts/sign-in")
    page.get_by_label("User name").fill(person["username"])
    page.get_by_label("Password").fill("not the right one")
    page.get_by_label("One-time code").fill("123456")
    page.get_by_role("button", name="Sign in").click()
    fault = page.get_by_role("alert")
    expect(fault).to_contain_text("name, password or code is wrong")
    expect(fault).to_be_focused()
    expect(page.get_by_label("User name")).to_have_value(person["username"])
    expect(page.get_by_label("Password")).to_have_value("")
    axe(page)
    shot(page, "sign-in-refused")


def test_the_language_and_the_look_are_switched_on_any_page(system: System, opened: Opened) -> None:
    page = opened(system.url, "ja")
    page.goto("/accounts/sign-in?next=/accounts/me")
    expect(page.locator("h1")).to_have_text("サインイン")
    page.locator("header details.menu > summary").click()
    page.get_by_role("button", name="English").click()
    expect(page.locator("h1")).to_have_text("Sign in")
    assert page.url.endswith("/accounts/sign-in?next=/accounts/me")
    page.locator("header details.menu > summary").click()
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-look", "dark")


def test_another_device_and_recovery_codes_by_hand(system: System, opened: Opened) -> None:
    person, page = system.person("front_desk"), opened(system.url)
    sign_in(page, person)
    page.context.add_cookies([{"name": "imc_language", "value": "en", "url": system.url}])
    page.goto("/accounts/me/recovery-codes")
    page.get_by_label("Current password").fill(person["password"])
    page.get_by_label("One-time code").fill(_next_code(person))
    page.get_by_role("button", name="Create new recovery codes").click()
    expect(page.locator(".codes li")).to_have_count(10)
    codes = page.locator(".codes li").all_inner_texts()
    axe(page)
    shot(page, "recovery-codes")
    page.goto("/accounts/me/device")
    secret = "".join(page.locator(".card .code").inner_text().split())
    page.get_by_label("Code from the new device").fill(pyotp.TOTP(secret).now())
    page.get_by_label("Current password").fill(person["password"])
    page.get_by_label("Code from the previous device").fill(codes[0])
    page.get_by_role("button", name="Use this device").click()
    expect(page.get_by_role("status").filter(has_text="Device changed")).to_be_visible()
    shot(page, "me-flash")


def _next_code(person: dict[str, str]) -> str:
    """The code of the step to come: the present one has signed in."""
    import time

    return pyotp.TOTP(person["totp_secret"]).at(time.time() + 30)


def test_signed_out_elsewhere_the_page_is_covered_and_comes_back(system: System, opened: Opened) -> None:
    person, page = system.person("front_desk"), opened(system.url)
    sign_in(page, person)
    page.context.add_cookies([{"name": "imc_language", "value": "en", "url": system.url}])
    page.goto("/accounts/me/password")
    page.get_by_label("New password").fill("half a password")
    page.context.clear_cookies(name="imc_token")
    page.context.clear_cookies(name="imc_session")
    page.evaluate("import(document.querySelector('script[src*=\"imc.js\"]').src).then((m) => 0)")
    page.evaluate("dispatchEvent(new Event('online'))")  # live parts ask at once
    expect(page.locator("#signed-out")).to_be_visible()
    expect(page.locator("main")).to_be_hidden()
    with page.context.expect_page() as window:
        page.locator("#signed-out a").click()
    other = window.value
    other.locator("[name=username]").fill(person["username"])
    other.locator("[name=password]").fill(person["password"])
    other.locator("[name=one_time_code]").fill(_next_code(person))
    other.locator("#sign-in button.main").click()
    expect(other.locator("h1")).to_have_text(re.compile("signed in|サインインしました"))
    expect(page.locator("main")).to_be_visible()
    expect(page.get_by_label("New password")).to_have_value("half a password")


def test_what_was_typed_survives_an_expired_token(signed_in: SignedIn) -> None:
    page = signed_in("front_desk")
    page.goto("/accounts/me/password")
    _fill(page)
    page.context.clear_cookies(name="imc_token")
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert page.url.endswith("/accounts/me/password")


def _fill(page: Page) -> None:
    page.get_by_label("Current password").fill("x")
    page.get_by_label("One-time code").fill("123456")
    page.get_by_label("New password").fill("violet tram under snow")
