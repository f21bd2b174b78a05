"""Departments: added, changed, and the default list of a new installation."""

from collections.abc import Iterable
from datetime import datetime

from services.accounts.dependencies import Dependencies
from services.accounts.rules.departments import (
    DepartmentExists,
    UnknownDepartment,
    changed_fields,
    default_departments,
    department_id,
    with_changes,
)
from services.accounts.rules.event_data import department_updated
from services.accounts.rules.records import Department, DepartmentChanges, DepartmentFields
from shared.command_context import CommandContext
from shared.ids import new_id
from shared.outbox.records import RecordExists
from shared.paging import Window


def add_department(deps: Dependencies, fields: DepartmentFields, context: CommandContext) -> Department:
    """Adds a department in which visits can be booked; raises DepartmentExists."""
    new = _new_department(fields, context.now)
    try:
        return deps.store.departments.insert(new, [department_updated(new)], context)
    except RecordExists as error:
        if "requests.key" in error.key:
            raise
        raise DepartmentExists(f"{fields['code']}: this code is in use") from error


def change_department(deps: Dependencies, code: str, changes: DepartmentChanges, context: CommandContext) -> Department:
    """Changes names, place, extension, or whether it takes visits; raises UnknownDepartment."""
    found = get_department(deps, code)
    context.expects(found)
    changed = changed_fields(found, changes)
    if not changed:
        return found
    department = with_changes(found, changed) | {"updated_at": context.now}
    return deps.store.departments.save(department, [department_updated(department)], context)


def add_default_departments(deps: Dependencies) -> int:
    """Adds the default departments that do not exist yet and returns their number; existing ones stay as they are."""
    now, defaults = deps.clock(), default_departments()
    known = deps.store.known_codes(fields["code"] for fields in defaults)
    added = 0
    for fields in defaults:
        if fields["code"] not in known:
            try:
                add_department(deps, fields, CommandContext(now, "timer:setup", new_id()))
                added += 1
            except DepartmentExists:  # another setup runs at the same time
                continue
    return added


def get_department(deps: Dependencies, code: str) -> Department:
    """Returns the department; raises UnknownDepartment."""
    found = deps.store.department(code)
    if found is None:
        raise UnknownDepartment
    return found


def find_departments(deps: Dependencies, listed: bool | None, window: Window) -> list[Department]:
    """Returns a page of the list, in the order of codes."""
    return deps.store.find_departments(listed, window)


def department_names(deps: Dependencies, codes: Iterable[str], language: str) -> list[str]:
    """Returns the names in this language, else in English, in the order of the codes."""
    found = deps.store.departments_by_code(codes)
    return [row["names"].get(language) or row["names"].get("en") or row["code"] for row in found]


def _new_department(fields: DepartmentFields, now: datetime) -> Department:
    return {
        "_id": department_id(fields["code"]),
        "code": fields["code"],
        "names": dict(fields["names"]),
        "listed": fields.get("listed", True),
        "place": fields.get("place"),
        "extension": fields.get("extension"),
        "created_at": now,
        "updated_at": now,
    }
