"""Redacts events for operators: they see ids, codes, states and times. A field that is not listed here is hidden: no name, no
address, no secret, not even of an event type added later; and nothing of a message that is not an event.
"""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from shared.broker.envelope import CONTENT_TYPE, Unreadable, decode
from shared.mongo import Document

VISIBLE_FIELDS = frozenset(
    [
        "account_id",
        "active",
        "agency_reference",
        "before",
        "booking_id",
        "by",
        "case_id",
        "channel",
        "code",
        "department",
        "document_id",
        "end",
        "endpoint_id",
        "event_id",
        "event_type",
        "expires_at",
        "fields",
        "filled_by",
        "gender_wish",
        "interpreter",
        "interpreter_id",
        "key_id",
        "kind",
        "kinds",
        "language",
        "languages",
        "level",
        "listed",
        "message_id",
        "modality",
        "next",
        "notification_id",
        "off",
        "offer_id",
        "offers",
        "on_demand",
        "organization_id",
        "outcome",
        "override",
        "patient_id",
        "previous_end",
        "previous_interpreter_id",
        "previous_start",
        "provided_by",
        "quiet_from",
        "quiet_to",
        "reason",
        "reasons",
        "recipient_kind",
        "reference",
        "released_interpreter_id",
        "required",
        "roles",
        "scopes",
        "sent_by",
        "session_id",
        "start",
        "status",
        "tag",
        "urgency",
        "visible_to",
        "visit_id",
        "visit_status",
        "wanted_by",
        "what",
        "who",
        "corrected_from",
    ]
)
_TYPE = re.compile(r"imc(\.[a-z_]{1,40}){3}\.v[0-9]{1,3}")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|`[^`]*`")


def redacted_data(data: Any) -> Any:
    """An event's data with `…` in place of every field that is not listed."""
    if isinstance(data, Mapping):
        return {str(name): redacted_data(value) if _is_visible(name, value) else "…" for name, value in data.items()}
    if isinstance(data, list | tuple):
        return [redacted_data(item) for item in data]
    return data


def _is_visible(name: str, value: Any) -> bool:
    return name in VISIBLE_FIELDS or value is None or isinstance(value, bool | int)


def redacted_reason(document: Mapping[str, Any]) -> str:
    """Why an event is deferred, without quotations from a message that is not an event."""
    reason = str(document["reason"])
    if document["kind"] != "unreadable":
        return reason
    what, _, named = reason.partition("unknown type ")
    if named and not what:
        return reason if _TYPE.fullmatch(named) else "unknown type …"
    return _QUOTED.sub("…", reason)


def redacted_event(document: Mapping[str, Any]) -> Document | None:
    """The redacted event inside a deferred message; None where the message is not an event."""
    if document["kind"] == "unreadable":
        return None
    try:
        event = decode(bytes(document["body"]), CONTENT_TYPE)
    except Unreadable:
        return None
    return {
        "subject": event.subject,
        "time": event.time,
        "actor": event.actor,
        "correlation_id": event.correlation_id,
        "causation_id": event.causation_id,
        "data": redacted_data(msgspec.to_builtins(event.data)),
    }
