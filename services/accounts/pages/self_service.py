"""Self-service of a signed-in person: profile, password, device, recovery codes, sessions."""

from typing import Any

from flask import Response

from services.accounts.actions import credentials, sessions
from services.accounts.actions.accounts import get_account
from services.accounts.actions.departments import department_names
from services.accounts.current import dependencies
from services.accounts.pages.cookies import client, set_session
from services.accounts.pages.qr import qr_code
from services.accounts.schemas.forms import DeviceForm, PasswordForm, ProofForm
from shared.ui.blueprint import pages_blueprint, takes_form
from shared.ui.commands import submit
from shared.ui.flash import flash
from shared.ui.shell import page
from shared.ui.showing import go, show
from shared.web.access import rights
from shared.web.state import caller, context

Form = dict[str, Any]
ME = "/accounts/me"
blp = pages_blueprint("accounts", __file__)


@blp.get("/me")
@rights("*")
def me() -> Response:
    """The person's profile and sessions."""
    account = get_account(dependencies(), caller().id)
    unused, since = credentials.unused_recovery_codes(account)
    return show(
        "accounts/me.html",
        account=account,
        departments=department_names(dependencies(), account["departments"], page().reader.language),
        sessions=sessions.list_sessions(dependencies(), caller().id),
        unused=unused,
        since=since,
    )


@blp.get("/me/password")
@rights("*")
def password_page() -> Response:
    """The form for another password."""
    return show("accounts/password.html")


@blp.post("/me/password")
@rights("*")
@takes_form(PasswordForm, page=password_page)
def change_password(form: Form) -> Response:
    """Change the password, end all sessions and start a new one in this browser."""
    id_ = caller().id
    answer = submit(
        lambda context: credentials.change_own_password(dependencies(), id_, **form, context=context),
        lambda _: go(ME, flash("me.password_changed")),
    )
    return _with_new_session(answer)


@blp.get("/me/device")
@rights("*")
def device_page() -> Response:
    """The QR code for another device; the same code if the form was rejected."""
    refused = page().refused
    if refused:
        sealed = refused.typed.values.get("sealed_secret", "")
        secret = credentials.open_totp_secret(dependencies(), caller().id, sealed)
    else:
        secret, sealed = credentials.new_totp_secret(dependencies(), caller().id)
    username = get_account(dependencies(), caller().id)["username"]
    return show("accounts/device.html", picture=qr_code(username, secret), secret=secret, sealed_secret=sealed)


@blp.post("/me/device")
@rights("*")
@takes_form(DeviceForm, page=device_page)
def change_device(form: Form) -> Response:
    """Change the device, end all sessions and start a new one in this browser."""
    id_ = caller().id
    answer = submit(
        lambda context: credentials.change_device(dependencies(), id_, **form, context=context),
        lambda _: go(ME, flash("me.device_changed")),
    )
    return _with_new_session(answer)


@blp.get("/me/recovery-codes")
@rights("*")
def recovery_page() -> Response:
    """The form for ten recovery codes, which replace a lost device."""
    unused, since = credentials.unused_recovery_codes(get_account(dependencies(), caller().id))
    return show("accounts/recovery.html", codes=None, unused=unused, since=since)


@blp.post("/me/recovery-codes")
@rights("*")
@takes_form(ProofForm, page=recovery_page)
def new_recovery_codes(form: Form) -> Response:
    """Show ten new recovery codes in this response only: it does not redirect, so that they are stored nowhere in clear."""
    codes = credentials.new_recovery_codes(dependencies(), caller().id, **form, context=context())
    return show("accounts/recovery.html", codes=codes, unused=len(codes), since=None)


@blp.post("/me/sessions/<session_id>/end")
@rights("*")
@takes_form(page=me)
def end_session(session_id: str) -> Response:
    """End one of the person's own sessions."""
    return submit(
        lambda context: sessions.end_session(dependencies(), caller().id, session_id, context),
        lambda _: go(ME, flash("me.session_ended")),
    )


@blp.post("/me/sessions/end")
@rights("*")
@takes_form(page=me)
def end_all_sessions() -> Response:
    """End all of the person's own sessions and start a new one in this browser."""
    answer = submit(
        lambda context: sessions.end_all_sessions(dependencies(), caller().id, context),
        lambda _: go(ME, flash("me.sessions_ended")),
    )
    return _with_new_session(answer)


def _with_new_session(answer: Response) -> Response:
    """Returns the response with a new session, since the current one has ended with all others."""
    return set_session(answer, sessions.restart_session(dependencies(), caller().id, client()), new=True)
