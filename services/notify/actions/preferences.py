"""Which notifications a person wants, over which channels, and their quiet hours. Read when an e-mail is about to be sent (delivery/mail.py)."""

from services.notify.dependencies import Dependencies
from services.notify.rules.preferences import (
    Choice,
    Preferences,
    RequestedChoice,
    complete_choice,
    default_choice,
    switched_off,
)
from shared.command_context import CommandContext
from shared.events.notify import PreferencesChanged


def preferences_of(deps: Dependencies, account_id: str) -> Preferences:
    """Returns the person's own, else the default as version 0."""
    stored = deps.store.preferences.get(account_id)
    return stored if stored is not None else _new(account_id, default_choice())


def change_preferences(
    deps: Dependencies, account_id: str, requested: RequestedChoice, context: CommandContext
) -> Preferences:
    """Replaces the preferences and returns them; raises InvalidInput where something is switched off that is always on."""
    choice, current = complete_choice(requested), preferences_of(deps, account_id)
    context.expects(current)
    events = [_event(account_id, choice)]
    if current["version"] == 0:
        new = _new(account_id, choice) | {"changed_at": context.now}
        return deps.store.preferences.insert(new, events, context)
    return deps.store.preferences.save({**current, **choice, "changed_at": context.now}, events, context)


def _new(account_id: str, choice: Choice) -> Preferences:
    return {
        "_id": account_id,
        "version": 0,
        "last_sequence": 0,
        "kinds": choice["kinds"],
        "quiet_hours": choice["quiet_hours"],
    }


def _event(account_id: str, choice: Choice) -> PreferencesChanged:
    hours = choice["quiet_hours"]
    return PreferencesChanged(
        account_id=account_id,
        off=switched_off(choice),
        quiet_from=hours["from"] if hours else None,
        quiet_to=hours["to"] if hours else None,
    )
