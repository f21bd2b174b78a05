"""The roster of interpreters: coordinators register and change them, the front desk reads them."""

from typing import Any

from flask import Response

from services.interpreting.actions import interpreters
from services.interpreting.current import dependencies
from services.interpreting.rules.records import Interpreter, InterpreterChanges, NewInterpreter
from services.interpreting.schemas.requests import (
    InterpreterChangesSchema,
    InterpreterListQuery,
    NewInterpreterSchema,
)
from services.interpreting.schemas.responses import InterpreterPageSchema, InterpreterSchema
from shared.command_context import Answer
from shared.web.access import api_blueprint, query, returns, rights, takes
from shared.web.answers import respond
from shared.web.commands import command
from shared.web.lists import page_of

Document = dict[str, Any]
blp = api_blueprint("roster", "interpreting")


def _to_response(record: Interpreter) -> Answer:
    return respond(record, InterpreterSchema)


def _to_created_response(record: Interpreter) -> Answer:
    return respond(record, InterpreterSchema, 201, f"/interpreting/api/v1/interpreters/{record['_id']}")


@blp.post("/interpreters")
@rights("coordinator")
@takes(NewInterpreterSchema)
@returns(201, InterpreterSchema)
def register_interpreter(body: NewInterpreter) -> Response:
    """Register an interpreter.

    Japanese is implied.
    """
    return command(
        lambda context: interpreters.register_interpreter(dependencies(), body, context), _to_created_response
    )


@blp.get("/interpreters")
@rights("coordinator", "front_desk")
@query(InterpreterListQuery)
@returns(200, InterpreterPageSchema)
def list_interpreters(query: Document) -> Answer:
    """List interpreters.

    In order of registration.
    """
    active, language, modality = query.get("active"), query.get("language"), query.get("modality")
    return page_of(
        lambda window: interpreters.list_interpreters(dependencies(), active, language, modality, window),
        InterpreterSchema,
        query,
    )


@blp.get("/interpreters/<interpreter_id>")
@rights("coordinator", "front_desk")
@returns(200, InterpreterSchema)
def get_interpreter(interpreter_id: str) -> Answer:
    """Read an interpreter."""
    return _to_response(interpreters.find_interpreter(dependencies(), interpreter_id))


@blp.patch("/interpreters/<interpreter_id>")
@rights("coordinator")
@takes(InterpreterChangesSchema)
@returns(200, InterpreterSchema)
def update_interpreter(interpreter_id: str, body: InterpreterChanges) -> Response:
    """Update an interpreter.

    Fields that are not given stay as they are. Confirmed bookings that no longer fit are matched again within seconds.
    """
    return command(
        lambda context: interpreters.update_interpreter(dependencies(), interpreter_id, body, context), _to_response
    )
