"""API keys of an organization, for staff. Only the response that issues a key shows it in clear."""

from typing import Any

from flask import Response

from services.partners.actions import keys as actions
from services.partners.actions.organizations import get_organization
from services.partners.current import dependencies
from services.partners.routes.organizations import rows_after
from services.partners.rules import keys as rules
from services.partners.rules.keys import KeyView, NewKey
from services.partners.rules.records import Organization
from services.partners.schemas.requests import NewKeySchema
from services.partners.schemas.responses import IssuedKeySchema, KeySchema
from shared.command_context import Answer
from shared.web.access import api_blueprint, query, returns, rights, takes
from shared.web.answers import respond, to_response
from shared.web.commands import command
from shared.web.fields import Paged
from shared.web.lists import page, page_of
from shared.web.state import context

Body = dict[str, Any]
PATIENCE_SECONDS = 1.0  # how long a revocation waits for the broker before it is answered as pending
blp = api_blueprint("API keys", "partners")


@blp.get("/organizations/<organization_id>/keys")
@rights("partners")
@query(Paged)
@returns(200, page(KeySchema))
def list_keys(organization_id: str, query: Body) -> Any:
    """List API keys.

    All keys ever issued, without their secret part.
    """
    found = actions.list_keys(dependencies(), organization_id, context().now)
    return page_of(lambda window: rows_after(found, "key_id", window), KeySchema, query, lambda row: (row["key_id"],))


@blp.post("/organizations/<organization_id>/keys")
@rights("partners")
@takes(NewKeySchema)
@returns(201, IssuedKeySchema)
def issue_key(organization_id: str, body: Body) -> Response:
    """Issue an API key.

    A live key. The answer shows it once. At most two keys are live at a time.
    """
    new = NewKey.generate()
    terms = {name: body.get(name) for name in ("scopes", "expires_at")}
    return command(
        lambda context: actions.issue_key(dependencies(), organization_id, context, new=new, **terms),
        lambda organization: _issued(organization, new),
    )


@blp.post("/organizations/<organization_id>/keys/<key_id>/rotate")
@rights("partners")
@returns(201, IssuedKeySchema)
def rotate_key(organization_id: str, key_id: str) -> Response:
    """Rotate an API key.

    Issues a key with the same scopes. The answer shows it once. The old key stays live until it is revoked.
    """
    new = NewKey.generate()
    return command(
        lambda context: actions.rotate_key(dependencies(), organization_id, key_id, context, new),
        lambda organization: _issued(organization, new),
    )


@blp.post("/organizations/<organization_id>/keys/<key_id>/revoke")
@rights("partners")
@returns(200, KeySchema)
@returns(
    202,
    KeySchema,
    description="Revoked here. The broker is away; the other services receive the revocation when it returns",
)
def revoke_key(organization_id: str, key_id: str) -> Response:
    """Revoke an API key.

    Effective here at once, and in every service within a second of a 200.
    """
    answer = command(
        lambda context: actions.revoke_key(dependencies(), organization_id, key_id, context),
        lambda organization: _response(organization, key_id),
    )
    if actions.wait_until_published(dependencies(), organization_id, key_id, PATIENCE_SECONDS):
        return answer
    pending = _response(get_organization(dependencies(), organization_id), key_id, 202)
    return to_response(pending, replayed="Idempotency-Replayed" in answer.headers)


def _issued(organization: Any, new: NewKey) -> Answer:
    """The response with the new key in clear, rendered from the organization when it is saved."""
    where = f"/partners/api/v1/organizations/{organization['_id']}/keys"
    issued = {**_view(organization, new.id), "key": new.key}
    return respond(issued, IssuedKeySchema, 201, where, version=organization["version"])


def _response(organization: Organization, key_id: str, status: int = 200) -> Answer:
    view = _view(organization, key_id)
    if status == 202:
        view["status"] = "pending"
    return respond(view, KeySchema, status, version=organization["version"])


def _view(organization: Organization, key_id: str) -> KeyView:
    return rules.to_response(rules.key_of(organization, key_id), context().now)
