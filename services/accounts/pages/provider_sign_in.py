"""Sign-in at the hospital's OpenID Connect provider. It starts with a link, since the form-action policy forbids leaving by a form."""

from typing import Any

from flask import Response, request

from services.accounts.actions.provider_sign_in import begin_provider_sign_in, finish_provider_sign_in, has_provider
from services.accounts.current import dependencies
from services.accounts.pages.cookies import client
from services.accounts.pages.sign_in import signed_in
from services.accounts.rules.provider import NotKnownHere
from services.accounts.schemas.forms import CallbackQuery, NextQuery
from shared.errors import NotFound
from shared.ui.arrivals import safe_next
from shared.ui.blueprint import pages_blueprint
from shared.ui.shell import page, t
from shared.ui.showing import go, show
from shared.web.access import public, query
from shared.web.answers import to_response
from shared.web.state import current_request

COOKIE, PATH = "imc_provider", "/accounts/oidc"
blp = pages_blueprint("accounts", __file__)


@blp.get("/oidc/start")
@public()
@query(NextQuery)
def start(query: dict[str, Any]) -> Response:
    """Redirect to the provider; an encrypted cookie holds the state to compare the callback with."""
    if not has_provider(dependencies()):
        raise NotFound
    url, sealed = begin_provider_sign_in(dependencies(), safe_next(query["next"]))
    answer = to_response(go(url))
    answer.set_cookie(COOKIE, sealed, max_age=600, path=PATH, secure=page().secure, httponly=True, samesite="Lax")
    return answer


@blp.get("/oidc/callback")
@public()
@query(CallbackQuery)
def callback(query: dict[str, Any]) -> Response:
    """Finish the sign-in after the provider's redirect."""
    sealed, cause = request.cookies.get(COOKIE, ""), current_request().request_id
    try:
        session, next_path = finish_provider_sign_in(
            dependencies(), sealed, query["state"], query["code"], client(), cause
        )
    except NotKnownHere:
        return show("accounts/sign_in.html", 401, next="", oidc=True, error=t("problem.not-known-here"))
    answer = signed_in(session, safe_next(next_path))
    answer.delete_cookie(COOKIE, path=PATH)
    return answer
