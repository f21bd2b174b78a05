"""What is everybody's own: who they are here, password, device, recovery codes, sessions."""

from typing import Any

from flask import Response

from services.accounts import actions
from services.accounts.current import dependencies
from services.accounts.pages.cookies import keep, visit
from services.accounts.pages.forms import DeviceForm, PasswordForm, ProofForm
from services.accounts.pages.qr import qr_code
from shared.ui.blueprint import pages_blueprint, takes_form
from shared.ui.commands import submit
from shared.ui.flash import said
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
    """Who somebody is here, and where they are signed in."""
    account, sessions = actions.account(dependencies(), caller().id), actions.sessions_of(dependencies(), caller().id)
    left, since = actions.recovery_left(account)
    departments = actions.department_names(dependencies(), account["departments"], page().reader.language)
    return show("accounts/me.html", account=account, departments=departments, sessions=sessions, left=left, since=since)


@blp.get("/me/password")
@rights("*")
def password_page() -> Response:
    """Another password."""
    return show("accounts/password.html")


@blp.post("/me/password")
@rights("*")
@takes_form(PasswordForm, page=password_page)
def change_password(form: Form) -> Response:
    """Ends all sessions; this browser gets a new one at once."""
    id_ = caller().id
    answer = submit(
        lambda context: actions.change_own_password(dependencies(), id_, **form, context=context),
        lambda _: go(ME, said("me.password_changed")),
    )
    return _anew(answer)


@blp.get("/me/device")
@rights("*")
def device_page() -> Response:
    """A QR code for another device; the same again where the form came back."""
    refused = page().refused
    if refused:
        sealed = refused.typed.values.get("offered", "")
        secret = actions.opened_secret(dependencies(), caller().id, sealed)
    else:
        secret, sealed = actions.offered_secret(dependencies(), caller().id)
    username = actions.account(dependencies(), caller().id)["username"]
    return show("accounts/device.html", picture=qr_code(username, secret), secret=secret, offered=sealed)


@blp.post("/me/device")
@rights("*")
@takes_form(DeviceForm, page=device_page)
def change_device(form: Form) -> Response:
    """The new device counts from now on; ends all sessions, this browser gets a new one."""
    id_ = caller().id
    answer = submit(
        lambda context: actions.change_device(dependencies(), id_, **form, context=context),
        lambda _: go(ME, said("me.device_changed")),
    )
    return _anew(answer)


@blp.get("/me/recovery-codes")
@rights("*")
def recovery_page() -> Response:
    """Ten codes for the day the device is lost."""
    left, since = actions.recovery_left(actions.account(dependencies(), caller().id))
    return show("accounts/recovery.html", codes=None, left=left, since=since)


@blp.post("/me/recovery-codes")
@rights("*")
@takes_form(ProofForm, page=recovery_page)
def new_recovery_codes(form: Form) -> Response:
    """Shown on this page and never again: so it is the answer itself, not a page after it, and is kept nowhere."""
    codes = actions.new_recovery_codes(dependencies(), caller().id, **form, context=context())
    return show("accounts/recovery.html", codes=codes, left=len(codes), since=None)


@blp.post("/me/sessions/<session_id>/end")
@rights("*")
@takes_form(page=me)
def end_session(session_id: str) -> Response:
    """Ends one of one's own sessions, wherever it is."""
    return submit(
        lambda context: actions.end_session(dependencies(), caller().id, session_id, context),
        lambda _: go(ME, said("me.session_ended")),
    )


@blp.post("/me/sessions/end")
@rights("*")
@takes_form(page=me)
def end_all_sessions() -> Response:
    """Ends all of one's own sessions but a new one in this browser."""
    answer = submit(
        lambda context: actions.end_all_sessions(dependencies(), caller().id, context),
        lambda _: go(ME, said("me.sessions_ended")),
    )
    return _anew(answer)


def _anew(answer: Response) -> Response:
    """A session in place of the one that ended with all others."""
    return keep(answer, actions.begin_again(dependencies(), caller().id, visit()), new=True)
