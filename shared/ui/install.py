"""Adds pages to an app: templates with the catalogue's texts and filters, static files, errors in the reader's language."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import jinja2
from flask import Flask, Response
from werkzeug.local import LocalProxy

from shared.clock import rfc3339
from shared.documents.formats import DOCUMENT_BYTES
from shared.ui import dates, names
from shared.ui.assets import Assets
from shared.ui.catalogue import catalogue
from shared.ui.csrf import CsrfTokens
from shared.ui.failing import shown_as_page
from shared.ui.flash import FlashCookie
from shared.ui.refusals import Form
from shared.ui.shell import EXTENSION, Shell, page, t
from shared.ui.showing import etag_of
from shared.web.access import public
from shared.web.state import AppContext, caller

TEMPLATES = Path(__file__).parent / "templates"


def install(app: Flask, root: Path) -> bool:
    """Installs once per app, however many blueprints of pages it has; returns whether this call was the first."""
    if EXTENSION in app.extensions:
        return False
    app_context: AppContext = app.extensions["imc"]
    service = app_context.settings.service
    own = root / "words"
    shell = Shell(
        app_context,
        catalogue(own if own.is_dir() else None),
        CsrfTokens(app_context.cursor_key),
        FlashCookie(app_context.cursor_key),
        Assets(service, root / "static" if (root / "static").is_dir() else None),
        templates(root / "templates"),
    )
    shell.templates.globals |= _globals(shell)
    app.extensions[EXTENSION] = shell
    app_context.shown_as_page = shown_as_page

    @public()
    def static_file(name: str) -> Response:
        return shell.assets.serve(name)

    app.add_url_rule(f"/{service}/static/<path:name>", "static-files", static_file, methods=["GET"])
    return True


def templates(*folders: Path) -> jinja2.Environment:
    """The Jinja environment: a service's templates before the shared ones; an undefined name is an error, and everything is escaped."""
    loader = jinja2.FileSystemLoader([str(folder) for folder in (*folders, TEMPLATES)])
    made = jinja2.Environment(
        loader=loader,
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters |= FILTERS
    return made


def _globals(shell: Shell) -> dict[str, Any]:
    return {
        "t": t,
        "page": LocalProxy(page),
        "person": caller,
        "form": form,
        "asset": shell.assets.address,
        "service": shell.service,
        "csrf_placeholder": shell.csrf.csrf_placeholder,
        "key_placeholder": shell.csrf.key_placeholder,
        "etag_of": etag_of,
        "file_bytes": DOCUMENT_BYTES,
        "now": lambda: page().request_context.now,
        "countries": lambda: names.countries(page().reader.language),
        "nationalities": lambda: names.nationalities(page().reader.language),
        "issuers": lambda: names.issuers(page().reader.language),
    }


def form(
    action: str,
    values: dict[str, Any] | None = None,
    version: int | None = None,
    open: bool = False,  # noqa: A002 - reads naturally in templates
    id: str = "form",  # noqa: A002
    also: Sequence[str] = (),
) -> Form:
    """Returns a form posted to `action`, or by its own buttons to `also`; `open` where the view is public().

    `id` distinguishes several forms on one page.
    """
    made = Form(action, values, version, open, page().refused, id, also)
    page().forms.append(made)
    return made


def _day(moment: date) -> str:
    return dates.day(moment, page().reader.language, page().reader.zone)


def _short_day(moment: date) -> str:
    return dates.day(moment, page().reader.language, page().reader.zone, year=False)


def _clock(moment: datetime) -> str:
    return dates.clock(moment, page().reader.zone)


def _when(moment: datetime) -> str:
    reader = page().reader
    return dates.when(moment, reader.language, reader.zone, reader.abroad)


def _period(start: datetime, end: datetime | None = None) -> str:
    reader = page().reader
    return dates.period(start, end, reader.language, reader.zone, reader.abroad)


def _at_hospital(start: datetime, end: datetime | None = None) -> str:
    """A time of attendance: in the hospital's zone for every reader, named where the reader is abroad."""
    zone, reader = page().shell.app_context.settings.time_zone, page().reader
    return dates.period(start, end, reader.language, zone, reader.abroad)


def _partial_day(text: str) -> str:
    return dates.partial_day(text, page().reader.language)


def _age(birth_date: str) -> int | None:
    """Age today, at the hospital."""
    zone = page().shell.app_context.settings.time_zone
    return dates.age(birth_date, page().request_context.now.astimezone(zone).date())


def _language(tag: str) -> str:
    return names.language_name(tag, page().reader.language)


def _country(code: str) -> str:
    return names.country_name(code, page().reader.language)


FILTERS = {
    "day": _day,
    "short_day": _short_day,
    "clock": _clock,
    "when": _when,
    "period": _period,
    "at_hospital": _at_hospital,
    "partial_day": _partial_day,
    "age": _age,
    "language": _language,
    "country": _country,
    "iso": rfc3339,
}
