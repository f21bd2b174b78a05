"""What every event about a programme or an application carries; nothing that identifies a person."""

from collections.abc import Mapping
from typing import Any

from services.training.rules.records.applications import Application
from services.training.rules.records.fields import Direction
from services.training.rules.records.programmes import Period as StoredPeriod
from services.training.rules.records.programmes import Programme
from services.training.rules.turn import next_of
from shared.events.training import Period

DIRECTIONS: Mapping[str, Direction] = {"overseas": "out", "in_house": "own"}
COPIED_FIELDS = ("reference", "status", "programme_id", "kind", "direction", "period_id", "first_day", "last_day", "department", "profession", "organization_id", "agreement_id", "group_id", "language")  # fmt: skip


def direction_of(kind: str) -> Direction:
    """Returns `in` for incoming trainees, `out` for those we send, `own` for our own courses."""
    return DIRECTIONS.get(kind, "in")


def application_fields(application: Application) -> dict[str, Any]:
    """Returns the fields of an ApplicationEvent."""
    stored: Mapping[str, object] = application
    same = {name: stored[name] for name in COPIED_FIELDS if stored.get(name) is not None}
    country = application.get("host_country") if application["direction"] == "out" else application.get("residence")
    return {"application_id": application["_id"], "next": next_of(application), "country": country, **same}


def programme_fields(programme: Programme) -> dict[str, Any]:
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


def _period(period: StoredPeriod) -> Period:
    return Period(
        period_id=period["id"],
        first_day=period["from"],
        last_day=period["until"],
        slots=period["slots"],
        group_size=period["group_size"],
    )
