"""What a person wants to be told, over what, and in which hours not. Asked when an e-mail is about to leave (sending/mail.py)."""

from collections.abc import Mapping
from typing import Any

from services.notify.dependencies import Dependencies, Document
from services.notify.rules.preferences import checked, switched_off, usual
from shared.command_context import CommandContext
from shared.events.notify import PreferencesChanged

UNSAVED = {"version": 0, "last_sequence": 0}


def preferences_of(deps: Dependencies, account_id: str) -> Document:
    """The person's own, else the usual ones as version 0."""
    return deps.store.preferences.get(account_id) or {"_id": account_id, **usual(), **UNSAVED}


def change_preferences(
    deps: Dependencies, account_id: str, wished: Mapping[str, Any], context: CommandContext
) -> Document:
    """The preferences as they now are; raises InvalidInput where something is switched off that stays."""
    chosen, known = checked(wished), preferences_of(deps, account_id)
    context.expects(known)
    said = [PreferencesChanged(account_id=account_id, off=switched_off(chosen), **_hours(chosen))]
    if known["version"] == 0:
        return deps.store.preferences.insert({"_id": account_id, **chosen, "changed_at": context.now}, said, context)
    return deps.store.preferences.save(known | chosen | {"changed_at": context.now}, said, context)


def _hours(chosen: Mapping[str, Any]) -> dict[str, str]:
    hours = chosen["quiet_hours"]
    return {"quiet_from": hours["from"], "quiet_to": hours["to"]} if hours else {}
