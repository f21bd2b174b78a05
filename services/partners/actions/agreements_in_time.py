"""What the calendar does to agreements, as a timer: begins, ends and renews them, and tells their owners that the end draws near.

Every step is one save of its own, so that a killed run is taken up where it stopped.
"""

from datetime import datetime
from typing import Any

from services.partners.actions.agreement_moves import activate
from services.partners.actions.agreements import agreement_of, by_calendar, facts
from services.partners.dependencies import Dependencies
from services.partners.rules import agreement_days as days
from services.partners.rules.agreements import ACTIVE, SIGNED
from shared.command_context import CommandContext
from shared.errors import Refusal
from shared.events import Event
from shared.events.partners import AgreementExpiring
from shared.ids import new_id
from shared.outbox.records import StaleRecord

Document = dict[str, Any]
ACTOR = "timer:agreements"


def follow_calendar(deps: Dependencies, now: datetime) -> int:
    """Does what is due today, first what begins: an agreement that is followed in time is `renewed`, not `expired`.

    Returns how many agreements changed; who saved one meanwhile is left for the next run.
    """
    done, today = 0, deps.today(now)
    for status, step in ((SIGNED, activate), (ACTIVE, _go_on)):
        for agreement_id in deps.store.agreements.due(status, today):
            try:
                step(deps, agreement_id, CommandContext(now, ACTOR, new_id()))
                done += 1
            except (StaleRecord, Refusal):
                continue
    return done


def _go_on(deps: Dependencies, agreement_id: str, context: CommandContext) -> None:
    """Its end first; where that moved on, the new one's marks."""
    agreement, today = agreement_of(deps, agreement_id), deps.today(context.now)
    if agreement["status"] != ACTIVE:  # somebody was quicker
        return
    agreement, events = by_calendar(agreement, today)
    agreement, told = _told(agreement, today)
    if events or told:
        deps.store.agreements.save(agreement | {"updated_at": context.now}, [*events, *told], context)


def _told(agreement: Document, today: str) -> tuple[Document, list[Event]]:
    mark, passed = days.mark_of(agreement, today)
    if mark is None:
        return agreement, []
    said = days.with_days(agreement | {"marks_said": sorted([*agreement["marks_said"], *passed])})
    left = days.days_left(agreement, today)
    return said, [AgreementExpiring(**facts(said), days_left=left or 0, mark=mark)]
