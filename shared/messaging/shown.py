"""What of an event operators are shown: ids, codes, states and times. What is not named here is not shown: no name, no address,
no secret, also none of an event that comes to be said one day; and nothing at all of a message that is no event.
"""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from shared.messaging.envelope import CONTENT_TYPE, Unreadable, decode
from shared.mongo import Document

FIELDS = frozenset(
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


def data_shown(data: Any) -> Any:
    """An event's data without what is not named; `…` stands for what was left out."""
    if isinstance(data, Mapping):
        return {
            str(name): data_shown(value) if _says_nothing_personal(name, value) else "…" for name, value in data.items()
        }
    if isinstance(data, list | tuple):
        return [data_shown(item) for item in data]
    return data


def _says_nothing_personal(name: str, value: Any) -> bool:
    return name in FIELDS or value is None or isinstance(value, bool | int)


def reason_shown(document: Mapping[str, Any]) -> str:
    """Why an event is kept. What was read out of a message that is no event stays out of it."""
    reason = str(document["reason"])
    if document["origin"] != "unreadable":
        return reason
    what, _, named = reason.partition("unknown type ")
    if named and not what:
        return reason if _TYPE.fullmatch(named) else "unknown type …"
    return _QUOTED.sub("…", reason)


def payload_shown(document: Mapping[str, Any]) -> Document | None:
    """The event inside a kept message; None where it is none."""
    if document["origin"] == "unreadable":
        return None
    try:
        heard = decode(bytes(document["body"]), CONTENT_TYPE)
    except Unreadable:
        return None
    return {
        "subject": heard.subject,
        "time": heard.time,
        "actor": heard.actor,
        "correlation_id": heard.correlation_id,
        "causation_id": heard.causation_id,
        "data": data_shown(msgspec.to_builtins(heard.data)),
    }
