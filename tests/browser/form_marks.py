"""What the forms of a page promise, held against what receives them: defaults are valid, required fields are marked, and only those."""

from typing import Any
from urllib.parse import urlsplit

import marshmallow as ma
from flask import Flask
from playwright.sync_api import Page as Window
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from shared.ui.inputs import groups_of, lists_of, softened
from shared.ui.typed import HIDDEN, read_typed
from shared.web.body import faults

CONTROLS = """() => [...document.querySelectorAll('form[method=post]')].map((form) => ({
  action: form.getAttribute('action'),
  controls: [...form.elements].filter((one) => one.name && one.type !== 'submit' && one.type !== 'button').map((one) => ({
    name: one.name, type: one.type, value: one.value, checked: one.checked,
    sent: (one.type !== 'checkbox' && one.type !== 'radio') || one.checked,
    marked: Boolean((one.type === 'radio' ? one.closest('fieldset')?.querySelector('legend') : one.labels?.[0])?.querySelector('.required'))
      || one.required,
  })),
}))"""


def broken_promises(window: Window, apps: dict[str, Flask]) -> list[str]:
    """What is not kept by a form of the page that is open."""
    found = []
    for form in window.evaluate(CONTROLS):
        schema = _schema(form["action"], apps)
        if schema is not None:
            found += [f"{form['action']}: {what}" for what in _of_form(form["controls"], schema)]
    return found


def _schema(action: str, apps: dict[str, Flask]) -> ma.Schema | None:
    path = urlsplit(action).path
    app = apps[path.split("/")[1]]
    try:
        endpoint, _ = app.url_map.bind("localhost").match(path, method="POST")
    except HTTPException:
        return None  # a form around a table, each button with an address of its own
    plan = getattr(app.view_functions[endpoint], "form_plan", None)
    return softened(plan.schema) if plan and plan.schema else None


def _of_form(controls: list[dict[str, Any]], schema: ma.Schema) -> list[str]:
    sent = [(one["name"], one["value"]) for one in controls if one["sent"] and one["type"] != "file"]
    began = dict(sent)
    typed = {one["name"]: one for one in controls if one["type"] not in ("hidden", "file", "checkbox")}
    found = [
        f"{name} begins as {began[name]!r}, which is refused"
        for name in _refused(sent, schema)
        if began.get(name, "").strip() and name in typed
    ]
    for name, control in typed.items():
        if control["type"] == "radio" and any(
            one["name"] == name and one["checked"] for one in controls
        ):  # chosen already: cannot be left out
            continue
        row = _row(name)
        without = [(other, value) for other, value in sent if other != name and (row is None or _row(other) != row)]
        needed = name in _refused(without, schema) and not _is_of_an_optional_group(name, sent, schema)
        if needed != control["marked"] and not (control["type"] == "select-one" and began.get(name)):
            found.append(f"{name} is {'required' if needed else 'not required'}, and marked otherwise")
    return found


def _row(name: str) -> tuple[str, ...] | None:
    """The numbered row a field stands in: it counts as a whole, since a row that is begun must be complete."""
    steps = name.split(".")
    last = max((at for at, step in enumerate(steps) if step.isdigit()), default=None)
    return None if last is None else tuple(steps[: last + 1])


def _is_of_an_optional_group(name: str, sent: list[tuple[str, str]], schema: ma.Schema) -> bool:
    """Whether all that stands beside it may be left out with it, as a passport may, which has a number where there is one."""
    group = name.rpartition(".")[0]
    without = [(other, value) for other, value in sent if not other.startswith(f"{group}.")]
    return bool(group) and not any(f"{fault}.".startswith(f"{group}.") for fault in _refused(without, schema))


def _refused(sent: list[tuple[str, str]], schema: ma.Schema) -> set[str]:
    """Names of the fields that have faults."""
    read = read_typed(MultiDict(sent), lists_of(schema), groups_of(schema))
    try:
        schema.load(read.tree)
    except ma.ValidationError as error:
        return {read.field_of(pointer) for pointer, _ in faults(error.messages)} - set(HIDDEN)
    return set()
