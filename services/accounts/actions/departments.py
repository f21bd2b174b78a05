"""Departments: entered, changed, and the usual list put in once."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from services.accounts.dependencies import Dependencies
from services.accounts.rules.departments import DepartmentExists, UnknownDepartment, department_id, usual
from shared.command_context import CommandContext
from shared.events.accounts import DepartmentUpdated
from shared.ids import new_id
from shared.outbox.records import RecordExists
from shared.paging import Window

Document = dict[str, Any]


def add_department(deps: Dependencies, wish: Mapping[str, Any], context: CommandContext) -> Document:
    """A department visits can be booked in; raises DepartmentExists."""
    new = _document(wish, context.now)
    try:
        return deps.store.departments.insert(new, [_as_it_is(new)], context)
    except RecordExists as error:
        if "requests.key" in error.key:
            raise
        raise DepartmentExists(f"{wish['code']}: this code is in use") from error


def change_department(deps: Dependencies, code: str, changes: Mapping[str, Any], context: CommandContext) -> Document:
    """Names, place, extension, or whether it takes visits at all; raises UnknownDepartment."""
    found = department(deps, code)
    context.expects(found)
    wished = {field: value for field, value in changes.items() if found.get(field) != value}
    if not wished:
        return found
    found |= wished | {"updated_at": context.now}
    return deps.store.departments.save(found, [_as_it_is(found)], context)


def put_usual_departments(deps: Dependencies) -> int:
    """Puts in those of the usual list that are not there yet, and gives their number; what people changed stays."""
    now, wishes = deps.clock(), usual()
    known = deps.store.known_codes(str(wish["code"]) for wish in wishes)
    added = 0
    for wish in wishes:
        if wish["code"] not in known:
            try:
                add_department(deps, wish, CommandContext(now, "timer:setup", new_id()))
                added += 1
            except DepartmentExists:  # somebody else sets up at the same time
                continue
    return added


def department(deps: Dependencies, code: str) -> Document:
    """The department; raises UnknownDepartment."""
    found = deps.store.department(code)
    if found is None:
        raise UnknownDepartment
    return found


def find_departments(deps: Dependencies, listed: bool | None, window: Window) -> list[Document]:
    """A page of the list, in the order of codes."""
    return deps.store.find_departments(listed, window)


def department_names(deps: Dependencies, codes: Iterable[str], language: str) -> list[str]:
    """In this language, else in English; in the order of the codes."""
    known = deps.store.departments_by_code(codes)
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
