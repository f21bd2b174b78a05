"""Programmes: what the world may read, and what the house enters, publishes and closes."""

from typing import Any

from flask import Response

from services.training.actions import programmes
from services.training.schemas.programmes import (
    CatalogueQuery,
    LimitSchema,
    LimitShownSchema,
    NewProgrammeSchema,
    ProgrammeChangesSchema,
    ProgrammeListQuery,
    ProgrammeSchema,
    PublicProgrammeSchema,
)
from shared.origin import Answer
from shared.web import (
    api_blueprint,
    command,
    origin,
    page,
    page_of,
    parts,
    public,
    query,
    respond,
    returns,
    rights,
    takes,
)

Document = dict[str, Any]
blp = api_blueprint("programmes", "training")


def _programme(record: Document) -> Answer:
    return respond(record, ProgrammeSchema)


@blp.get("/catalogue")
@public()
@query(CatalogueQuery)
@returns(200, page(PublicProgrammeSchema))
def read_catalogue(query: Document) -> Answer:
    """What is open to applications, by department, kind and language."""
    found = programmes.catalogue(parts(), query, origin().now)
    return respond({"items": found}, page(PublicProgrammeSchema))


@blp.get("/catalogue/<programme_id>")
@public()
@returns(200, PublicProgrammeSchema)
def read_published(programme_id: str) -> Answer:
    """One published programme."""
    return respond(programmes.find_published(parts(), programme_id), PublicProgrammeSchema)


@blp.get("/programmes")
@rights("training", "chief", "reviewer")
@query(ProgrammeListQuery)
@returns(200, page(ProgrammeSchema))
def list_programmes(query: Document) -> Answer:
    """Programmes, the newest first."""
    wanted: Document = {name: query[name] for name in ("status", "kind") if name in query}
    return page_of(lambda window: programmes.list_programmes(parts(), wanted, window), ProgrammeSchema, query)


@blp.post("/programmes")
@rights("training")
@takes(NewProgrammeSchema)
@returns(201, ProgrammeSchema)
def draft_programme(body: Document) -> Response:
    """A new programme, not yet to be seen."""
    return command(
        lambda origin: programmes.draft_programme(parts(), body, origin),
        lambda new: respond(new, ProgrammeSchema, 201, f"/training/api/v1/programmes/{new['_id']}"),
    )


@blp.get("/programmes/<programme_id>")
@rights("training", "chief", "reviewer")
@returns(200, ProgrammeSchema)
def get_programme(programme_id: str) -> Answer:
    """One programme."""
    return _programme(programmes.find_programme(parts(), programme_id))


@blp.patch("/programmes/<programme_id>")
@rights("training")
@takes(ProgrammeChangesSchema)
@returns(200, ProgrammeSchema)
def update_programme(programme_id: str, body: Document) -> Response:
    """Changes some of it; a period has no fewer places than are taken."""
    return command(lambda origin: programmes.update_programme(parts(), programme_id, body, origin), _programme)


@blp.post("/programmes/<programme_id>/publish")
@rights("training")
@returns(200, ProgrammeSchema)
def publish(programme_id: str) -> Response:
    """Opens it to applications."""
    return command(lambda origin: programmes.publish(parts(), programme_id, origin), _programme)


@blp.post("/programmes/<programme_id>/close")
@rights("training")
@returns(200, ProgrammeSchema)
def close(programme_id: str) -> Response:
    """Takes no applications any more."""
    return command(lambda origin: programmes.close(parts(), programme_id, origin), _programme)


@blp.post("/departments/<department>/places")
@rights("training")
@takes(LimitSchema)
@returns(200, LimitShownSchema)
def set_limit(department: str, body: Document) -> Response:
    """How many people a department takes on a day, over all programmes; who is there stays."""
    return command(
        lambda origin: programmes.set_limit(parts(), department, body["per_day"], origin),
        lambda saved: respond(saved, LimitShownSchema),
    )
