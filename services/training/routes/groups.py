"""Groups: a partner's nomination of several people for one period; each person gets an application."""

from typing import Any

from flask import Response

from services.training.actions import groups
from services.training.current import dependencies
from services.training.rules.records.groups import NewGroup
from services.training.schemas.requests import NewGroupSchema, NewPeopleSchema
from services.training.schemas.responses import GroupSchema
from shared.command_context import Answer
from shared.web.access import api_blueprint, returns, rights, takes
from shared.web.answers import respond
from shared.web.commands import command

Document = dict[str, Any]
blp = api_blueprint("groups", "training")


@blp.post("/groups")
@rights("training")
@takes(NewGroupSchema)
@returns(201, GroupSchema)
def nominate(body: NewGroup) -> Response:
    """Create a group.

    A nomination by a partner. People are added to it later.
    """
    return command(
        lambda context: groups.nominate(dependencies(), body, context),
        lambda new: respond(new, GroupSchema, 201, f"/training/api/v1/groups/{new['_id']}"),
    )


@blp.get("/groups/<group_id>")
@rights("training", "chief")
@returns(200, GroupSchema)
def get_group(group_id: str) -> Answer:
    """Get a group."""
    return respond(groups.find_group(dependencies(), group_id), GroupSchema)


@blp.post("/groups/<group_id>/people")
@rights("training")
@takes(NewPeopleSchema)
@returns(200, GroupSchema)
def add_people(group_id: str, body: Document) -> Response:
    """Add people to a group.

    All are added, or none. Each person gets a draft application, and its link by mail where there is an address.
    """
    return command(
        lambda context: groups.add_people(dependencies(), group_id, body["people"], context),
        lambda group: respond(group, GroupSchema),
    )
