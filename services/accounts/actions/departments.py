"""Departments: entered, changed, and the usual list put in once."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from services.accounts.actions.parts import Parts
from services.accounts.rules.departments import DepartmentExists, UnknownDepartment, department_id, usual
from shared.events.accounts import DepartmentUpdated
from shared.ids import new_id
from shared.origin import Origin
from shared.outbox.records import RecordExists
from shared.paging import Window

Document = dict[str, Any]


def add_department(parts: Parts, wish: Mapping[str, Any], origin: Origin) -> Document:
    """A department visits can be booked in; raises DepartmentExists."""
    new = _document(wish, origin.now)
    try:
        return parts.store.departments.insert(new, [_as_it_is(new)], origin)
    except RecordExists as error:
        if "requests.key" in error.key:
            raise
        raise DepartmentExists(f"{wish['code']}: this code is in use") from error


def change_department(parts: Parts, code: str, changes: Mapping[str, Any], origin: Origin) -> Document:
    """Names, place, extension, or whether it takes visits at all; raises UnknownDepartment."""
    found = department(parts, code)
    origin.expects(found)
    wished = {field: value for field, value in changes.items() if found.get(field) != value}
    if not wished:
        return found
    found |= wished | {"updated_at": origin.now}
    return parts.store.departments.save(found, [_as_it_is(found)], origin)


def put_usual_departments(parts: Parts) -> int:
    """Puts in those of the usual list that are not there yet, and gives their number; what people changed stays."""
    now, wishes = parts.clock(), usual()
    known = parts.store.known_codes(str(wish["code"]) for wish in wishes)
    added = 0
    for wish in wishes:
        if wish["code"] not in known:
            try:
                add_department(parts, wish, Origin(now, "timer:setup", new_id()))
                added += 1
            except DepartmentExists:  # somebody else sets up at the same time
                continue
    return added


def department(parts: Parts, code: str) -> Document:
    """The department; raises UnknownDepartment."""
    found = parts.store.department(code)
    if found is None:
        raise UnknownDepartment
    return found


def find_departments(parts: Parts, listed: bool | None, window: Window) -> list[Document]:
    """A page of the list, in the order of codes."""
    return parts.store.find_departments(listed, window)


def department_names(parts: Parts, codes: Iterable[str], language: str) -> list[str]:
    """In this language, else in English; in the order of the codes."""
    known = parts.store.departments_by_code(codes)
    return [row["names"].get(language) or row["names"].get("en") or row["code"] for row in known]


def _document(wish: Mapping[str, Any], now: datetime) -> Document:
    return {
        "_id": department_id(wish["code"]),
        "code": wish["code"],
        "names": dict(wish["names"]),
        "listed": wish.get("listed", True),
        "place": wish.get("place"),
        "extension": wish.get("extension"),
        "created_at": now,
        "updated_at": now,
    }


def _as_it_is(department: Mapping[str, Any]) -> DepartmentUpdated:
    told = ("code", "names", "listed", "place", "extension")
    return DepartmentUpdated(**{field: department[field] for field in told})
