"""API keys of an organization, for staff. Only the answer that issues a key shows it in clear."""

from typing import Any

from flask import Response

from services.partners import actions
from services.partners.current import dependencies
from services.partners.routes.organizations import after
from services.partners.rules.keys import FreshKey
from services.partners.schemas.organizations import IssuedKeySchema, KeySchema, NewKeySchema
from shared.command_context import Answer
from shared.web.access import api_blueprint, query, returns, rights, takes
from shared.web.answers import respond, to_response
from shared.web.commands import command
from shared.web.fields import Paged
from shared.web.lists import page, page_of
from shared.web.state import context

Body = dict[str, Any]
PATIENCE_SECONDS = 1.0  # how long a revocation waits for the broker before it is answered as pending
keys = api_blueprint("API keys", "partners")


@keys.get("/organizations/<organization_id>/keys")
@rights("partners")
@query(Paged)
@returns(200, page(KeySchema))
def list_keys(organization_id: str, query: Body) -> Any:
    """List API keys.

    All keys ever issued, without their secret part.
    """
    found = actions.keys_of(dependencies(), organization_id, context().now)
    return page_of(lambda window: after(found, "key_id", window), KeySchema, query, lambda row: (row["key_id"],))


@keys.post("/organizations/<organization_id>/keys")
@rights("partners")
@takes(NewKeySchema)
@returns(201, IssuedKeySchema)
def issue_key(organization_id: str, body: Body) -> Response:
    """Issue an API key.

    A live key. The answer shows it once. At most two keys are live at a time.
    """
    fresh = FreshKey.made()
    terms = {name: body.get(name) for name in ("scopes", "expires_at")}
    return command(
        lambda context: actions.issue_key(dependencies(), organization_id, context, fresh=fresh, **terms),
        lambda organization: _issued(organization, fresh),
    )


@keys.post("/organizations/<organization_id>/keys/<key_id>/rotate")
@rights("partners")
@returns(201, IssuedKeySchema)
def rotate_key(organization_id: str, key_id: str) -> Response:
    """Rotate an API key.

    Issues a key with the same scopes. The answer shows it once. The old key stays live until it is revoked.
    """
    fresh = FreshKey.made()
    return command(
        lambda context: actions.rotate_key(dependencies(), organization_id, key_id, context, fresh),
        lambda organization: _issued(organization, fresh),
    )


@keys.post("/organizations/<organization_id>/keys/<key_id>/revoke")
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
        lambda organization: _shown(organization, key_id),
    )
    if actions.was_said(dependencies(), organization_id, key_id, PATIENCE_SECONDS):
        return answer
    pending = _shown(actions.organization_of(dependencies(), organization_id), key_id, 202)
    return to_response(pending, replayed="Idempotency-Replayed" in answer.headers)


def _issued(organization: Body, fresh: FreshKey) -> Answer:
    where = f"/partners/api/v1/organizations/{organization['_id']}/keys"
    shown = _as_shown(organization, fresh.id) | {"key": fresh.key}
    return respond(shown, IssuedKeySchema, 201, where, version=organization["version"])


def _shown(organization: Body, key_id: str, status: int = 200) -> Answer:
    shown = _as_shown(organization, key_id) | ({"status": "pending"} if status == 202 else {})
    return respond(shown, KeySchema, status, version=organization["version"])


def _as_shown(organization: Body, key_id: str) -> Body:
    return actions.key_as_shown(actions.key_of(organization, key_id), context().now)
