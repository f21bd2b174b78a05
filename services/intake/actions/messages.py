"""Entries of a case's messages: texts of the agency and the hospital, internal notes, and notes of the system."""

from services.intake.rules.records import Case, Message, Side
from shared.command_context import CommandContext
from shared.ids import new_id
from shared.sealing import DataKey


def new_message(key: DataKey, context: CommandContext, kind: str, sent_by: Side, text: str) -> Message:
    """Returns a message with its text encrypted. `kind` is one of rules/documents.py; a `note` is visible to the hospital only."""
    entry = _entry(context, kind, sent_by)
    return entry | {"sealed": key.seal(f"message/{entry['id']}", text)}


def with_undo_note(case: Case, context: CommandContext) -> Case:
    """Returns the case with a note by the system that something was undone: a code, which pages show in the reader's language."""
    note = _entry(context, "note", "hospital") | {"code": "by_mistake"}
    return case | {"messages": [*case["messages"], note]}


def _entry(context: CommandContext, kind: str, sent_by: Side) -> Message:
    return {"id": new_id(), "at": context.now, "by": context.actor, "sent_by": sent_by, "kind": kind}
