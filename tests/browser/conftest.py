"""Chromium for the tests of this folder, and a toy service of pages over HTTP for what belongs to no service."""

import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pyotp
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright
from werkzeug.serving import make_server

from tests.browser.looking import Faults
from tests.system import System

SWITCHES = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
# the same engine without the browser's own windows, which cost more than the pages under test
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
WAIT = 10_000


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def chromium(request: pytest.FixtureRequest) -> Iterator[Browser]:
    """One browser for the process; skipped where the machine has none."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("no Chromium on this machine (Debian: apt-get install chromium-headless-shell)")
    running: Playwright = request.getfixturevalue("playwright")
    browser = running.chromium.launch(executable_path=found, args=list(SWITCHES))
    yield browser
    browser.close()


Opened = Callable[..., Page]


@pytest.fixture
def opened(chromium: Browser) -> Iterator[Opened]:
    """`opened(base_url, language="en", dark=False, phone=False)`: a page of a browser of its own, nothing in it.

    At the end of the test no page may have met a script's error or a breach of its Content-Security-Policy.
    """
    contexts: list[tuple[BrowserContext, Faults]] = []

    def make(base_url: str, language: str = "en", dark: bool = False, phone: bool = False, **more: Any) -> Page:
        size = {"width": 390, "height": 844} if phone else {"width": 1280, "height": 900}
        touch = {"has_touch": True, "is_mobile": True} if phone else {}
        options = {"locale": {"ja": "ja-JP", "en": "en-GB"}[language], "viewport": size, "timezone_id": "Asia/Tokyo"}
        scheme = "dark" if dark else "light"
        context = chromium.new_context(base_url=base_url, color_scheme=scheme, **(options | touch | more))  # type: ignore[arg-type]
        context.set_default_timeout(WAIT)
        contexts.append((context, Faults(context)))
        return context.new_page()

    yield make
    told = [fault for _, faults in contexts for fault in faults.found]
    for context, _ in contexts:
        context.close()
    assert told == []


SignedIn = Callable[..., Page]


@pytest.fixture
def signed_in(system: System, opened: Opened) -> SignedIn:
    """`signed_in("front_desk", language="ja", phone=True)`: a page of a new person with these roles, at the whole system."""

    def make(*roles: str, language: str = "en", departments: Sequence[str] = (), **how: Any) -> Page:
        page = opened(system.url, language, **how)
        sign_in(page, system.person(*roles, departments=departments))
        page.context.add_cookies([{"name": "imc_language", "value": language, "url": system.url}])
        return page

    return make


def sign_in(page: Page, person: dict[str, str], way: str = "/accounts/me", code: str | None = None) -> None:
    """Fills the form as a person would, and waits until they are in; `code` where the present one is used up."""
    page.goto(f"/accounts/sign-in?next={way}")
    page.locator("[name=username]").fill(person["username"])
    page.locator("[name=password]").fill(person["password"])
    page.locator("[name=one_time_code]").fill(code or pyotp.TOTP(person["totp_secret"]).now())
    page.locator("#sign-in button.main").click()
    page.wait_for_url(lambda url: urlsplit(url).path == way)


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """The app over HTTP on this machine while the block runs; gives its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
