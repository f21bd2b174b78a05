"""A page for each problem type of a service: what it means, what to do. The `type` of an answer ends with its slug."""

import inspect
from collections.abc import Iterator

from flask import Blueprint, Response, abort
from markupsafe import Markup

from shared.errors import Refusal
from shared.web.state import Errors

_CSP = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"
_FRAME = Markup(
    '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    "<title>{title}</title></head><body><main><h1>{title}</h1>{body}</main></body></html>"
)
_OURS = {"internal-error": (500, "Something went wrong on our side", "It was noted under the id in `instance`. Try again; tell us the id if it stays.")}  # fmt: skip


def known_problems(service: str, errors: Errors) -> dict[str, tuple[int, str, str]]:
    """Slug → (status, title, meaning) of all problem types of this service."""
    found = dict(_OURS)
    for kind in _kinds(Refusal):
        own = kind.__module__.startswith(("shared.", f"services.{service}."))
        if own and "slug" in vars(kind):
            found[kind.slug] = (kind.status, kind.title, inspect.getdoc(kind) or kind.title)
    for error, (status, slug, title) in errors.items():
        found[slug] = (status, title, inspect.getdoc(error) or title)
    return dict(sorted(found.items()))


def _kinds(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    """The exception class and all its subclasses."""
    yield kind
    for below in kind.__subclasses__():
        yield from _kinds(below)


def problem_pages(service: str, errors: Errors) -> Blueprint:
    """The blueprint of `/<service>/api/problems` and a page below it for each type, public."""
    blueprint = Blueprint("problem-pages", __name__, url_prefix=f"/{service}/api/problems")

    @blueprint.get("")
    def all_kinds() -> Response:
        rows = Markup("").join(
            Markup('<li><a href="/{}/api/problems/{}">{}</a> {} {}</li>').format(service, slug, slug, status, title)
            for slug, (status, title, _) in known_problems(service, errors).items()
        )
        return _page("Problems", Markup("<ul>{}</ul>").format(rows))

    @blueprint.get("/<slug>")
    def one_kind(slug: str) -> Response:
        known = known_problems(service, errors).get(slug)
        if known is None:
            abort(404)
        status, title, meaning = known
        body = Markup("<p>Status {}. <code>type</code>: <code>urn:imc:problem:{}</code></p>{}").format(
            status, slug, Markup("").join(Markup("<p>{}</p>").format(part) for part in meaning.split("\n\n"))
        )
        return _page(title, body)

    return blueprint


def framed(title: str, body: Markup) -> str:
    """Returns a plain HTML page in the style of the API documentation."""
    return _FRAME.format(title=title, body=body)


def _page(title: str, body: Markup) -> Response:
    return Response(
        framed(title, body), content_type="text/html; charset=utf-8", headers={"Content-Security-Policy": _CSP}
    )
