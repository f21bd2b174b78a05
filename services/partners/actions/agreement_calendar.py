"""What happens to agreements by date, as a timer: it begins, ends and renews them, and reminds their owners of the end.

Every step is one save of its own, so that an interrupted run continues where it stopped.
"""

from datetime import datetime

from services.partners.actions.agreement_moves import activate
from services.partners.actions.agreements import apply_date, get_agreement
from services.partners.dependencies import Dependencies
from services.partners.rules import agreement_dates as dates
from services.partners.rules.agreements import ACTIVE, SIGNED
from services.partners.rules.event_data import agreement_data
from services.partners.rules.records import Agreement
from shared.command_context import CommandContext
from shared.errors import Refusal
from shared.events import Event
from shared.events.partners import AgreementExpiring
from shared.ids import new_id
from shared.outbox.records import StaleRecord

ACTOR = "timer:agreements"


def follow_calendar(deps: Dependencies, now: datetime) -> int:
    """Does what is due today, first what begins: an agreement with a successor in time is `renewed`, not `expired`.

    Returns how many agreements changed; one that is saved by another writer meanwhile is left for the next run.
    """
    done, today = 0, deps.today(now)
    for status, step in ((SIGNED, activate), (ACTIVE, _process_active)):
        for agreement_id in deps.store.agreements.due(status, today):
            try:
                step(deps, agreement_id, CommandContext(now, ACTOR, new_id()))
                done += 1
            except (StaleRecord, Refusal):
                continue
    return done


def _process_active(deps: Dependencies, agreement_id: str, context: CommandContext) -> None:
    """Applies the date first; if the end moved on, the reminders of the new one count."""
    agreement, today = get_agreement(deps, agreement_id), deps.today(context.now)
    if agreement["status"] != ACTIVE:  # another process was faster
        return
    agreement, events = apply_date(agreement, today)
    agreement, reminders = _with_reminder(agreement, today)
    if events or reminders:
        deps.store.agreements.save(agreement | {"updated_at": context.now}, [*events, *reminders], context)


def _with_reminder(agreement: Agreement, today: str) -> tuple[Agreement, list[Event]]:
    reminder, passed = dates.due_reminder(agreement, today)
    if reminder is None:
        return agreement, []
    sent = sorted([*agreement["reminders_sent"], *passed])
    reminded = dates.with_derived_dates(agreement | {"reminders_sent": sent})
    left = dates.days_left(agreement, today)
    return reminded, [AgreementExpiring(**agreement_data(reminded), days_left=left or 0, mark=reminder)]
