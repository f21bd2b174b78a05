"""Responses to rejected forms: filled again with its faults, shown as a conflict, or stored on a page until it can be sent again.

No typed value is lost. Not here: error pages (shared/ui/failing.py).
"""

import inspect
import json
from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any

from flask import Response, request
from werkzeug.datastructures import FileStorage

from shared.errors import Refusal, VersionDiffers
from shared.ui.arrivals import SIGN_IN, TOKEN_COOKIE, NotAdmitted
from shared.ui.failing import AGAIN
from shared.ui.flash import flash
from shared.ui.inputs import query_of
from shared.ui.merging import merged, snapshot
from shared.ui.refusals import Change, Clash, Form, Refused
from shared.ui.shell import Page
from shared.ui.showing import go, show
from shared.ui.typed import Typed
from shared.web.access import plan_of
from shared.web.answers import to_response
from shared.web.body import file_digest
from shared.web.problems import answer_to


class OtherSession(Refusal):
    """The form was made for another sign-in; the person who is signed in now has to send it themselves."""

    status, slug, title = 401, "other-session", "Send the form again"

    def __init__(self) -> None:
        super().__init__("The form was made for another sign-in.")


def kept(error: Exception, now: Page, typed: Typed, files: bool) -> Response | None:
    """The page that stores what was typed, where the same form can be sent again; None where it cannot."""
    if isinstance(error, OtherSession):
        mode, status = "other", 401
    elif isinstance(error, NotAdmitted):
        mode, status = "session", 401
    else:
        problem = (
            answer_to(now.request_context, error, now.request_context.app_context.errors)
            if not isinstance(error, Refusal)
            else None
        )
        status = problem.status_code if problem else error.status  # type: ignore[attr-defined]
        mode = "away"
        if status not in AGAIN:
            return None
    fields = [*typed.values.items(multi=True), *((n, v) for n, v in typed.hidden.items() if n != "csrf")]
    whose = (
        now.request_context.app_context.authenticator.whose(now.request_context.request.cookies.get(TOKEN_COOKIE, ""))
        if mode == "session"
        else ""
    )
    told = {"mode": mode, "fields": fields, "action": now.address, "files": files, "sign_in": SIGN_IN, "whose": whose}
    told |= {"csrf": typed.hidden.get("csrf", ""), "open": _was_open(now, typed)}
    answer = show("shell/kept.html", status, **told)
    if status != 401:
        answer.headers["Retry-After"] = "5"
    return answer


def refused(
    error: Exception,
    now: Page,
    typed: Typed,
    again: Callable[[], Response] | None,
    tell: Callable[[int], Clash | None] | None,
    did: Callable[[Clash], Change | None],
) -> Response | None:
    """The form filled again, or the conflict; None where an error page is enough.

    `did` returns the change since that already did what the form would do.
    """
    problem = answer_to(now.request_context, error, now.request_context.app_context.errors)
    status = problem.status_code
    if isinstance(error, VersionDiffers):
        return _clash_response(now, typed, again, tell, did)
    if again is None or (status not in (401, 409, 422) and not hasattr(error, "errors")):
        return None
    members = json.loads(problem.get_data())
    now.refused = Refused(now.request_context.request.path, typed, _faults(now, typed, members.get("errors", ())))
    if not now.refused.faults:
        slug = members["type"].rpartition(":")[2]
        key = f"problem.{slug}"
        now.refused.general = [now.t(key if now.shell.catalogue.has(key) else f"wrong.{status}.title")]
    answer = again()
    if now.refused.faults and not now.refused.explained:
        now.refused.general = list(now.refused.faults.values())
        answer = again()
    answer.status_code = status
    return answer


def _clash_response(
    now: Page,
    typed: Typed,
    again: Callable[[], Response] | None,
    tell: Callable[[int], Clash | None] | None,
    did: Callable[[Clash], Change | None],
) -> Response:
    """The conflict where somebody else saved first: a note where the command is done already, else both sets of changes, merged by field."""
    seen = typed.hidden.get("version", "")
    clash = tell(int(seen)) if tell and seen.isdigit() else None
    done = did(clash) if clash else None
    words = typed.values.keys() - {"back"}
    if clash and done and not words:
        message = flash("clash.recorded", tone="note", who=done.who, what=done.what)
        return to_response(go(typed.values.get("back") or clash.theirs, message))
    form = _present_form(now, again)
    both = merged(typed.values, typed.hidden.get("seen", ""), form.shown if form else {})
    return show(
        "shell/clash.html",
        200 if done else 412,
        clash=clash,
        done=done,
        both=both,
        typed=list(typed.values.lists()),
        label=lambda name: form.labels.get(name) if form else None,
        worded=form.said if form else lambda _, values: ", ".join(values),
        seen=snapshot(form.shown) if form else None,
        action=now.address,
        open=_was_open(now, typed),
    )


def _present_form(now: Page, again: Callable[[], Response] | None) -> Form | None:
    """The form as the page renders it now, with the record's current values."""
    if again is None:
        return None
    now.forms.clear()
    again()
    return next((form for form in now.forms if form.path == now.request_context.request.path), None)


def _was_open(now: Page, typed: Typed) -> bool:
    """Whether the form had the token of forms that need no sign-in: then it gets such a token again."""
    return typed.hidden.get("csrf") == now.form_token


def _faults(now: Page, typed: Typed, errors: Any) -> dict[str, str]:
    told: dict[str, str] = {}
    for fault in errors:
        name = typed.field_of(fault["pointer"])
        words = now.shell.catalogue.expected(now.reader.language, fault["detail"])
        told[name] = f"{told[name]} {words}" if name in told else words
    return told


def page_again(view: Callable[..., Any], path: Mapping[str, Any]) -> Callable[[], Response]:
    """A function that renders the form's page, with the arguments of the form's path that the view takes."""

    def again() -> Response:
        given = taken(view, path)
        schema = plan_of(view).query
        if "query" in inspect.signature(view).parameters and schema is not None:
            given["query"] = query_of(schema, request.full_path)  # the query of the page, which its forms include
        answer: Response = view(**given)
        return answer

    return again


def clash_of(tell: Callable[..., Clash | None], path: Mapping[str, Any]) -> Callable[[int], Clash | None]:
    """A function that returns who changed what since the form's version, with the arguments of the path that `tell` takes."""
    return lambda since: tell(**taken(tell, path), since=since)


def recorded_by(
    event: Callable[..., str | None] | str | None, path: Mapping[str, Any]
) -> Callable[[Clash], Change | None]:
    """A function that returns the change that already did the form's command, found by the event that it publishes."""
    named = event(**taken(event, path)) if callable(event) else event
    return lambda clash: clash.recorded(named, list(path.values())) if named else None


def taken(function: Callable[..., Any], path: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a form's path that a function takes."""
    wanted = inspect.signature(function).parameters
    return {name: value for name, value in path.items() if name in wanted}


def sent_bytes(typed: Typed, files: Mapping[str, list[FileStorage]]) -> bytes:
    """A digest that distinguishes requests with the same key: of every field and every file's content."""
    digest = blake2b(digest_size=16)
    for name, value in sorted(typed.values.items(multi=True)):
        digest.update(f"{name}\0{value}\0".encode())
    for name, many in files.items():
        for file in many:
            digest.update(f"{name}\0{file_digest(file)}\0".encode())
    return digest.digest()
