"""Sign-in, renewal of tokens, sign-out, and display preferences of a browser without a signed-in person."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from flask import Response

from services.accounts.actions import enrolment, sessions
from services.accounts.actions.accounts import change_language
from services.accounts.actions.provider_sign_in import has_provider
from services.accounts.actions.sessions import BrowserSession
from services.accounts.current import dependencies
from services.accounts.pages.cookies import (
    clear_session,
    client,
    session_secret,
    set_device,
    set_preference,
    set_session,
)
from services.accounts.pages.qr import qr_code
from services.accounts.rules.records import Account
from services.accounts.rules.sessions import SessionOver
from services.accounts.rules.sign_in import NotEnrolled, SignInRefused
from services.accounts.schemas.forms import EnrolForm, LanguageForm, LookForm, NextQuery, RenewForm, SignInForm
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
    """Redirect to the home page of the person's role."""
    return go(home_for(caller().roles))


@blp.get("/sign-in")
@public()
@query(NextQuery)
def sign_in_page(query: Form) -> Any:
    """The sign-in form; a person who is signed in already is redirected."""
    if caller().id:
        return go(safe_next(query["next"]) or home_for(caller().roles))
    return show("accounts/sign_in.html", next=query["next"], oidc=has_provider(dependencies()), error=None)


@blp.post("/sign-in")
@public()
@takes_form(SignInForm, page=sign_in_page)
def sign_in(form: Form) -> Response:
    """Start a session; the browser's earlier session ends."""
    next_path = safe_next(form.pop("next"))
    try:
        session = sessions.open_session(dependencies(), **form, client=client(), cause=current_request().request_id)
    except NotEnrolled as first:
        return _enrolment_page(enrolment.begin_enrolment(dependencies(), first.account_id), next_path or "")
    return signed_in(session, next_path)


def enrol_page() -> Response:
    """The enrolment form with the same QR code, after it was rejected."""
    refused = page().refused
    if refused is None:
        raise SignInRefused
    typed = refused.typed.values
    return _enrolment_page(typed.get("enrolment", ""), typed.get("next", ""), typed.get("sealed_secret", ""))


def _enrolment_page(state: str, next_path: str, sealed: str | None = None) -> Response:
    """The form of a first sign-in: a QR code for the second factor, and a field for its first code."""
    account, secret, sealed_secret = enrolment.enrolment_secret(dependencies(), state, sealed)
    picture = qr_code(account["username"], secret)
    return show(
        "accounts/enrol.html",
        enrolment=state,
        next=next_path,
        picture=picture,
        secret=secret,
        sealed_secret=sealed_secret,
    )


@blp.post("/enrol")
@public()
@takes_form(EnrolForm, page=enrol_page)
def enrol(form: Form) -> Response:
    """Set the second factor with its first code and start the first session."""
    next_path = safe_next(form.pop("next"))
    session = enrolment.enrol(dependencies(), **form, client=client(), cause=current_request().request_id)
    return signed_in(session, next_path)


def signed_in(session: BrowserSession, next_path: str | None) -> Response:
    """The redirect after a sign-in, with the session's cookies and the person's language."""
    sessions.sign_out(dependencies(), session_secret(), current_request().request_id)
    redirect = to_response(go(next_path or home_for(session.account["roles"])))
    answer = set_device(set_session(redirect, session, new=True), session)
    return set_preference(answer, LANGUAGE_COOKIE, _language_of(session.account))


def _language_of(account: Account) -> str:
    """Returns the person's language. A person who never chose one gets that of the pages so far, for notices too."""
    language = page().reader.language
    if account.get("language_chosen", True):
        return account["language"]
    change_language(dependencies(), account["_id"], language, replace(context(), actor=f"account:{account['_id']}"))
    return language


@blp.get("/renew")
@public()
@query(NextQuery)
def renew_page(query: Form) -> Response:
    """Renew the token on the way to a page, or redirect to the sign-in. A request for a page is activity of the person."""
    next_path = safe_next(query["next"])
    try:
        session = sessions.renew(dependencies(), session_secret(), 0.0, current_request().address)
    except SessionOver:
        return clear_session(to_response(go(f"{SIGN_IN}?{_next(next_path)}" if next_path else SIGN_IN)))
    return set_session(to_response(go(next_path or home_for(session.account["roles"]))), session)


@blp.post("/renew")
@public()
@takes_form(RenewForm)
def renew(form: Form) -> Response:
    """Renew the token, for a script: 204 with a new token, or 401."""
    session = sessions.renew(dependencies(), session_secret(), form["idle"], current_request().address)
    return set_session(Response(status=204), session)


@blp.post("/sign-out")
@public()
@takes_form()
def sign_out() -> Response:
    """End the browser's session; its tokens become void everywhere."""
    sessions.sign_out(dependencies(), session_secret(), current_request().request_id)
    return clear_session(to_response(go(SIGN_IN)))


@blp.get("/signed-in")
@rights("*")
def signed_in_page() -> Response:
    """The last page of a sign-in in its own window, which notifies the waiting page."""
    return show("accounts/signed_in.html")


@blp.post("/language")
@public()
@takes_form(LanguageForm)
def choose_language(form: Form) -> Response:
    """Set the language of this browser, and of the signed-in person's notices."""
    if caller().id:
        change_language(dependencies(), caller().id, form["language"], context())
    return set_preference(_back(form), LANGUAGE_COOKIE, form["language"])


@blp.post("/look")
@public()
@takes_form(LookForm)
def choose_look(form: Form) -> Response:
    """Set light, dark, or the device's own colours for this browser."""
    return set_preference(_back(form), LOOK_COOKIE, form["look"])


def _back(form: Form) -> Response:
    return to_response(go(safe_next(form["next"]) or "/accounts/"))


def _next(path: str) -> str:
    return urlencode({"next": path})
