"""How a page is looked at: axe over it, its width, its order of tabs, faults it met on its way, pictures of it."""

import os
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, ConsoleMessage, JSHandle, Page

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
EXPECTED = ("Failed to load resource",)  # a refused form is a 422, a part that is away a 503: seen, and meant


class Faults:
    """What the pages of a browser complain about: script errors, a breach of their policy."""

    def __init__(self, context: BrowserContext) -> None:
        self.found: list[str] = []
        context.on("weberror", lambda error: self.found.append(f"script: {error.error}"))
        context.on("console", self._heard)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(EXPECTED):
            self.found.append(f"console: {message.text}")


@cache
def _axe() -> str:
    return AXE.read_text("utf-8")


def axe(page: Page, within: str = "html") -> None:
    """Asserts that axe finds nothing, by WCAG 2.2 AA and its best practices."""
    page.evaluate(_axe())
    found: Any = page.evaluate(
        "async ([within, tags]) => (await axe.run(within, {runOnly: tags, resultTypes: ['violations']})).violations",
        [within, RULES],
    )
    told = [f"{v['id']}: {v['help']}: {n['target']} {n['failureSummary']}" for v in found for n in v["nodes"]]
    assert told == [], "\n".join(told)


def fits(page: Page) -> None:
    """Asserts that nothing is wider than the window: no scrolling in two directions (WCAG 1.4.10)."""
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{page.url}: {wide} px wider than the window"


def shot(page: Page, name: str) -> None:
    """A picture into IMC_SHOTS, where that is set: for a look at it."""
    folder = os.environ.get("IMC_SHOTS")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


CONTROLS = ":is(a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0'])"
STOPS = """(controls) => [...document.querySelectorAll(`main ${controls}`)]
  .filter((e) => e.checkVisibility({visibilityProperty: true}))
  .filter((e) => e.type !== "radio" || e.checked || (!e.form.querySelector(`[name="${e.name}"]:checked`)
    && e === e.form.querySelector(`[name="${e.name}"]`))).length"""


def tabbed(page: Page) -> None:
    """Asserts that every control of the page is reached by Tab in the order it is read, a choice of several as one."""
    wanted = page.evaluate(STOPS, CONTROLS)
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
