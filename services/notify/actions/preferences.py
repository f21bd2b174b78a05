"""What a person wants to be told, over what, and in which hours not. Asked when an e-mail is about to leave (sending/mail.py)."""

from collections.abc import Mapping
from typing import Any

from services.notify.actions.parts import Document, Parts
from services.notify.rules.preferences import checked, switched_off, usual
from shared.events.notify import PreferencesChanged
from shared.origin import Origin

UNSAVED = {"version": 0, "last_sequence": 0}


def preferences_of(parts: Parts, account_id: str) -> Document:
    """The person's own, else the usual ones as version 0."""
    return parts.store.preferences.get(account_id) or {"_id": account_id, **usual(), **UNSAVED}


def change_preferences(parts: Parts, account_id: str, wished: Mapping[str, Any], origin: Origin) -> Document:
    """The preferences as they now are; raises InvalidInput where something is switched off that stays."""
    chosen, known = checked(wished), preferences_of(parts, account_id)
    origin.expects(known)
    said = [PreferencesChanged(account_id=account_id, off=switched_off(chosen), **_hours(chosen))]
    if known["version"] == 0:
        return parts.store.preferences.insert({"_id": account_id, **chosen, "changed_at": origin.now}, said, origin)
    return parts.store.preferences.save(known | chosen | {"changed_at": origin.now}, said, origin)


def _hours(chosen: Mapping[str, Any]) -> dict[str, str]:
    hours = chosen["quiet_hours"]
    return {"quiet_from": hours["from"], "quiet_to": hours["to"]} if hours else {}
