"""The way in, through and out: sign-in, renewal of tokens, sign-out, and how pages are to look before anybody is known."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from flask import Response

from services.accounts import actions
from services.accounts.current import dependencies
from services.accounts.pages.cookies import forget, keep, recognize, remember, session_secret, visit
from services.accounts.pages.forms import EnrolForm, LanguageForm, LookForm, NextQuery, RenewForm, SignInForm
from services.accounts.pages.qr import qr_code
from services.accounts.rules.sessions import SessionOver
from services.accounts.rules.sign_in import NotEnrolled, SignInRefused
from shared.ui.arrivals import SIGN_IN, safe_next
from shared.ui.blueprint import pages_blueprint, takes_form
from shared.ui.navigation import home_for
from shared.ui.reader import LANGUAGE_COOKIE, LOOK_COOKIE
from shared.ui.shell import page
from shared.ui.showing import go, show
from shared.web.access import public, query, rights
from shared.web.answers import to_response
from shared.web.state import caller, context, current_request

Form = dict[str, Any]
blp = pages_blueprint("accounts", __file__)


@blp.get("/")
@rights("*")
def home() -> Any:
    """Where somebody with these roles begins the day."""
    return go(home_for(caller().roles))


@blp.get("/sign-in")
@public()
@query(NextQuery)
def sign_in_page(query: Form) -> Any:
    """Name, password and code; whoever is signed in goes on."""
    if caller().id:
        return go(safe_next(query["next"]) or home_for(caller().roles))
    return show("accounts/sign_in.html", next=query["next"], oidc=actions.has_provider(dependencies()), wrong=None)


@blp.post("/sign-in")
@public()
@takes_form(SignInForm, page=sign_in_page)
def sign_in(form: Form) -> Response:
    """A new session; one the browser had before is over."""
    way = safe_next(form.pop("next"))
    try:
        opened = actions.open_session(dependencies(), **form, visit=visit(), cause=current_request().request_id)
    except NotEnrolled as first:
        return _enrolment(actions.begin_enrolment(dependencies(), first.account_id), way or "")
    return entered(opened, way)


def enrol_page() -> Response:
    """The same QR code again, where the form came back."""
    refused = page().refused
    if refused is None:
        raise SignInRefused
    typed = refused.typed.values
    return _enrolment(typed.get("enrolment", ""), typed.get("next", ""), typed.get("offered", ""))


def _enrolment(enrolment: str, way: str, sealed: str | None = None) -> Response:
    """Whoever comes for the first time makes the second factor: a QR code, and its first code back."""
    account, secret, offered = actions.offered(dependencies(), enrolment, sealed)
    told: Form = {"picture": qr_code(account["username"], secret), "secret": secret, "offered": offered}
    return show("accounts/enrol.html", enrolment=enrolment, next=way, **told)


@blp.post("/enrol")
@public()
@takes_form(EnrolForm, page=enrol_page)
def enrol(form: Form) -> Response:
    """The first code of the new device opens the first session."""
    told = (form["enrolment"], form["offered"], form["new_code"])
    return entered(actions.enrol(dependencies(), *told, visit(), current_request().request_id), safe_next(form["next"]))


def entered(opened: actions.Opened, way: str | None) -> Response:
    """In, with cookies of its own, and pages in the person's own language."""
    actions.sign_out(dependencies(), session_secret(), current_request().request_id)
    answer = recognize(keep(to_response(go(way or home_for(opened.account["roles"]))), opened, new=True), opened)
    return remember(answer, LANGUAGE_COOKIE, _language_of(opened.account))


def _language_of(account: Form) -> str:
    """The person's own; who never chose one reads on as they did so far, and is written to in it."""
    language = page().reader.language
    if account.get("language_chosen", True):
        return str(account["language"])
    actions.change_language(
        dependencies(), account["_id"], language, replace(context(), actor=f"account:{account['_id']}")
    )
    return language


@blp.get("/renew")
@public()
@query(NextQuery)
def renew_page(query: Form) -> Response:
    """On the way to a page: another token, or the sign-in. Somebody is at the keyboard, or a page would not be asked for."""
    way = safe_next(query["next"])
    try:
        opened = actions.renew(dependencies(), session_secret(), 0.0, current_request().address)
    except SessionOver:
        return forget(to_response(go(f"{SIGN_IN}?{_next(way)}" if way else SIGN_IN)))
    return keep(to_response(go(way or home_for(opened.account["roles"]))), opened)


@blp.post("/renew")
@public()
@takes_form(RenewForm)
def renew(form: Form) -> Response:
    """For a script: 204 with another token, or 401."""
    return keep(
        Response(status=204), actions.renew(dependencies(), session_secret(), form["idle"], current_request().address)
    )


@blp.post("/sign-out")
@public()
@takes_form()
def sign_out() -> Response:
    """Ends this browser's session; its tokens are void everywhere."""
    actions.sign_out(dependencies(), session_secret(), current_request().request_id)
    return forget(to_response(go(SIGN_IN)))


@blp.get("/signed-in")
@rights("*")
def signed_in_page() -> Response:
    """The end of a sign-in in a window of its own: the page that waits for it hears of it."""
    return show("accounts/signed_in.html")


@blp.post("/language")
@public()
@takes_form(LanguageForm)
def choose_language(form: Form) -> Response:
    """For this browser, and for the person where one is signed in: notices come in it too."""
    if caller().id:
        actions.change_language(dependencies(), caller().id, form["language"], context())
    return remember(_back(form), LANGUAGE_COOKIE, form["language"])


@blp.post("/look")
@public()
@takes_form(LookForm)
def choose_look(form: Form) -> Response:
    """Light, dark, or as the device has it; for this browser."""
    return remember(_back(form), LOOK_COOKIE, form["look"])


def _back(form: Form) -> Response:
    return to_response(go(safe_next(form["next"]) or "/accounts/"))


def _next(way: str) -> str:
    return urlencode({"next": way})
