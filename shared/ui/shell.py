"""The state of pages: Shell is shared by one service's pages (one per app), Page belongs to one page (one per request)."""

import secrets
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jinja2
from flask import current_app, g

from shared.ui.assets import Assets
from shared.ui.catalogue import Catalogue
from shared.ui.csrf import FORM_COOKIE, CsrfTokens
from shared.ui.flash import FlashCookie
from shared.ui.navigation import Entry, entries_for
from shared.ui.reader import Reader, reader_of
from shared.ui.refusals import Form, Refused
from shared.web.state import AppContext, RequestContext

EXTENSION = "imc-pages"
_TOKEN_LENGTH = 32


@dataclass(frozen=True)
class Shell:
    """The shared state of one app's pages; made by install.py when the first blueprint of pages is registered."""

    app_context: AppContext
    catalogue: Catalogue
    csrf: CsrfTokens
    flash: FlashCookie
    assets: Assets
    templates: jinja2.Environment

    @property
    def service(self) -> str:
        return self.app_context.settings.service


class Page:
    """One page, or part of one, that is being rendered."""

    def __init__(self, shell: Shell, request_context: RequestContext) -> None:
        self.shell, self.request_context = shell, request_context
        self.refused: Refused | None = None
        self.forms: list[Form] = []  # of the page, in order

    @cached_property
    def reader(self) -> Reader:
        return reader_of(self.request_context.request, self.shell.app_context.settings.time_zone)

    def t(self, key: str, /, **fields: Any) -> str:
        """A text in the reader's language."""
        return self.shell.catalogue.word(self.reader.language, key, **fields)

    @property
    def part(self) -> bool:
        """Whether a script requested a part of a page."""
        return "HTTP_HX_REQUEST" in self.request_context.environ

    @property
    def address(self) -> str:
        """The path and query of this page, for links back to it."""
        query = self.request_context.environ.get("QUERY_STRING")
        return self.request_context.request.path + (f"?{query}" if query else "")

    @property
    def secure(self) -> bool:
        """Whether cookies are restricted to https: everywhere except where the public URL is http, on a local machine."""
        request = self.request_context.request  # scheme and host are those of IMC_PUBLIC_URL (shared/web/edge.py)
        return request.is_secure or request.host.partition(":")[0] not in ("localhost", "127.0.0.1", "[")

    @cached_property
    def form_token(self) -> str:
        """The token of forms before sign-in or to another service; it is also in a cookie."""
        known = self.request_context.request.cookies.get(FORM_COOKIE, "")
        return known if len(known) == _TOKEN_LENGTH and known.isalnum() else secrets.token_hex(_TOKEN_LENGTH // 2)

    @property
    def navigation(self) -> list[Entry]:
        return entries_for(self.request_context.caller.roles) if self.request_context.caller.id else []

    def here(self, entry: Entry) -> bool:
        """Whether this page is below an entry of the navigation, and not below a longer one."""
        path = self.request_context.request.path
        fitting = [
            other.href for other in self.navigation if path == other.href or path.startswith(_folder(other.href))
        ]
        return bool(fitting) and max(fitting, key=len) == entry.href


def _folder(href: str) -> str:
    return href if href.endswith("/") else f"{href}/"


def page() -> Page:
    """The page being rendered; it is created here where an error occurred before authorization."""
    if "page" not in g:
        g.page = Page(current_app.extensions[EXTENSION], g.request_context)
    made: Page = g.page
    return made


def t(key: str, /, **fields: Any) -> str:
    """A text in the reader's language: `t("board.title")`, `t("board.waiting", n=3)`."""
    return page().t(key, **fields)
