"""Requirements, documents and their states as they are stored, days as ISO strings; faults of a stored requirement."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from services.training.rules.documents.requirements import (
    DUE_DAYS,
    OWNERS,
    STAGES,
    AppliesTo,
    Requirement,
    RequirementStatus,
)
from services.training.rules.documents.validity import Reason, Season, SubmittedDocument, Validity, Value
from services.training.rules.records.documents import StoredRequirement

CODE = re.compile(r"[a-z_]{2,40}")
MONTH_DAY = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")


def requirement_of(stored: StoredRequirement) -> Requirement:
    """Returns a requirement as a programme stores it: `validity` and `applies_to` with the names of their classes, but `season` with `from`,
    `to`, `valid_from`. What is left out has the classes' defaults."""
    rule: dict[str, Any] = dict(stored.get("validity") or {})
    if season := rule.get("season"):
        rule["season"] = Season(season["from"], season["to"], season.get("valid_from", season["from"]))
    applies_to: dict[str, Any] = dict(stored.get("applies_to") or {})
    applies_to |= {name: tuple(value) for name, value in applies_to.items() if name != "min_days"}
    return Requirement(
        stored["code"],
        stored["name"],
        owner=stored.get("owner", OWNERS[0]),
        stage=stored.get("stage", STAGES[0]),
        due_days_before_start=stored.get("due_days_before_start", DUE_DAYS),
        validity=Validity(**rule),
        applies_to=AppliesTo(**applies_to),
    )


def document_of(stored: Mapping[str, Any]) -> SubmittedDocument:
    """Returns a document as an application stores it: days as ISO strings, `id` or `_id`; other stored fields are ignored."""
    days = {
        name: date.fromisoformat(stored[name])
        for name in ("issued_on", "valid_from", "valid_until", "titre_on")
        if stored.get(name)
    }
    first, last = stored.get("stay") or (None, None)
    return SubmittedDocument(
        stored["requirement"],
        stored.get("status", "to_check"),
        **days,
        stay=(date.fromisoformat(first), date.fromisoformat(last)) if first and last else None,
        doses=tuple(date.fromisoformat(day) for day in stored.get("doses") or ()),
        why=stored.get("why"),
        id=stored.get("id") or stored.get("_id"),
    )


def status_to_json(status: RequirementStatus) -> dict[str, object]:
    """Returns a status with its days as ISO strings and `reason` as {code, params} or None, to be stored or sent."""
    reason = {"code": status.reason.code, "params": _to_json(status.reason.params)} if status.reason else None
    due = status.due.isoformat() if status.due else None
    return asdict(status) | {"due": due, "reason": reason, "wanted": _to_json(status.wanted)}


def _to_json(values: Mapping[str, Value]) -> dict[str, int | str]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


def requirement_faults(stored: Mapping[str, Any], at: str = "#") -> list[tuple[str, str]]:
    """Returns the faults of a stored requirement, as JSON pointer and detail; its shape (types, names) is checked before."""
    rule = stored.get("validity") or {}
    faults = []
    if not CODE.fullmatch(stored["code"]):
        faults.append((f"{at}/code", "expected 2 to 40 small letters or underscores"))
    for name, known in (("owner", OWNERS), ("stage", STAGES)):
        if name in stored and stored[name] not in known:
            faults.append((f"{at}/{name}", f"expected one of {', '.join(known)}"))
    for name, month_day in (rule.get("season") or {}).items():
        if not MONTH_DAY.fullmatch(month_day):
            faults.append((f"{at}/validity/season/{name}", "expected a month and day such as 11-01"))
    least = {
        "within_days_of_start": 0,
        "margin_days": 0,
        "interval_days": 0,
        "years_valid": 1,
        "valid_days": 1,
        "doses": 1,
    }
    small = [name for name, number in least.items() if rule.get(name) is not None and rule[name] < number]
    faults += [(f"{at}/validity/{name}", f"expected {least[name]} or more") for name in small]
    if rule.get("or_titre") and not rule.get("doses"):
        faults.append((f"{at}/validity/or_titre", "expected only together with doses"))
    if rule.get("margin_days") and not rule.get("covers_visit"):
        faults.append((f"{at}/validity/margin_days", "expected only together with covers_visit"))
    return faults


def date_faults(reasons: Iterable[Reason]) -> list[tuple[str, str]]:
    """Returns why a document does not fit, as JSON pointer of the date and what was expected of it; the first for each date."""
    found: dict[str, str] = {}
    for reason in reasons:
        pointer, detail = _date_fault(reason)
        found.setdefault(pointer, detail)
    return list(found.items())


def _date_fault(reason: Reason) -> tuple[str, str]:
    params = reason.params
    match reason.code:
        case "date_missing":
            return f"#/{params['field']}", "expected; it is required"
        case "dated_ahead":
            at = f"/{params['at']}" if "at" in params else ""
            return f"#/{params['field']}{at}", "expected today or a day before"
        case "ends_before_it_begins" | "starts_after_visit_starts":
            latest = params.get("needed_from") or params["valid_until"]
            return "#/valid_from", f"expected {latest} or a day before"
        case "expired":
            return "#/valid_until", f"expected {params['needed_until']} or a day after"
        case "ends_before_visit_ends" if "years" not in params:
            return "#/valid_until", f"expected {params['needed_until']} or a day after"
        case "ends_before_visit_ends":
            return (
                "#/issued_on",
                f"expected a day so that {params['years']} years from it last until {params['needed_until']}",
            )
        case "too_old" | "used_up":
            return "#/issued_on", f"expected {params['not_before']} or a day after"
        case "outside_season":
            return "#/issued_on", f"expected a day from {params['valid_from']} to {params['until']}"
        case "doses_missing":
            return "#/doses", f"expected {params['needed']} doses that count"
    return "#/stay", "expected a document for the days of the stay"
