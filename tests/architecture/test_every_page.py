"""The browser's table of pages and the routes of all services name the same pages: a new page is looked at, or the test fails."""

import re
from pathlib import Path

from flask import Flask

from tests.browser.pages import NO_PAGES, PAGES


def routes(app: Flask) -> set[str]:
    """Addresses of one service that answer a person with a whole page, or lead to one."""
    parts = f"/{app.config['SERVICE']}/fragments/"
    proof = f"/{app.config['SERVICE']}/again"  # asked by a page's script, answered in JSON
    return {
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("pages:")
        and "GET" in (rule.methods or ())
        and not rule.rule.startswith(parts)
        and rule.rule != proof
    }


def test_every_page_is_in_the_browsers_table_and_nothing_else(app: Flask) -> None:
    own = f"/{app.config['SERVICE']}/"
    named = {page.rule for page in PAGES if page.rule.startswith(own)}
    none = {rule for rule in NO_PAGES if rule.startswith(own)}
    assert named.isdisjoint(none)
    assert routes(app) == named | none


def test_every_picture_has_a_name_of_its_own_and_every_address_begins_as_its_rule() -> None:
    assert len({page.name for page in PAGES}) == len(PAGES)
    for page in PAGES:
        assert (page.address or page.rule).startswith(page.rule.partition("<")[0]), page.name


def test_pictures_in_the_readme_are_of_pages_there_are() -> None:
    root = Path(__file__).parents[2]
    shown = re.findall(
        r"\]\((deploy/screenshots/([\w-]+)-(?:ja|en)-(?:desktop|phone)\.webp)\)", (root / "README.md").read_text()
    )
    assert {name for _, name in shown} <= {page.name for page in PAGES}
    assert len(shown) >= 4
    assert sorted({path for path, _ in shown}) == sorted(
        str(path.relative_to(root)) for path in (root / "deploy" / "screenshots").iterdir()
    ), "deploy/screenshots holds the pictures of the README and no others"


LEADS_ON = {
    "/accounts/language", "/accounts/look", "/accounts/sign-out", "/intake/register/known", "/notify/inbox/<notification_id>/open"
}  # fmt: skip
"""Buttons that are never refused for what is typed: nobody is left at their address."""


def test_every_forms_address_shows_a_page_when_it_is_opened(app: Flask) -> None:
    """After a refusal the browser stands there: another language or a new sign-in comes back to it."""
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("pages:")]
    shown = {rule.rule for rule in rules if "GET" in (rule.methods or ())}
    bare = {
        rule.rule
        for rule in rules
        if rule.rule not in shown and not hasattr(app.view_functions[rule.endpoint], "page_by_itself")
    }
    assert bare == {rule for rule in LEADS_ON if rule.startswith(f"/{app.config['SERVICE']}/")}
