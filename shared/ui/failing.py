"""Error pages: what is wrong, in the reader's language, and what to do next.

API and pages share one mapping from exception to status (shared/web/problems.py): an error page is made from that response.
Not here: rejected forms (shared/ui/refusing.py).
"""

import json
from collections.abc import Callable
from typing import Any

from flask import Response, current_app
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from shared.errors import Refusal
from shared.ui.arrivals import renewal_of
from shared.ui.shell import Page, page
from shared.ui.showing import HTML, dressed, show
from shared.web.problems import answer_to

MAX_FAULTS = 5
AGAIN = frozenset((429, 500, 503, 504))  # the same form may be sent again: its key makes it one effect


def not_signed_in(now: Page) -> Response:
    """The response without a valid token: a page is redirected to renew it; a part, and a form without proof of its origin, get 401."""
    if now.part or now.request_context.environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
        return show("shell/wrong.html", 401, key="wrong.401", word=None, part=now.part, retry=False, faults=[])
    return Response(status=303, headers={"Location": renewal_of(now), "Cache-Control": "no-store"})


def shown_as_page(error: Exception, problem: Response) -> Response:
    """The app's response to an error, as a page where a page was requested."""
    now = page()
    rule = now.request_context.request.url_rule
    if not (rule.endpoint.startswith("pages:") if rule else _wants_page(now)):
        return problem
    status = problem.status_code
    if 300 <= status < 400:
        return problem
    if rule is None and isinstance(error, MethodNotAllowed) and (stands := _page_of_form(now)):
        return stands
    try:
        answer = show("shell/wrong.html", status, **_page_context(now, problem, error))
    except Exception as worse:
        if now.request_context.app_context.settings.log_level == "DEBUG":
            raise
        answer_to(now.request_context, worse, {})  # logs it
        answer = Response(f"<!doctype html><title>{status}</title><h1>{status}</h1>", status, content_type=HTML)
        dressed(answer, now)
    for name in ("Retry-After", "Allow"):
        if name in problem.headers:
            answer.headers[name] = problem.headers[name]
    return answer


def _page_of_form(now: Page) -> Response | None:
    """The page of a form whose address was opened with GET; None where there is none.

    After a rejection the browser shows the form's address, which is then reloaded, by a change of language, a new sign-in or by hand.
    From then on this is a request of the form's rule: for the audit, and for the blueprint's handling of errors and responses."""
    adapter = current_app.create_url_adapter(now.request_context.request)
    if now.request_context.environ["REQUEST_METHOD"] not in ("GET", "HEAD") or adapter is None:
        return None
    try:
        rule, path = adapter.match(method="POST", return_rule=True)
    except HTTPException:
        return None
    view = current_app.view_functions[rule.endpoint]
    stands_on: Callable[..., Response] | None = getattr(view, "page_by_itself", None)
    if stands_on is None:
        return None
    now.request_context.request.url_rule, now.request_context.request.view_args = rule, dict(path)
    try:
        return stands_on(**path)
    except Exception as error:  # it no longer exists, or the reader may not see it
        return current_app.make_response(current_app.handle_user_exception(error))


def _wants_page(now: Page) -> bool:
    """Whether an unknown address is answered with a page: for a browser."""
    path = now.request_context.request.path
    return "/api/" not in path and "text/html" in now.request_context.environ.get("HTTP_ACCEPT", "")


def _page_context(now: Page, problem: Response, error: Exception) -> dict[str, Any]:
    status = problem.status_code
    members = json.loads(problem.get_data() or b"{}")
    slug = str(members.get("type", "")).rpartition(":")[2]
    catalogue, keys = now.shell.catalogue, (f"problem.{slug}", f"wrong.{status}", f"wrong.{status // 100}xx")
    key = next((key for key in keys[1:] if catalogue.has(f"{key}.title")), "wrong.4xx")
    language = now.reader.language
    named = error.named_in(language) if isinstance(error, Refusal) else {}
    word = now.t(keys[0], **named) if catalogue.has(keys[0]) else None
    faults = [catalogue.expected(language, fault["detail"]) for fault in members.get("errors", ())[:MAX_FAULTS]]
    return {"key": key, "word": word, "part": now.part, "retry": status in AGAIN, "faults": list(dict.fromkeys(faults))}
