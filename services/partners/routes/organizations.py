"""Organizations, for staff."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from flask import Response

from services.partners.actions import organizations as actions
from services.partners.actions import webhooks
from services.partners.actions.activity import activity_of
from services.partners.current import dependencies
from services.partners.rules.records import Organization, OrganizationChanges, OrganizationFilters
from services.partners.schemas.requests import (
    ActivityQuery,
    NewOrganizationSchema,
    OrganizationChangesSchema,
    OrganizationListQuery,
    ReasonSchema,
)
from services.partners.schemas.responses import ActivitySchema, EndpointSchema, OrganizationSchema
from shared.command_context import CommandContext
from shared.paging import Window
from shared.web.access import api_blueprint, query, returns, rights, takes
from shared.web.answers import respond
from shared.web.commands import command
from shared.web.fields import Paged
from shared.web.lists import page, page_of

Body = dict[str, Any]
Row = TypeVar("Row", bound=Mapping[str, Any])
blp = api_blueprint("organizations", "partners")


def _command(change: Callable[[CommandContext], Organization]) -> Response:
    """Runs a command whose response is the organization."""
    return command(change, lambda organization: respond(organization, OrganizationSchema))


@blp.get("/organizations")
@rights("partners")
@query(OrganizationListQuery)
@returns(200, page(OrganizationSchema))
def list_organizations(query: OrganizationFilters) -> Any:
    """List organizations.

    Filters: status, kind and name.
    """
    return page_of(lambda window: actions.find_organizations(dependencies(), query, window), OrganizationSchema, query)


@blp.post("/organizations")
@rights("partners")
@takes(NewOrganizationSchema)
@returns(201, OrganizationSchema)
def register_organization(body: Body) -> Response:
    """Register an organization.

    It is prospective until it is activated.
    """
    return command(
        lambda context: actions.register_organization(dependencies(), **body, context=context),
        lambda new: respond(new, OrganizationSchema, 201, f"/partners/api/v1/organizations/{new['_id']}"),
    )


@blp.get("/organizations/<organization_id>")
@rights("partners")
@returns(200, OrganizationSchema)
def read_organization(organization_id: str) -> Any:
    """Read an organization."""
    return respond(actions.get_organization(dependencies(), organization_id), OrganizationSchema)


@blp.patch("/organizations/<organization_id>")
@rights("partners")
@takes(OrganizationChangesSchema)
@returns(200, OrganizationSchema)
def change_organization(organization_id: str, body: OrganizationChanges) -> Response:
    """Update an organization.

    Its name, kinds, country or contacts.
    """
    return _command(lambda context: actions.change_organization(dependencies(), organization_id, body, context))


@blp.post("/organizations/<organization_id>/activate")
@rights("partners")
@returns(200, OrganizationSchema)
def activate(organization_id: str) -> Response:
    """Activate an organization.

    It can refer patients from now on.
    """
    return _command(lambda context: actions.activate(dependencies(), organization_id, context))


@blp.post("/organizations/<organization_id>/suspend")
@rights("partners")
@takes(ReasonSchema)
@returns(200, OrganizationSchema)
def suspend(organization_id: str, body: Body) -> Response:
    """Suspend an organization.

    Its API keys stop working until it is activated again.
    """
    return _command(lambda context: actions.suspend(dependencies(), organization_id, body["reason"], context))


@blp.post("/organizations/<organization_id>/close")
@rights("partners")
@takes(ReasonSchema)
@returns(200, OrganizationSchema)
def close(organization_id: str, body: Body) -> Response:
    """Close an organization.

    Its API keys are revoked and its webhook endpoints deleted.
    """
    return _command(lambda context: actions.close(dependencies(), organization_id, body["reason"], context))


@blp.get("/organizations/<organization_id>/webhooks")
@rights("partners")
@query(Paged)
@returns(200, page(EndpointSchema))
def list_endpoints(organization_id: str, query: Body) -> Any:
    """List an organization's webhook endpoints."""
    found = webhooks.list_endpoints(dependencies(), organization_id)
    return page_of(lambda window: rows_after(found, "id", window), EndpointSchema, query, lambda row: (row["id"],))


@blp.get("/organizations/<organization_id>/activity")
@rights("partners", "training", "chief")
@query(ActivityQuery)
@returns(200, ActivitySchema)
def read_activity(organization_id: str, query: Body) -> Any:
    """Read an organization's training activity.

    Trainees received and sent by agreement and year, and the balance.
    """
    return respond(activity_of(dependencies(), organization_id, query["by"]), ActivitySchema)


def rows_after(rows: Sequence[Row], field: str, window: Window) -> list[Row]:
    """Returns the rows of a page, from a list inside one record."""
    ordered = sorted(rows, key=lambda row: str(row[field]))
    start = window.after[0] if window.after else ""
    return [row for row in ordered if row[field] > start][: window.rows]
