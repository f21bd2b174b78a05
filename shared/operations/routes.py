"""The operators' API, made for each service by build_app: its status, failed events and actions on them, event traces."""

from typing import Any

from flask import Response

from shared.clock import rfc3339
from shared.mongo import Document
from shared.operations.console import STATES, Operations, action_entry, group_of
from shared.operations.schemas import (
    ActionReasonSchema,
    ActionSchema,
    DiscardGroupSchema,
    FailedEventDetailSchema,
    FailedEventSchema,
    FailedEventsQuery,
    OptionalActionReasonSchema,
    OverviewSchema,
    RedriveGroupSchema,
    TraceQuery,
    TraceSchema,
)
from shared.web.access import ApiBlueprint, api_blueprint, query, returns, rights, takes
from shared.web.answers import respond
from shared.web.commands import command
from shared.web.fields import Paged
from shared.web.lists import page, page_of
from shared.web.state import current_request

Body = dict[str, Any]
ROLE = "operator"


def operations_blueprint(operations: Operations) -> ApiBlueprint:
    """The blueprint under the service's `/api/v1/operations`."""
    blp = api_blueprint("operations", operations.settings.service)
    _questions(blp, operations)
    _actions_on_one(blp, operations)
    _actions_on_many(blp, operations)
    return blp


def _questions(blp: ApiBlueprint, operations: Operations) -> None:
    @blp.get("/operations")
    @rights(ROLE)
    @returns(200, OverviewSchema)
    def overview() -> Any:
        """Read the service status

        Processes, queues, what waits, which events failed and why.
        """
        return respond(operations.overview(), OverviewSchema)

    @blp.get("/operations/failed-events")
    @rights(ROLE)
    @query(FailedEventsQuery)
    @returns(200, page(FailedEventSchema))
    def list_failed_events(query: Body) -> Any:
        """List failed events

        Events that could not be handled yet, the oldest first.
        """
        filters: Document = {"state": {"$in": list(STATES[query["state"]])}}
        filters |= {name: query[name] for name in ("cause", "type") if name in query}
        return page_of(
            lambda window: operations.failed_events(filters, window),
            FailedEventSchema,
            query,
            lambda row: (rfc3339(row["deferred_at"]), row["id"]),
        )

    @blp.get("/operations/failed-events/<event_id>")
    @rights(ROLE)
    @returns(200, FailedEventDetailSchema)
    def read_failed_event(event_id: str) -> Any:
        """Read a failed event

        With its history; without anything personal.
        """
        return respond(operations.failed_event(event_id), FailedEventDetailSchema)

    @blp.get("/operations/history")
    @rights(ROLE)
    @query(Paged)
    @returns(200, page(ActionSchema))
    def history(query: Body) -> Any:
        """List operator actions

        Who did what, from where and why, the latest first.
        """
        return page_of(operations.history, ActionSchema, query, lambda entry: (rfc3339(entry["time"]), entry["id"]))

    @blp.get("/operations/events")
    @rights(ROLE)
    @query(TraceQuery)
    @returns(200, TraceSchema)
    def events(query: Body) -> Any:
        """Trace a case or an event

        What this service published, consumed, deferred and sent of it.
        """
        subjects = query["subjects"].split(",") if "subjects" in query else []
        return respond(operations.trace(query.get("case_id"), query.get("event_id"), subjects), TraceSchema)


def _actions_on_one(blp: ApiBlueprint, operations: Operations) -> None:
    @blp.post("/operations/failed-events/<event_id>/redrive")
    @rights(ROLE)
    @takes(OptionalActionReasonSchema)
    @returns(200, ActionSchema)
    def redrive(event_id: str, body: Body) -> Response:
        """Redrive a failed event

        It is handed to this service again, under the same id.
        """
        return _run(operations, body, lambda operator: operations.redrive(event_id, operator))

    @blp.post("/operations/failed-events/<event_id>/discard")
    @rights(ROLE)
    @takes(ActionReasonSchema)
    @returns(200, ActionSchema)
    def discard(event_id: str, body: Body) -> Response:
        """Discard a failed event

        Those behind it continue. It can be restored.
        """
        return _run(operations, body, lambda operator: operations.discard(event_id, operator))

    @blp.post("/operations/failed-events/<event_id>/restore")
    @rights(ROLE)
    @takes(OptionalActionReasonSchema)
    @returns(200, ActionSchema)
    def restore(event_id: str, body: Body) -> Response:
        """Restore a discarded event"""
        return _run(operations, body, lambda operator: operations.restore(event_id, operator))

    @blp.post("/operations/failed-events/<event_id>/note")
    @rights(ROLE)
    @takes(ActionReasonSchema)
    @returns(200, ActionSchema)
    def note(event_id: str, body: Body) -> Response:
        """Add a remark to a failed event"""
        return _run(operations, body, lambda operator: operations.note(event_id, operator))


def _actions_on_many(blp: ApiBlueprint, operations: Operations) -> None:
    @blp.post("/operations/redrive")
    @rights(ROLE)
    @takes(RedriveGroupSchema)
    @returns(200, ActionSchema)
    def redrive_group(body: Body) -> Response:
        """Redrive failed events

        Those of one cause, or all.
        """
        which = _group(body) if "cause" in body else {}
        return _run(operations, body, lambda operator: operations.redrive_group(which, operator))

    @blp.post("/operations/discard")
    @rights(ROLE)
    @takes(DiscardGroupSchema)
    @returns(200, ActionSchema)
    def discard_group(body: Body) -> Response:
        """Discard failed events

        Those of one cause, exactly as many as were seen.
        """
        return _run(operations, body, lambda operator: operations.discard_group(_group(body), body["count"], operator))


def _group(body: Body) -> Document:
    return group_of(body["cause"], *([body["type"]] if "type" in body else []))


def _run(operations: Operations, body: Body, run: Any) -> Response:
    """Runs one action; the answer is its audit entry."""
    source = current_request().address
    return command(
        lambda context: run(operations.command(context, source, body.get("reason"))),
        lambda act: respond(action_entry(act), ActionSchema),
    )
