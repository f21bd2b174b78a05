"""Every page of every service over one told story: what axe finds, what is wider than its window, a picture of each.

Which pages there are is in pages.py; a test of the architecture holds that table against the routes.
"""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pyotp
import pytest
from playwright.sync_api import Browser, StorageState
from playwright.sync_api import Page as Window

from tests.apps import all_unserved
from tests.browser.conftest import Opened, sign_in
from tests.browser.form_marks import broken_promises
from tests.browser.looking import axe, fits, pictures_wanted, settled, shot
from tests.browser.pages import NOBODY, PAGES, ROLES, Page
from tests.browser.story import TOKYO, Story, told, where_it_is_morning

LANGUAGES = ("ja", "en")
WIDTHS = (1280, 820, 640, 390, 360, 320)
"""Of a desktop, a tablet, a desktop at 200 %, a phone, a small one, the narrowest there is (WCAG 1.4.10)."""
PICTURED = {"desktop": 800, "phone": 844}
"""How much of its height a picture shows at most."""


@pytest.fixture(scope="module")  # its system must not run on beside all other tests
def story(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Story]:
    """Told where there is somebody to look."""
    with told(tmp_path_factory.mktemp("story")) as made:
        yield made


@pytest.fixture(scope="module")
def signed_in_as(story: Story, chromium: Browser) -> Callable[[str], StorageState]:
    """The browser state of each role's person, who signs in once, when first needed: an unused session ends after 15 minutes."""
    states: dict[str, StorageState] = {NOBODY: {"cookies": [], "origins": []}}

    def state_of(role: str) -> StorageState:
        if role not in states:
            with chromium.new_context(base_url=story.url) as context:
                secret = story.people[role]["totp_secret"]
                following = pyotp.TOTP(secret).at(time.time() + 30)  # the present code may be used by the story
                sign_in(context.new_page(), story.people[role], code=following)
                states[role] = context.storage_state()
        return states[role]

    return state_of


Sat = Callable[..., Window]


@pytest.fixture
def sat(story: Story, signed_in_as: Callable[[str], StorageState], opened: Opened) -> Sat:
    """`sat(role, language, phone=True)`: a window of somebody with this role, in the hospital's zone."""

    def make(role: str, language: str, **how: Any) -> Window:
        window = opened(story.url, language, storage_state=signed_in_as(role), timezone_id=TOKYO, **how)
        cookies = story.cookies | {"imc_language": language}
        window.context.add_cookies(
            [{"name": name, "value": value, "url": story.url} for name, value in cookies.items()]
        )
        return window

    return make


def visit(window: Window, page: Page, story: Story) -> None:
    """Opens a page and waits for all of it."""
    address = page.at(story.names)
    answer = window.goto(address)
    assert answer is not None
    assert (answer.status, urlsplit(window.url).path) == (page.status, urlsplit(address).path)
    settled(window)


def each(role: str, look: Callable[[Page], None]) -> None:
    """Looks at every page of a role; names all that fail."""
    found = []
    for page in PAGES:
        if page.role == role:
            try:
                look(page)
            except Exception as error:  # the next page is looked at all the same
                found.append(f"{page.name}: {error}")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("hour", range(24))
def test_the_story_is_told_of_a_morning_at_whatever_hour(hour: int) -> None:
    now = datetime(2026, 11, 26, hour, 30, tzinfo=UTC)
    assert now.astimezone(ZoneInfo(where_it_is_morning(now))).hour in (10, 11)


@pytest.mark.parametrize(("language", "dark", "phone"), [("ja", False, False), ("en", True, True)], ids=["ja", "en"])
@pytest.mark.parametrize("role", ROLES)
def test_axe_finds_nothing_forms_keep_their_word_and_it_fits_whatever_the_width(
    story: Story, sat: Sat, role: str, language: str, dark: bool, phone: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """On a desktop in the light, and by touch in the dark, in English, whose words are longer.

    Forms begin valid and mark what is required, and nothing else; in one language, since a form is the same in both.
    """
    window = sat(role, language, dark=dark, phone=phone)
    apps = all_unserved(tmp_path_factory.mktemp("secrets")) if language == "en" else {}
    usual = 390 if phone else 1280

    def look(page: Page) -> None:
        if page.long and language != "en":
            return
        window.set_viewport_size({"width": usual, "height": 800})
        visit(window, page, story)
        if language == "en":
            broken = broken_promises(window, apps)
            assert not broken, "; ".join(broken)
        if not page.long:
            axe(window)
        for width in WIDTHS:
            window.set_viewport_size({"width": width, "height": 800})
            fits(window)

    each(role, look)


if pictures_wanted():

    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize("role", ROLES)
    def test_pictures(story: Story, sat: Sat, role: str, language: str) -> None:
        windows = {
            "desktop": sat(role, language, device_scale_factor=2),
            "phone": sat(role, language, phone=True),
        }

        def look(page: Page) -> None:
            for name, window in windows.items() if not page.long else ():
                visit(window, page, story)
                shot(window, f"{page.name}-{language}-{name}", PICTURED[name])

        each(role, look)
