"""How an applicant's pages open the application behind a link, and what is said where they do not.

What was typed is never lost: a page that refuses a form holds it, to be sent again once the newest link was opened, or with the answer
to what is asked. Not here: the pages themselves (applicant.py, applying.py).
"""

from typing import Any

from flask import Response, g

from services.training.actions import links
from services.training.current import dependencies
from services.training.rules import second_check as rules
from services.training.rules.links import WORKING_DAY
from services.training.rules.records.applicants import ApplicantData
from services.training.rules.records.applications import Application
from shared.errors import Forbidden
from shared.sealing import Unreadable
from shared.signed_links import NoSuchLink
from shared.ui.blueprint import PageBlueprint
from shared.ui.shell import page
from shared.ui.showing import show

Document = dict[str, Any]
ANSWER = "known_answer"
"""The field in which a held form brings the answer along."""
EXPECTED = {
    links.WRONG: "expected what was written in the application",
    links.TOO_MANY: "expected to wait an hour: too many answers were given",
}


class NotAsked(Forbidden):
    """This browser did not answer yet what is asked before this; `fault` is how an answer was no good."""

    def __init__(self, application: Application, fault: str | None = None) -> None:
        super().__init__("Expected an answer to what is asked first.")
        self.application, self.fault = application, fault


def open_link(token: str) -> Application:
    """The application; the browser may go on with it today. Raises OlderLink, NoSuchLink."""
    return opened_by(token).application


def opened_by(token: str) -> links.OpenedLink:
    """The same, with which link it was."""
    now = page().request_context.now
    opened = links.open_link(dependencies(), token, now, page().request_context.request.cookies)
    if opened.newest:
        _give(opened.application, links.OPENED)
    return opened


def open_for_safety(token: str) -> Application:
    """The application, for the question whether they are safe. Raises OlderLink, NoSuchLink."""
    return links.open_for_safety(dependencies(), token, page().request_context.now)


def is_known(application: Application) -> bool:
    """Whether this browser may see what was written: it answered today, or there is nothing to ask."""
    return has_answered(application) or question_of(application) is None


def has_answered(application: Application) -> bool:
    """Whether it answered today, or is where the answer was first written: without, no file is shown."""
    cookies, now = page().request_context.request.cookies, page().request_context.now
    return g.get("answered") == application["_id"] or links.has_token(
        dependencies(), application, links.KNOWN, cookies, now
    )


def question_of(application: Application) -> str | None:
    """What is asked; raises NoSuchLink where what was known of them is erased."""
    try:
        return links.second_question(dependencies(), application)
    except Unreadable:
        raise NoSuchLink() from None


def remember(application: Application) -> None:
    """This browser need not answer again today: it did, or it is where the answer was first written."""
    g.answered = application["_id"]
    _give(application, links.KNOWN)


def fault_of(opened: links.OpenedLink, typed: str) -> str | None:
    """What is expected instead of an answer; None where it is right, which the browser remembers."""
    result = links.check_answer(
        dependencies(), opened, typed, page().request_context.address, page().request_context.now
    )
    if result != links.RIGHT:
        return EXPECTED[result]
    remember(opened.application)
    return None


def remember_written(before: Application, form: ApplicantData) -> None:
    """Once it is saved: this browser wrote what can be asked from now on, where nothing could be asked before."""
    if question_of(before) is None and rules.question(form) is not None:
        remember(before)


def check_known(token: str) -> Application:
    """The application, for what tells who it is; raises NotAsked where this browser did not answer, nor its form with it."""
    opened = opened_by(token)
    application, typed = opened.application, g.get("typed")
    answers = typed.values.poplist(ANSWER) if typed else []
    if answers:
        typed.tree.pop(ANSWER, None)
    if is_known(application):
        return application
    fault = fault_of(opened, answers[0]) if answers else None
    if fault or not answers:
        raise NotAsked(application, fault)
    return application


def begin_here(application: Application) -> None:
    """For the browser where it is begun, and all that is known of it was typed."""
    _give(application, links.OPENED)
    _give(application, links.KNOWN)


def _give(application: Application, kind: str) -> None:
    now, cookies = page().request_context.now, page().request_context.request.cookies
    g.setdefault("link_cookies", {})[kind] = links.cookie(dependencies(), application, kind, now, cookies)


def _with_cookies(answer: Response) -> Response:
    for name, value in g.get("link_cookies", {}).values():
        answer.set_cookie(
            name, value, int(WORKING_DAY.total_seconds()), path="/", secure=page().secure, httponly=True, samesite="Lax"
        )
    return answer


def _held() -> Document:
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
    return show("training/public/no_link.html", error.status, older=older, **_held())


def _not_asked(error: NotAsked) -> Response:
    asked, held = question_of(error.application), _held()
    fault = page().shell.catalogue.expected(page().reader.language, error.fault) if error.fault else None
    return show(
        "training/public/held.html",
        error.status,
        question=asked,
        fault=fault,
        answer_field=ANSWER,
        **held,
    )


def behind_links(blp: PageBlueprint) -> PageBlueprint:
    """The same blueprint: its pages give browsers what they show later, and say why a link opens nothing."""
    blp.after_request(_with_cookies)
    blp.register_error_handler(NoSuchLink, _no_link)
    blp.register_error_handler(NotAsked, _not_asked)
    return blp
