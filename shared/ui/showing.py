"""Responses of pages: a whole page, a part with its ETag, or a redirect. The gateway compresses."""

import hmac
from hashlib import blake2b
from typing import Any

from flask import Response

from shared.command_context import Answer
from shared.ui import flash
from shared.ui.csrf import FORM_COOKIE
from shared.ui.flash import Flash
from shared.ui.shell import Page, page

HTML = "text/html; charset=utf-8"
CSP = (
    "default-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'; "
    "img-src 'self' data:"
)


def show(template: str, status: int = 200, **context: Any) -> Response:
    """A whole page, with the flash messages of the request before."""
    now = page()
    context["status"] = status
    context["messages"] = now.shell.flash.read(now.request_context.request)
    text = now.shell.templates.get_template(template).render(context)
    answer = _answer(now, text, status)
    if context["messages"]:
        answer.delete_cookie(flash.COOKIE, path=f"/{now.shell.service}")
    if now.request_context.request.cookies.get(FORM_COOKIE) != now.form_token:
        answer.set_cookie(FORM_COOKIE, now.form_token, path="/", secure=now.secure, httponly=True, samesite="Strict")
    return answer


def fragment(template: str, **context: Any) -> Response:
    """A part of a page with an ETag over its content; 304 where If-None-Match matches."""
    now = page()
    text = now.shell.templates.get_template(template).render(context).strip()
    tag = etag_of(text)
    if hmac.compare_digest(now.request_context.environ.get("HTTP_IF_NONE_MATCH", "").encode("latin-1"), tag.encode()):
        return Response(status=304, headers={"ETag": tag, "Cache-Control": "no-store"})
    answer = _answer(now, text, 200)
    answer.headers["ETag"] = tag
    return answer


def etag_of(text: str) -> str:
    """The ETag of a part as rendered, before tokens and keys are filled in; weak, since those differ."""
    return f'W/"{blake2b(text.encode(), digest_size=12).hexdigest()}"'


def go(address: str, *messages: Flash) -> Answer:
    """A redirect (303) to the next page, which shows the messages; `address` is a path of this service where there are any."""
    now = page()
    headers = {"Location": address}
    if messages:
        headers["Set-Cookie"] = now.shell.flash.header(messages, now.shell.service, now.secure)
    return Answer(303, headers, b"")


def _answer(now: Page, text: str, status: int) -> Response:
    content = now.shell.csrf.fill(text, now.request_context.caller.session_id or "").encode()
    answer = Response(content, status, content_type=HTML)
    dressed(answer, now)
    return answer


def dressed(answer: Response, now: Page) -> None:
    """Adds the headers of every page; HTML is never cached."""
    answer.headers["Content-Security-Policy"] = CSP
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Cross-Origin-Opener-Policy"] = "same-origin"
