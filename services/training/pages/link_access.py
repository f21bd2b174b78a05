"""How an applicant's pages open the application behind a link, and what is said where they do not.

What was typed is never lost: a page that refuses a form holds it, to be sent again once the newest link was opened, or with the answer
to what is asked. Not here: the pages themselves (applicant.py, applying.py).
"""

from typing import Any

from flask import Response, g

from services.training.actions import links, second_check
from services.training.current import dependencies
from services.training.rules import second_check as rules
from services.training.rules.links import WORKING_DAY
from shared.errors import Forbidden
from shared.sealing import Unreadable
from shared.signed_links import NoSuchLink
from shared.ui.blueprint import PageBlueprint
from shared.ui.shell import page
from shared.ui.showing import show

Document = dict[str, Any]
ANSWER_FIELD = "identity_answer"
"""The field in which a held form brings the answer along."""
ANSWER_FAULTS = {
    second_check.WRONG: "expected what was written in the application",
    second_check.TOO_MANY: "expected to wait an hour: too many answers were given",
}


class IdentityCheckRequired(Forbidden):
    """This browser did not answer yet what is asked before this; `fault` is how an answer was no good."""

    def __init__(self, application: Document, fault: str | None = None) -> None:
        super().__init__("Expected an answer to what is asked first.")
        self.application, self.fault = application, fault


def open_link(token: str) -> Document:
    """The application; the browser may go on with it today. Raises OlderLink, NoSuchLink."""
    return resolve_link(token).application


def resolve_link(token: str) -> links.Opened:
    """The same, with which link it was."""
    now = page().request_context.now
    opened = links.open_link(dependencies(), token, now, page().request_context.request.cookies)
    if opened.newest:
        _set_cookie(opened.application, links.OPENED)
    return opened


def open_for_safety(token: str) -> Document:
    """The application, for the question whether they are safe. Raises OlderLink, NoSuchLink."""
    return links.open_for_safety(dependencies(), token, page().request_context.now)


def is_identified(application: Document) -> bool:
    """Whether this browser may see what was written: it answered today, or there is nothing to ask."""
    return has_passed_check(application) or identity_question(application) is None


def has_passed_check(application: Document) -> bool:
    """Whether it answered today, or is where the answer was first written: without, no file is shown."""
    cookies, now = page().request_context.request.cookies, page().request_context.now
    return g.get("answered") == application["_id"] or links.is_shown(
        dependencies(), application, links.KNOWN, cookies, now
    )


def identity_question(application: Document) -> str | None:
    """What is asked; raises NoSuchLink where what was known of them is erased."""
    try:
        return second_check.question(dependencies(), application)
    except Unreadable:
        raise NoSuchLink() from None


def remember_identified(application: Document) -> None:
    """This browser need not answer again today: it did, or it is where the answer was first written."""
    g.answered = application["_id"]
    _set_cookie(application, links.KNOWN)


def answer_fault(opened: links.Opened, typed: str) -> str | None:
    """What is expected instead of an answer; None where it is right, which the browser remembers."""
    result = second_check.answer(
        dependencies(), opened, typed, page().request_context.address, page().request_context.now
    )
    if result != second_check.RIGHT:
        return ANSWER_FAULTS[result]
    remember_identified(opened.application)
    return None


def remember_author(before: Document, form: Document) -> None:
    """Once it is saved: this browser wrote what can be asked from now on, where nothing could be asked before."""
    if identity_question(before) is None and rules.question(form) is not None:
        remember_identified(before)


def check_identified(token: str) -> Document:
    """The application, for what tells who it is; raises NotAsked where this browser did not answer, nor its form with it."""
    opened = resolve_link(token)
    application, typed = opened.application, g.get("typed")
    answers = typed.values.poplist(ANSWER_FIELD) if typed else []
    if answers:
        typed.tree.pop(ANSWER_FIELD, None)
    if is_identified(application):
        return application
    fault = answer_fault(opened, answers[0]) if answers else None
    if fault or not answers:
        raise IdentityCheckRequired(application, fault)
    return application


def trust_browser(application: Document) -> None:
    """For the browser where it is begun, and all that is known of it was typed."""
    _set_cookie(application, links.OPENED)
    _set_cookie(application, links.KNOWN)


def _set_cookie(application: Document, kind: str) -> None:
    now, cookies = page().request_context.now, page().request_context.request.cookies
    g.setdefault("link_cookies", {})[kind] = links.cookie(dependencies(), application, kind, now, cookies)


def _with_cookies(answer: Response) -> Response:
    for name, value in g.get("link_cookies", {}).values():
        answer.set_cookie(
            name, value, int(WORKING_DAY.total_seconds()), path="/", secure=page().secure, httponly=True, samesite="Lax"
        )
    return answer


def _submitted_form() -> Document:
    """What was typed into the form that is refused, for the page that holds it."""
    now, typed = page(), g.get("typed")
    if now.request_context.request.method != "POST" or typed is None:
        return {"fields": None}
    kept = [*typed.values.items(multi=True), *((n, v) for n, v in typed.hidden.items() if n != "csrf")]
    return {
        "fields": kept,
        "action": now.address,
        "files": now.request_context.request.mimetype == "multipart/form-data",
        "open": True,
    }


def _no_link(error: NoSuchLink) -> Response:
    older = isinstance(error, links.OlderLink)
    if page().part:
        return show("shell/wrong.html", error.status, key="wrong.404", word=None, part=True, retry=False, faults=[])
    return show("training/public/no_link.html", error.status, older=older, **_submitted_form())


def _identity_required(error: IdentityCheckRequired) -> Response:
    asked, held = identity_question(error.application), _submitted_form()
    fault = page().shell.catalogue.expected(page().reader.language, error.fault) if error.fault else None
    return show(
        "training/public/identity_form.html",
        error.status,
        question=asked,
        fault=fault,
        answer_field=ANSWER_FIELD,
        **held,
    )


def with_link_access(blp: PageBlueprint) -> PageBlueprint:
    """The same blueprint: its pages give browsers what they show later, and say why a link opens nothing."""
    blp.after_request(_with_cookies)
    blp.register_error_handler(NoSuchLink, _no_link)
    blp.register_error_handler(IdentityCheckRequired, _identity_required)
    return blp
