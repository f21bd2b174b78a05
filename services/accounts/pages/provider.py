"""To the hospital's OpenID Connect provider and back. Links, not forms: a form's policy would forbid the way there."""

from typing import Any

from flask import Response, request
from marshmallow import fields, validate

from services.accounts import actions
from services.accounts.current import dependencies
from services.accounts.pages.cookies import visit
from services.accounts.pages.forms import NextQuery
from services.accounts.pages.sign_in import entered
from services.accounts.rules.provider import NotKnownHere
from shared.errors import NotFound
from shared.ui.arrivals import safe_next
from shared.ui.blueprint import pages_blueprint
from shared.ui.shell import page, t
from shared.ui.showing import go, show
from shared.web.access import public, query
from shared.web.answers import to_response
from shared.web.fields import Schema
from shared.web.state import current_request

COOKIE, PATH = "imc_provider", "/accounts/oidc"
blp = pages_blueprint("accounts", __file__)


class CallbackQuery(Schema):
    """What the provider sends back; what else it sends is not looked at."""

    class Meta:
        unknown = "exclude"

    state = fields.String(load_default="", validate=validate.Length(max=200))
    code = fields.String(load_default="", validate=validate.Length(max=4000))


@blp.get("/oidc/start")
@public()
@query(NextQuery)
def start(query: dict[str, Any]) -> Response:
    """Leads to the provider; what comes back is checked against a sealed cookie."""
    if not actions.has_provider(dependencies()):
        raise NotFound
    url, carried = actions.begin_at_provider(dependencies(), safe_next(query["next"]))
    answer = to_response(go(url))
    answer.set_cookie(COOKIE, carried, max_age=600, path=PATH, secure=page().secure, httponly=True, samesite="Lax")
    return answer


@blp.get("/oidc/callback")
@public()
@query(CallbackQuery)
def callback(query: dict[str, Any]) -> Response:
    """The end of a sign-in at the provider."""
    carried, back = request.cookies.get(COOKIE, ""), (query["state"], query["code"])
    try:
        opened, way = actions.end_at_provider(dependencies(), carried, *back, visit(), current_request().request_id)
    except NotKnownHere:
        return show("accounts/sign_in.html", 401, next="", oidc=True, wrong=t("problem.not-known-here"))
    answer = entered(opened, safe_next(way))
    answer.delete_cookie(COOKIE, path=PATH)
    return answer
