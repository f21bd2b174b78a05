"""Availability, for coordinators and the front desk: a day by interpreter, and the next times at which an interpreter is free."""

from datetime import date
from typing import Any

from services.interpreting.actions import availability
from services.interpreting.current import dependencies
from services.interpreting.schemas.requests import DayQuery, SlotQuery, SlotQueryFields, slot_search
from services.interpreting.schemas.responses import InterpreterDaySchema, SlotsSchema
from shared.command_context import Answer
from shared.web.access import api_blueprint, query, returns, rights
from shared.web.answers import respond
from shared.web.lists import page, page_of

Document = dict[str, Any]
blp = api_blueprint("planning", "interpreting")


@blp.get("/days")
@rights("coordinator", "front_desk")
@query(DayQuery)
@returns(200, page(InterpreterDaySchema))
def list_days(query: Document) -> Answer:
    """List a day by interpreter.

    On duty, absent, booked, travelling and free times of each interpreter.
    """
    day = date.fromisoformat(query["date"])
    language, modality = query.get("language"), query.get("modality")
    return page_of(
        lambda window: availability.list_days(dependencies(), day, language, modality, window),
        InterpreterDaySchema,
        query,
    )


@blp.get("/free-slots")
@rights("coordinator", "front_desk")
@query(SlotQuery)
@returns(200, SlotsSchema)
def free_slots(query: SlotQueryFields) -> Answer:
    """Find free time slots.

    The next times at which an interpreter for the language is free, and how many are.
    """
    found = availability.find_free_slots(dependencies(), slot_search(query), query["limit"])
    return respond({"items": found}, SlotsSchema)
