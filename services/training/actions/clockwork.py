"""What the clock does: offers lapse, whoever is late is told of once. Run by the worker's timer over `due`."""

from datetime import datetime

from services.training.actions import deciding
from services.training.actions.draft import Draft
from services.training.dependencies import Dependencies
from services.training.rules import states
from shared.command_context import CommandContext
from shared.events import training
from shared.ids import new_id
from shared.outbox.records import StaleRecord

TIMER = "due"


def run_due(deps: Dependencies, now: datetime) -> None:
    """Each application whose `due` has passed: an unanswered offer lapses, anything else is raised once."""
    for application in deps.store.due_applications(now):
        context = CommandContext(now, f"timer:{TIMER}", new_id())
        try:
            if application["status"] == states.ACCEPTED and (application["decision"] or {}).get("answer_by"):
                deciding.lapse(deps, application["_id"], context)
            else:
                _raise_once(Draft(deps.store, application, context, deps.settings.time_zone))
        except StaleRecord:
            continue  # somebody did something meanwhile: the next run looks again


def _raise_once(draft: Draft) -> None:
    """`overdue` says that it was told; whatever changes whose turn it is clears it."""
    draft.application["overdue"] = draft.context.now
    draft.say(training.ApplicationOverdue, what=draft.application["next"]["what"])
    draft.save()
