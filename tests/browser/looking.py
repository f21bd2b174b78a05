"""How a page is looked at: axe over it, its width, its order of tabs, faults it met on its way, pictures of it."""

import base64
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, JSHandle, Locator, Page, expect

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOKS = pytest.mark.parametrize(("language", "dark"), [("ja", False), ("en", True)], ids=["ja-light", "en-dark"])
"""Colours do not hang on the language, nor words on the colours: each is looked at once."""
QUALITY, SCALE, PHONE, WAIT = 50, 0.75, 390, 10_000
EXPECTED = ("Failed to load resource",)  # a refused form is a 422, a part that is away a 503: seen, and meant


class Faults:
    """What the pages of a browser complain about: script errors, a breach of their policy."""

    def __init__(self, context: BrowserContext) -> None:
        self.found: list[str] = []
        context.on("weberror", lambda error: self.found.append(f"script: {error.error}"))
        context.on("console", self._on_console)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(EXPECTED):
            self.found.append(f"console: {message.text}")


@cache
def _axe() -> str:
    return AXE.read_text("utf-8")


def axe(page: Page, within: str = "html") -> None:
    """Asserts that axe finds nothing, by WCAG 2.2 AA and its best practices."""
    page.wait_for_load_state()  # a page is there before its styles are
    page.evaluate(_axe())
    found: Any = page.evaluate(
        "async ([within, tags]) => (await axe.run(within, {runOnly: tags, resultTypes: ['violations'], preload: false})).violations",
        [within, RULES],
    )
    told = [f"{v['id']}: {v['help']}: {n['target']} {n['failureSummary']}" for v in found for n in v["nodes"]]
    assert told == [], "\n".join(told)


WIDER = """() => {
  const window = document.documentElement.clientWidth, wide = document.documentElement.scrollWidth - window;
  const beyond = [...document.body.querySelectorAll("*")].filter((e) => e.getBoundingClientRect().right > window + 0.5);
  return wide > 0 ? [window, wide, beyond.slice(-3).map((e) => e.outerHTML.slice(0, 120))] : null;
}"""


def fits(page: Page) -> None:
    """Asserts that nothing is wider than the window: no scrolling in two directions (WCAG 1.4.10)."""
    page.wait_for_load_state()
    found = page.evaluate(WIDER)
    assert not found, f"{page.url}: {found[1]} px wider than the window of {found[0]} px: {found[2]}"


def settled(page: Page) -> None:
    """Waits until every part that is fetched by itself has come, or has said that it cannot."""
    expect(page.locator("live-part[src]:not([etag], [came], [opened], :has(.away))")).to_have_count(0, timeout=WAIT)


def follow(page: Page, link: Locator) -> None:
    """Clicks a link and waits until the page behind it has come: a click by itself waits for nothing, and what looks at
    a page at once would look at the one before."""
    address = link.get_attribute("href") or ""
    link.click()
    page.wait_for_url(lambda url: url.endswith(address))


def pictures_wanted() -> bool:
    """Whether somebody asked for pictures, by IMC_SHOTS."""
    return bool(os.environ.get("IMC_SHOTS"))


def shot(page: Page, name: str, most: int | None = None) -> None:
    """A picture into IMC_SHOTS, where that is set: for a look at it. One to be kept is at most so high, and small."""
    folder = os.environ.get("IMC_SHOTS")
    if not folder:
        return
    page.wait_for_load_state()
    if most is None:
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)
    else:
        (Path(folder) / f"{name}.webp").write_bytes(_small(page, most))


def _small(page: Page, most: int) -> bytes:
    """WebP at three quarters of the size: a third of what a JPEG takes; Playwright itself writes none."""
    width, height = page.evaluate("[document.documentElement.clientWidth, document.documentElement.scrollHeight]")
    scale = SCALE if width > PHONE else 1
    clip = {"x": 0, "y": 0, "width": width, "height": min(height, most), "scale": scale}
    browser = page.context.new_cdp_session(page)
    how: Any = {"format": "webp", "quality": QUALITY, "clip": clip, "captureBeyondViewport": True}
    picture = browser.send("Page.captureScreenshot", how)["data"]
    browser.detach()
    return base64.b64decode(picture)


CONTROLS = ":is(a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0'])"
STOPS = """(controls) => [...document.querySelectorAll(`main ${controls}`)]
  .filter((e) => e.checkVisibility({visibilityProperty: true}))
  .filter((e) => e.type !== "radio" || e.checked || (!e.form.querySelector(`[name="${e.name}"]:checked`)
    && e === e.form.querySelector(`[name="${e.name}"]`))).length"""


def tabs_in_order(page: Page) -> None:
    """Asserts that every control of the page is reached by Tab in the order it is read, a choice of several as one."""
    page.wait_for_load_state()
    wanted = page.evaluate(STOPS, CONTROLS)
    assert wanted, f"{page.url}: no control at all"
    page.locator("main").focus()
    reached: list[JSHandle] = []
    while len(reached) < wanted:
        page.keyboard.press("Tab")
        here = page.evaluate_handle("document.activeElement")
        assert page.evaluate("(e) => e.closest('main') !== null && e.getBoundingClientRect().width > 0", here)
        if reached and page.evaluate("([a, b]) => a === b", [reached[-1], here]):
            continue  # a date is typed in three parts
        assert not reached or page.evaluate(
            "([a, b]) => Boolean(a.compareDocumentPosition(b) & 4)", [reached[-1], here]
        )
        reached.append(here)
