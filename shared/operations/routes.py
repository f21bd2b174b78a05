"""The operators' API, made for each service by build_app: how it stands, kept events and what is done with them, a case's way."""

from typing import Any

from flask import Response

from shared.clock import rfc3339
from shared.mongo import Document
from shared.operations.desk import STATES, Operations, act_shown, group_of
from shared.operations.schemas import (
    ActReasonSchema,
    ActSchema,
    ActWhySchema,
    DiscardGroupSchema,
    KeptEventSchema,
    KeptQuery,
    KeptSchema,
    OverviewSchema,
    RedriveGroupSchema,
    WayQuery,
    WaySchema,
)
from shared.web.answers import respond
from shared.web.commands import command
from shared.web.door import ApiBlueprint, api_blueprint, query, returns, rights, takes
from shared.web.fields import Paged
from shared.web.lists import page, page_of
from shared.web.state import ask

Body = dict[str, Any]
ROLE = "operator"


def operations_blueprint(operations: Operations) -> ApiBlueprint:
    """Under the service's `/api/v1/operations`."""
    blp = api_blueprint("operations", operations.settings.service)
    _questions(blp, operations)
    _acts_on_one(blp, operations)
    _acts_on_many(blp, operations)
    return blp


def _questions(blp: ApiBlueprint, operations: Operations) -> None:
    @blp.get("/operations")
    @rights(ROLE)
    @returns(200, OverviewSchema)
    def overview() -> Any:
        """How this service stands: processes, queues, what waits, what is parked and why."""
        return respond(operations.overview(), OverviewSchema)

    @blp.get("/operations/kept")
    @rights(ROLE)
    @query(KeptQuery)
    @returns(200, page(KeptSchema))
    def list_kept(query: Body) -> Any:
        """Events that could not be handled yet, the one kept longest first."""
        filters: Document = {"state": {"$in": list(STATES[query["state"]])}}
        filters |= {name: query[name] for name in ("cause", "type") if name in query}
        return page_of(
            lambda window: operations.kept(filters, window),
            KeptSchema,
            query,
            lambda row: (rfc3339(row["held_at"]), row["id"]),
        )

    @blp.get("/operations/kept/<event_id>")
    @rights(ROLE)
    @returns(200, KeptEventSchema)
    def read_kept(event_id: str) -> Any:
        """One of them, with its history; without anything personal."""
        return respond(operations.kept_event(event_id), KeptEventSchema)

    @blp.get("/operations/history")
    @rights(ROLE)
    @query(Paged)
    @returns(200, page(ActSchema))
    def history(query: Body) -> Any:
        """Who did what, from where and why, the latest first."""
        return page_of(operations.history, ActSchema, query, lambda act: (rfc3339(act["time"]), act["id"]))

    @blp.get("/operations/events")
    @rights(ROLE)
    @query(WayQuery)
    @returns(200, WaySchema)
    def events(query: Body) -> Any:
        """A case's or one event's way through this service: said, heard, waiting, parked, notices made."""
        subjects = query["subjects"].split(",") if "subjects" in query else []
        return respond(operations.way(query.get("case_id"), query.get("event_id"), subjects), WaySchema)


def _acts_on_one(blp: ApiBlueprint, operations: Operations) -> None:
    @blp.post("/operations/kept/<event_id>/redrive")
    @rights(ROLE)
    @takes(ActWhySchema)
    @returns(200, ActSchema)
    def redrive(event_id: str, body: Body) -> Response:
        """Hands a parked event again to this service, under the same id."""
        return _act(operations, body, lambda hand: operations.redrive(event_id, hand))

    @blp.post("/operations/kept/<event_id>/discard")
    @rights(ROLE)
    @takes(ActReasonSchema)
    @returns(200, ActSchema)
    def discard(event_id: str, body: Body) -> Response:
        """Gives a parked event up; those behind it go on. Restorable."""
        return _act(operations, body, lambda hand: operations.discard(event_id, hand))

    @blp.post("/operations/kept/<event_id>/restore")
    @rights(ROLE)
    @takes(ActWhySchema)
    @returns(200, ActSchema)
    def restore(event_id: str, body: Body) -> Response:
        """Parks a discarded event again."""
        return _act(operations, body, lambda hand: operations.restore(event_id, hand))

    @blp.post("/operations/kept/<event_id>/note")
    @rights(ROLE)
    @takes(ActReasonSchema)
    @returns(200, ActSchema)
    def note(event_id: str, body: Body) -> Response:
        """Writes a remark into a kept event's history."""
        return _act(operations, body, lambda hand: operations.note(event_id, hand))


def _acts_on_many(blp: ApiBlueprint, operations: Operations) -> None:
    @blp.post("/operations/redrive")
    @rights(ROLE)
    @takes(RedriveGroupSchema)
    @returns(200, ActSchema)
    def redrive_group(body: Body) -> Response:
        """Hands parked events of one cause, or all, again to this service."""
        which = _group(body) if "cause" in body else {}
        return _act(operations, body, lambda hand: operations.redrive_group(which, hand))

    @blp.post("/operations/discard")
    @rights(ROLE)
    @takes(DiscardGroupSchema)
    @returns(200, ActSchema)
    def discard_group(body: Body) -> Response:
        """Gives parked events of one cause up, exactly as many as were seen."""
        return _act(operations, body, lambda hand: operations.discard_group(_group(body), body["count"], hand))


def _group(body: Body) -> Document:
    return group_of(body["cause"], *([body["type"]] if "type" in body else []))


def _act(operations: Operations, body: Body, run: Any) -> Response:
    """One act; its answer is what the history keeps of it."""
    source = ask().address
    return command(
        lambda origin: run(operations.hand(origin, source, body.get("reason"))),
        lambda act: respond(act_shown(act), ActSchema),
    )
