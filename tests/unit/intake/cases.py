"""Cases for tests of the rules: a case in any state, with visits in any states, and every command to try on them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from services.intake.rules import cases, visits
from services.intake.rules.next_action import next_action
from shared.events import Event

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
Decided = tuple[dict[str, Any], list[Event]]


def visit(status: str = "booked", number: int = 1, **more: Any) -> dict[str, Any]:
    start = NOW + timedelta(days=number)
    return {
        "id": f"visit-{number}",
        "status": status,
        "kind": "outpatient",
        "department": "cardiology",
        "start": start,
        "end": start + timedelta(hours=1),
        "place": None,
        "modality": "on_site",
        "interpreter": {},
        "on_demand": False,
        "rescheduled": 0,
    } | more


def case(status: str, *held: dict[str, Any], **more: Any) -> dict[str, Any]:
    made = {
        "_id": "case-1",
        "reference": "R-26-00001-X",
        "organization_id": "org-1",
        "agency_reference": "BKK-1",
        "status": status,
        "languages": [{"tag": "th", "level": "native"}],
        "interpreter": {},
        "request": {"department": "cardiology", "urgency": "routine"},
        "visits": list(held),
        "messages": [],
        "documents": [],
        "created_at": NOW,
    } | more
    return made | {"next": next_action(made)}


CASE_COMMANDS: dict[str, Callable[[dict[str, Any]], Decided]] = {
    "review": lambda c: cases.review(c, NOW),
    "accept": lambda c: cases.accept(c, NOW, "patient-1", None),
    "decline": lambda c: cases.decline(c, NOW, "no_capacity"),
    "request-information": lambda c: cases.request_information(c, NOW),
    "record-information": lambda c: cases.record_information(c, NOW),
    "information": lambda c: cases.give_information(c, NOW),
    "cancel": lambda c: cases.cancel(c, NOW, "travel", "patient"),
    "cancellation": lambda c: cases.ask_to_cancel(c, NOW, "travel"),
    "refuse-cancellation": lambda c: cases.refuse_cancellation(c, NOW),
    "complete": lambda c: cases.complete(c, NOW, "treated"),
    "reopen": lambda c: cases.reopen(c, NOW),
    "edit": lambda c: cases.edit(c, NOW, {"languages": [{"tag": "vi"}]}, ["languages"]),
    "message": lambda c: cases.post_message(c, NOW, {"id": "m", "sent_by": "agency"}),
    "document": lambda c: cases.attach(c, NOW, {"id": "d", "kind": "other", "visible_to": ["us"], "sent_by": "agency"}),
    "visits": lambda c: visits.book(c, NOW, visit(number=len(c["visits"]) + 1)),
}

VISIT_COMMANDS: dict[str, Callable[[dict[str, Any], str], Decided]] = {
    "reschedule": lambda c, v: visits.reschedule(c, NOW, v, NOW, NOW + timedelta(hours=1), "patient"),
    "cancel": lambda c, v: visits.cancel(c, NOW, v, "travel", "patient"),
    "arrive": lambda c, v: visits.arrive(c, NOW, v),
    "leave": lambda c, v: visits.leave(c, NOW, v),
    "complete": lambda c, v: visits.complete(c, NOW, v),
    "no-show": lambda c, v: visits.no_show(c, NOW, v),
    "correct-booked": lambda c, v: visits.correct(c, NOW, v, "booked"),
    "correct-arrived": lambda c, v: visits.correct(c, NOW, v, "arrived"),
    "correct-completed": lambda c, v: visits.correct(c, NOW, v, "completed"),
    "edit": lambda c, v: visits.update(c, NOW, v, {"place": "Building 2"}),
}
