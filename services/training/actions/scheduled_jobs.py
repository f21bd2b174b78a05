"""What the worker's timer does over `due`: offers lapse, an overdue step is reported once."""

from datetime import datetime

from services.training.actions import decisions
from services.training.actions.application_records import ApplicationChange
from services.training.dependencies import Dependencies
from services.training.rules import states
from shared.command_context import CommandContext
from shared.events import training
from shared.ids import new_id
from shared.outbox.records import StaleRecord

TIMER = "due"


def run_due(deps: Dependencies, now: datetime) -> None:
    """Handles each application whose `due` has passed: an unanswered offer lapses, any other is reported once as overdue."""
    for application in deps.store.due_applications(now):
        context = CommandContext(now, f"timer:{TIMER}", new_id())
        try:
            decision = application["decision"]
            if application["status"] == states.ACCEPTED and decision and decision["answer_by"]:
                decisions.lapse(deps, application["_id"], context)
            else:
                _report_overdue(ApplicationChange(deps.store, application, context, deps.settings.time_zone))
        except StaleRecord:
            continue  # somebody did something meanwhile: the next run looks again


def _report_overdue(change: ApplicationChange) -> None:
    """`overdue` records that it was reported; a new next step clears it."""
    change.application["overdue"] = change.context.now
    change.add_event(training.ApplicationOverdue, what=change.application["next"]["what"])
    change.save()
