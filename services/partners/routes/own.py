"""Self-service of an agency by API key: it reads its organization and manages its webhook endpoints."""

from typing import Any

from flask import Response

from services.partners import actions
from services.partners.current import dependencies
from services.partners.routes.organizations import after
from services.partners.rules.webhooks import FreshSecret
from services.partners.schemas.organizations import (
    EndpointSchema,
    NewEndpointAnswerSchema,
    NewEndpointSchema,
    OwnOrganizationSchema,
)
from shared.command_context import Answer
from shared.web.access import api_blueprint, query, returns, rights, takes
from shared.web.answers import nothing, respond
from shared.web.commands import command
from shared.web.fields import Paged
from shared.web.lists import page, page_of
from shared.web.state import caller

Body = dict[str, Any]
WHERE = "/partners/api/v1/organizations/me/webhooks"
own = api_blueprint("own organization", "partners")


def _mine() -> str:
    return caller().organization_id or ""


@own.get("/organizations/me")
@rights(agency="organization:read")
@returns(200, OwnOrganizationSchema)
def read_own() -> Any:
    """Read your organization.

    The organization that the API key belongs to.
    """
    return respond(actions.organization_of(dependencies(), _mine()), OwnOrganizationSchema)


@own.get("/organizations/me/webhooks")
@rights(agency="organization:read")
@query(Paged)
@returns(200, page(EndpointSchema))
def list_own_endpoints(query: Body) -> Any:
    """List your webhook endpoints.

    Without their secrets.
    """
    found = actions.endpoints_of(dependencies(), _mine())
    return page_of(lambda window: after(found, "id", window), EndpointSchema, query, lambda row: (row["id"],))


@own.post("/organizations/me/webhooks")
@rights(agency="webhooks:write")
@takes(NewEndpointSchema)
@returns(201, NewEndpointAnswerSchema)
def add_endpoint(body: Body) -> Response:
    """Add a webhook endpoint.

    Messages about the given events are sent to this https address. The answer shows the secret once.
    """
    fresh = FreshSecret.made()
    return command(
        lambda context: actions.add_endpoint(dependencies(), _mine(), **body, context=context, fresh=fresh),
        lambda organization: _with_secret(organization, fresh, 201),
    )


@own.get("/organizations/me/webhooks/<endpoint_id>")
@rights(agency="organization:read")
@returns(200, EndpointSchema)
def read_endpoint(endpoint_id: str) -> Any:
    """Read a webhook endpoint.

    Without its secret.
    """
    return _shown(actions.organization_of(dependencies(), _mine()), endpoint_id)


@own.delete("/organizations/me/webhooks/<endpoint_id>")
@rights(agency="webhooks:write")
@returns(204, None)
def delete_endpoint(endpoint_id: str) -> Response:
    """Delete a webhook endpoint.

    Nothing is sent to it any more.
    """
    return command(
        lambda context: actions.delete_endpoint(dependencies(), _mine(), endpoint_id, context),
        lambda organization: nothing(),
    )


@own.post("/organizations/me/webhooks/<endpoint_id>/disable")
@rights(agency="webhooks:write")
@returns(200, EndpointSchema)
def disable_endpoint(endpoint_id: str) -> Response:
    """Disable a webhook endpoint.

    Nothing is sent to it until it is enabled again.
    """
    return command(
        lambda context: actions.disable_endpoint(dependencies(), _mine(), endpoint_id, context),
        lambda organization: _shown(organization, endpoint_id),
    )


@own.post("/organizations/me/webhooks/<endpoint_id>/enable")
@rights(agency="webhooks:write")
@returns(200, EndpointSchema)
def enable_endpoint(endpoint_id: str) -> Response:
    """Enable a webhook endpoint."""
    return command(
        lambda context: actions.enable_endpoint(dependencies(), _mine(), endpoint_id, context),
        lambda organization: _shown(organization, endpoint_id),
    )


@own.post("/organizations/me/webhooks/<endpoint_id>/rotate-secret")
@rights(agency="webhooks:write")
@returns(200, NewEndpointAnswerSchema)
def rotate_secret(endpoint_id: str) -> Response:
    """Rotate a webhook endpoint's secret.

    The answer shows the new secret once. For 24 hours, messages are signed with the old secret too.
    """
    fresh = FreshSecret.made(endpoint_id)
    return command(
        lambda context: actions.rotate_secret(dependencies(), _mine(), endpoint_id, context, fresh),
        lambda organization: _with_secret(organization, fresh, 200),
    )


def _shown(organization: Body, endpoint_id: str) -> Answer:
    endpoint = actions.endpoint_as_shown(actions.endpoint_of(organization, endpoint_id))
    return respond(endpoint, EndpointSchema, version=organization["version"])


def _with_secret(organization: Body, fresh: FreshSecret, status: int) -> Answer:
    endpoint = actions.endpoint_as_shown(actions.endpoint_of(organization, fresh.id))
    where = f"{WHERE}/{fresh.id}" if status == 201 else None
    shown = endpoint | {"secret": fresh.secret}
    return respond(shown, NewEndpointAnswerSchema, status, where, version=organization["version"])
