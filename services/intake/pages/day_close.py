"""The page that closes a day: completes open visits and marks no-shows, except those deselected, and undoes a closing."""

import time
from collections.abc import Callable
from datetime import date
from hashlib import blake2b
from typing import Any
from urllib.parse import urlencode

from flask import Response, g

from services.intake.actions import day_close, names
from services.intake.actions.day_close import Outcome, Wanted
from services.intake.current import dependencies
from services.intake.rules.days import today
from services.intake.schemas.forms.desk import MAX_SHOWN, ClosedQuery, CloseForm, ReopenDayForm
from shared import calendar_bounds
from shared.eras import typed_day
from shared.errors import InvalidInput
from shared.ui.blueprint import pages_blueprint, takes_form
from shared.ui.commands import submit_one
from shared.ui.flash import Undo, flash
from shared.ui.shell import page
from shared.ui.showing import go, show
from shared.web.access import query, rights
from shared.web.answers import to_response

blp = pages_blueprint("intake", __file__)
HOME = "/intake/close"
SECONDS = 3.0
"""Seconds that one request works: it must respond within five seconds, and then shows what is left."""


@blp.get("/close")
@rights("front_desk")
@query(ClosedQuery)
def close_page(query: dict[str, Any]) -> Response:
    """Show the open visits of a day, or the outcome of a closing."""
    now, zone = page().request_context.now, dependencies().settings.time_zone
    when: date = min(query.get("day") or today(now, zone), today(now, zone))
    mark = query.get("closing")
    refused = set((query.get("refused") or "").split(","))
    return show(
        "intake/close.html",
        day=when,
        today=today(now, zone),
        open=day_close.to_close(dependencies(), when, now),
        closing=mark,
        done=day_close.closed(dependencies(), when, mark, now) if mark else [],
        refused=day_close.rows_with(dependencies(), when, refused, now) if mark and refused else [],
        left=query.get("left", 0),
        departments=names.departments(dependencies(), page().reader.language),
    )


def close_again() -> Response:
    """Shows the page of the day again after a rejected command."""
    when = typed_day(g.typed.values.get("day", ""))
    return close_page({"day": when} if when and calendar_bounds.is_taken(when) else {})


@blp.post("/close")
@rights("front_desk")
@takes_form(CloseForm, page=close_again)
def close(form: dict[str, Any]) -> Response:
    """Close the day, visit by visit; the page then shows what failed."""
    wanted = [Wanted(visit_id, "complete") for visit_id in form["complete"]]
    wanted += [Wanted(visit_id, "no-show") for visit_id in form["no_show"]]
    if not wanted:
        raise InvalidInput([("#/count", "expected at least one box ticked")])
    if form["count"] != len(wanted):
        raise InvalidInput([("#/count", f"expected {len(wanted)}, as many as there are boxes ticked")])
    mark = blake2b(g.typed.hidden.get("idempotency_key", "").encode(), digest_size=16).hexdigest()
    outcome = day_close.close(dependencies(), wanted, mark, _run, _for_a_while())
    undo = Undo(f"{HOME}/undo", {"day": form["day"], "closing": mark}) if outcome.done else None
    return _outcome_page("done", form["day"], mark, outcome, undo)


@blp.post("/close/undo")
@rights("front_desk")
@takes_form(ReopenDayForm, page=close_again)
def open_again(form: dict[str, Any]) -> Response:
    """Undo a closing, except for visits changed meanwhile."""
    when = date.fromisoformat(form["day"])
    outcome = day_close.take_back(
        dependencies(), when, form["closing"], page().request_context.now, _run, _for_a_while()
    )
    return _outcome_page("taken_back", form["day"], form["closing"], outcome, None)


def _run(visit_id: str, command: Callable[..., Any]) -> None:
    submit_one(command, visit_id)


def _for_a_while() -> Callable[[], bool]:
    until = time.monotonic() + SECONDS
    return lambda: time.monotonic() < until


def _outcome_page(word: str, day: str, mark: str, outcome: Outcome, undo: Undo | None) -> Response:
    whole = not (outcome.refused or outcome.left)
    fields: dict[str, Any] = {"day": day}
    if undo or not whole:
        fields |= {"closing": mark, "refused": ",".join(outcome.refused[:MAX_SHOWN]), "left": len(outcome.left)}
    address = f"{HOME}?{urlencode({name: value for name, value in fields.items() if value})}"
    tone = "done" if whole else "warning"
    return to_response(go(address, flash("close.outcome." + word, n=len(outcome.done), undo=undo, tone=tone)))
