"""Programmes: the public catalogue, and the commands that create, change, publish and close them."""

from typing import Any

from flask import Response

from services.training.actions import places, programmes
from services.training.current import dependencies
from services.training.rules.records.programmes import Programme
from services.training.schemas.requests import (
    CatalogueQuery,
    NewLimitSchema,
    NewProgrammeSchema,
    ProgrammeChangesSchema,
    ProgrammeListQuery,
)
from services.training.schemas.responses import LimitSchema, ProgrammeSchema, PublicProgrammeSchema
from shared.command_context import Answer
from shared.web.access import api_blueprint, public, query, returns, rights, takes
from shared.web.answers import respond
from shared.web.commands import command
from shared.web.lists import page, page_of
from shared.web.state import context

Document = dict[str, Any]
blp = api_blueprint("programmes", "training")


def _programme_response(record: Programme) -> Answer:
    return respond(record, ProgrammeSchema)


@blp.get("/catalogue")
@public()
@query(CatalogueQuery)
@returns(200, page(PublicProgrammeSchema))
def read_catalogue(query: Document) -> Answer:
    """List open programmes.

    Programmes that take applications, filtered by department, kind and language.
    """
    found = programmes.catalogue(dependencies(), query, context().now)
    return respond({"items": found}, page(PublicProgrammeSchema))


@blp.get("/catalogue/<programme_id>")
@public()
@returns(200, PublicProgrammeSchema)
def read_published(programme_id: str) -> Answer:
    """Get a published programme."""
    return respond(programmes.find_published(dependencies(), programme_id), PublicProgrammeSchema)


@blp.get("/programmes")
@rights("training", "chief", "reviewer")
@query(ProgrammeListQuery)
@returns(200, page(ProgrammeSchema))
def list_programmes(query: Document) -> Answer:
    """List programmes.

    The newest come first.
    """
    filters: Document = {name: query[name] for name in ("status", "kind") if name in query}
    return page_of(lambda window: programmes.list_programmes(dependencies(), filters, window), ProgrammeSchema, query)


@blp.post("/programmes")
@rights("training")
@takes(NewProgrammeSchema)
@returns(201, ProgrammeSchema)
def draft_programme(body: Document) -> Response:
    """Create a programme.

    As a draft that is not public yet.
    """
    return command(
        lambda context: programmes.create_programme(dependencies(), body, context),
        lambda new: respond(new, ProgrammeSchema, 201, f"/training/api/v1/programmes/{new['_id']}"),
    )


@blp.get("/programmes/<programme_id>")
@rights("training", "chief", "reviewer")
@returns(200, ProgrammeSchema)
def get_programme(programme_id: str) -> Answer:
    """Get a programme."""
    return _programme_response(programmes.find_programme(dependencies(), programme_id))


@blp.patch("/programmes/<programme_id>")
@rights("training")
@takes(ProgrammeChangesSchema)
@returns(200, ProgrammeSchema)
def update_programme(programme_id: str, body: Document) -> Response:
    """Update a programme.

    Only the fields sent are changed. A period cannot have fewer places than are taken.
    """
    return command(
        lambda context: programmes.update_programme(dependencies(), programme_id, body, context), _programme_response
    )


@blp.post("/programmes/<programme_id>/publish")
@rights("training")
@returns(200, ProgrammeSchema)
def publish(programme_id: str) -> Response:
    """Publish a programme.

    It is then open for applications.
    """
    return command(lambda context: programmes.publish(dependencies(), programme_id, context), _programme_response)


@blp.post("/programmes/<programme_id>/close")
@rights("training")
@returns(200, ProgrammeSchema)
def close(programme_id: str) -> Response:
    """Close a programme.

    It then takes no more applications.
    """
    return command(lambda context: programmes.close(dependencies(), programme_id, context), _programme_response)


@blp.post("/departments/<department>/places")
@rights("training")
@takes(NewLimitSchema)
@returns(200, LimitSchema)
def set_limit(department: str, body: Document) -> Response:
    """Set the limit of a department.

    The number of people per day over all programmes. People who already have a place keep it.
    """
    return command(
        lambda context: places.set_department_limit(dependencies(), department, body["per_day"], context),
        lambda saved: respond(saved, LimitSchema),
    )
