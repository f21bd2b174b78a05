"""Self-service of an agency by API key: it reads its organization and manages its webhook endpoints."""

from typing import Any

from flask import Response

from services.partners.actions import webhooks as actions
from services.partners.actions.organizations import get_organization
from services.partners.current import dependencies
from services.partners.routes.organizations import rows_after
from services.partners.rules import webhooks as rules
from services.partners.rules.records import Organization
from services.partners.rules.webhooks import NewSecret
from services.partners.schemas.requests import NewEndpointSchema
from services.partners.schemas.responses import EndpointSchema, NewEndpointAnswerSchema, OwnOrganizationSchema
from shared.command_context import Answer
from shared.web.access import api_blueprint, query, returns, rights, takes
from shared.web.answers import nothing, respond
from shared.web.commands import command
from shared.web.fields import Paged
from shared.web.lists import page, page_of
from shared.web.state import caller

Body = dict[str, Any]
WHERE = "/partners/api/v1/organizations/me/webhooks"
blp = api_blueprint("own organization", "partners")


def _own_id() -> str:
    """Returns the id of the organization that the API key belongs to."""
    return caller().organization_id or ""


@blp.get("/organizations/me")
@rights(agency="organization:read")
@returns(200, OwnOrganizationSchema)
def read_own() -> Any:
    """Read your organization.

    The organization that the API key belongs to.
    """
    return respond(get_organization(dependencies(), _own_id()), OwnOrganizationSchema)


@blp.get("/organizations/me/webhooks")
@rights(agency="organization:read")
@query(Paged)
@returns(200, page(EndpointSchema))
def list_own_endpoints(query: Body) -> Any:
    """List your webhook endpoints.

    Without their secrets.
    """
    found = actions.list_endpoints(dependencies(), _own_id())
    return page_of(lambda window: rows_after(found, "id", window), EndpointSchema, query, lambda row: (row["id"],))


@blp.post("/organizations/me/webhooks")
@rights(agency="webhooks:write")
@takes(NewEndpointSchema)
@returns(201, NewEndpointAnswerSchema)
def add_endpoint(body: Body) -> Response:
    """Add a webhook endpoint.

    Messages about the given events are sent to this https address. The answer shows the secret once.
    """
    new = NewSecret.generate()
    return command(
        lambda context: actions.add_endpoint(dependencies(), _own_id(), **body, context=context, new=new),
        lambda organization: _secret_response(organization, new, 201),
    )


@blp.get("/organizations/me/webhooks/<endpoint_id>")
@rights(agency="organization:read")
@returns(200, EndpointSchema)
def read_endpoint(endpoint_id: str) -> Any:
    """Read a webhook endpoint.

    Without its secret.
    """
    return _response(get_organization(dependencies(), _own_id()), endpoint_id)


@blp.delete("/organizations/me/webhooks/<endpoint_id>")
@rights(agency="webhooks:write")
@returns(204, None)
def delete_endpoint(endpoint_id: str) -> Response:
    """Delete a webhook endpoint.

    Nothing is sent to it any more.
    """
    return command(
        lambda context: actions.delete_endpoint(dependencies(), _own_id(), endpoint_id, context),
        lambda organization: nothing(),
    )


@blp.post("/organizations/me/webhooks/<endpoint_id>/disable")
@rights(agency="webhooks:write")
@returns(200, EndpointSchema)
def disable_endpoint(endpoint_id: str) -> Response:
    """Disable a webhook endpoint.

    Nothing is sent to it until it is enabled again.
    """
    return command(
        lambda context: actions.disable_endpoint(dependencies(), _own_id(), endpoint_id, context),
        lambda organization: _response(organization, endpoint_id),
    )


@blp.post("/organizations/me/webhooks/<endpoint_id>/enable")
@rights(agency="webhooks:write")
@returns(200, EndpointSchema)
def enable_endpoint(endpoint_id: str) -> Response:
    """Enable a webhook endpoint."""
    return command(
        lambda context: actions.enable_endpoint(dependencies(), _own_id(), endpoint_id, context),
        lambda organization: _response(organization, endpoint_id),
    )


@blp.post("/organizations/me/webhooks/<endpoint_id>/rotate-secret")
@rights(agency="webhooks:write")
@returns(200, NewEndpointAnswerSchema)
def rotate_secret(endpoint_id: str) -> Response:
    """Rotate a webhook endpoint's secret.

    The answer shows the new secret once. For 24 hours, messages are signed with the old secret too.
    """
    new = NewSecret.generate(endpoint_id)
    return command(
        lambda context: actions.rotate_secret(dependencies(), _own_id(), endpoint_id, context, new),
        lambda organization: _secret_response(organization, new, 200),
    )


def _response(organization: Organization, endpoint_id: str) -> Answer:
    endpoint = rules.to_response(rules.endpoint_of(organization, endpoint_id))
    return respond(endpoint, EndpointSchema, version=organization["version"])


def _secret_response(organization: Organization, new: NewSecret, status: int) -> Answer:
    """The response with the new secret in clear."""
    endpoint = rules.to_response(rules.endpoint_of(organization, new.id))
    where = f"{WHERE}/{new.id}" if status == 201 else None
    with_secret = {**endpoint, "secret": new.secret}
    return respond(with_secret, NewEndpointAnswerSchema, status, where, version=organization["version"])
