"""What every event about a programme or an application carries; nothing that identifies a person."""

from collections.abc import Mapping
from typing import Any

from services.training.rules.turn import next_of
from shared.events.training import Period

Record = Mapping[str, Any]
DIRECTIONS = {"overseas": "out", "in_house": "own"}
COPIED_FIELDS = ("reference", "status", "programme_id", "kind", "direction", "period_id", "first_day", "last_day", "department", "profession", "organization_id", "agreement_id", "group_id", "language")  # fmt: skip


def direction_of(kind: str) -> str:
    """Returns `in` for incoming trainees, `out` for those we send, `own` for our own courses."""
    return DIRECTIONS.get(kind, "in")


def application_fields(application: Record) -> dict[str, Any]:
    """Returns the fields of an ApplicationEvent."""
    same = {name: application[name] for name in COPIED_FIELDS if application.get(name) is not None}
    country = application.get("host_country") if application["direction"] == "out" else application.get("residence")
    return {"application_id": application["_id"], "next": next_of(dict(application)), "country": country, **same}


def programme_fields(programme: Record) -> dict[str, Any]:
    """Returns the fields of a ProgrammeEvent."""
    return {
        "programme_id": programme["_id"],
        "reference": programme["reference"],
        "kind": programme["kind"],
        "status": programme["status"],
        "titles": dict(programme["title"]),
        "department": programme.get("department"),
        "organization_id": programme.get("organization_id"),
        "periods": tuple(_period(one) for one in programme["periods"]),
    }


def _period(period: Record) -> Period:
    return Period(
        period_id=period["id"],
        first_day=period["from"],
        last_day=period["until"],
        slots=period["slots"],
        group_size=period["group_size"],
    )
