"""Access to an application behind a signed link, and the pages shown where there is none.

Nothing that was typed is lost: a page that rejects a form includes it, to be sent again once the newest link is open, or together
with the answer of the identity check. Not here: the pages themselves (applicant.py, applicant_commands.py).
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
ANSWER_FIELD = "identity_answer"
"""The field of the answer in a form that is sent again."""
ANSWER_FAULTS = {
    links.WRONG: "expected what was written in the application",
    links.TOO_MANY: "expected to wait an hour: too many answers were given",
}


class IdentityCheckRequired(Forbidden):
    """This browser has not passed the identity check; `fault` is set where an answer was rejected."""

    def __init__(self, application: Application, fault: str | None = None) -> None:
        super().__init__("Expected the answer of the identity check.")
        self.application, self.fault = application, fault


def open_link(token: str) -> Application:
    """Returns the application and gives this browser access for today. Raises OlderLink, NoSuchLink."""
    return resolve_link(token).application


def resolve_link(token: str) -> links.OpenedLink:
    """Does the same and also tells which link it was."""
    now = page().request_context.now
    link = links.open_link(dependencies(), token, now, page().request_context.request.cookies)
    if link.newest:
        _set_cookie(link.application, links.OPENED)
    return link


def open_for_safety(token: str) -> Application:
    """Returns the application for the safety check. Raises OlderLink, NoSuchLink."""
    return links.open_for_safety(dependencies(), token, page().request_context.now)


def is_identified(application: Application) -> bool:
    """Tells whether this browser may see the answers: it passed the check today, or there is nothing to ask."""
    return has_passed_check(application) or identity_question(application) is None


def has_passed_check(application: Application) -> bool:
    """Tells whether this browser passed the check today or entered the data itself; without that no file is shown."""
    cookies, now = page().request_context.request.cookies, page().request_context.now
    return g.get("answered") == application["_id"] or links.has_token(
        dependencies(), application, links.KNOWN, cookies, now
    )


def identity_question(application: Application) -> str | None:
    """Returns what the check asks; raises NoSuchLink where the personal data are erased."""
    try:
        return links.second_question(dependencies(), application)
    except Unreadable:
        raise NoSuchLink() from None


def remember_identified(application: Application) -> None:
    """Marks this browser as identified for today."""
    g.answered = application["_id"]
    _set_cookie(application, links.KNOWN)


def answer_fault(link: links.OpenedLink, typed: str) -> str | None:
    """Returns the fault of an answer; None where it is right, and then this browser is remembered."""
    result = links.check_answer(dependencies(), link, typed, page().request_context.address, page().request_context.now)
    if result != links.RIGHT:
        return ANSWER_FAULTS[result]
    remember_identified(link.application)
    return None


def remember_author(before: Application, form: ApplicantData) -> None:
    """Marks this browser as identified where the saved form holds the first data that the check can ask for."""
    if identity_question(before) is None and rules.question(form) is not None:
        remember_identified(before)


def check_identified(token: str) -> Application:
    """Returns the application. Raises IdentityCheckRequired where neither this browser nor its form answered."""
    link = resolve_link(token)
    application, typed = link.application, g.get("typed")
    answers = typed.values.poplist(ANSWER_FIELD) if typed else []
    if answers:
        typed.tree.pop(ANSWER_FIELD, None)
    if is_identified(application):
        return application
    fault = answer_fault(link, answers[0]) if answers else None
    if fault or not answers:
        raise IdentityCheckRequired(application, fault)
    return application


def trust_browser(application: Application) -> None:
    """Gives access to the browser that started the application, where all its data were typed."""
    _set_cookie(application, links.OPENED)
    _set_cookie(application, links.KNOWN)


def _set_cookie(application: Application, kind: str) -> None:
    now, cookies = page().request_context.now, page().request_context.request.cookies
    g.setdefault("link_cookies", {})[kind] = links.cookie(dependencies(), application, kind, now, cookies)


def _with_cookies(answer: Response) -> Response:
    for name, value in g.get("link_cookies", {}).values():
        answer.set_cookie(
            name, value, int(WORKING_DAY.total_seconds()), path="/", secure=page().secure, httponly=True, samesite="Lax"
        )
    return answer


def _submitted_form() -> Document:
    """Returns the fields of the rejected form, for the page that includes it."""
    now, typed = page(), g.get("typed")
    if now.request_context.request.method != "POST" or typed is None:
        return {"fields": None}
    values = [*typed.values.items(multi=True), *((n, v) for n, v in typed.hidden.items() if n != "csrf")]
    return {
        "fields": values,
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
    question = identity_question(error.application)
    fault = page().shell.catalogue.expected(page().reader.language, error.fault) if error.fault else None
    return show(
        "training/public/identity_form.html",
        error.status,
        question=question,
        fault=fault,
        answer_field=ANSWER_FIELD,
        **_submitted_form(),
    )


def with_link_access(blp: PageBlueprint) -> PageBlueprint:
    """Returns the blueprint with the cookies of link access and the pages for links that open nothing."""
    blp.after_request(_with_cookies)
    blp.register_error_handler(NoSuchLink, _no_link)
    blp.register_error_handler(IdentityCheckRequired, _identity_required)
    return blp
