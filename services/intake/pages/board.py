"""The board: the visits of a day, what is missing and the next command of each; one click runs it, another undoes it.

Not here: closing a day (day_close.py), the coming days (tomorrow.py).
"""

from datetime import date, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

from flask import Response, request

from services.intake.actions import board, day_close, names, visits
from services.intake.actions.access import case_with_visit
from services.intake.actions.history import changes_since
from services.intake.current import dependencies
from services.intake.pages import timeline
from services.intake.rules import board as rules
from services.intake.rules.days import today
from services.intake.rules.records import Case, VisitStatus
from services.intake.rules.tables import visit_event
from services.intake.schemas.forms.cases import ReturnForm
from services.intake.schemas.forms.desk import BoardQuery, VersionQuery
from shared.errors import NotFound
from shared.ui.blueprint import pages_blueprint, takes_form
from shared.ui.commands import submit
from shared.ui.flash import Undo, flash
from shared.ui.inputs import query_of
from shared.ui.refusals import Clash
from shared.ui.shell import page
from shared.ui.showing import fragment, go, show
from shared.web.access import query, rights
from shared.web.state import context

blp = pages_blueprint("intake", __file__)
HOME = "/intake/"
COMMAND = "/intake/board/visits"
FILTERS = ("department", "state", "interpreter")


@blp.get("/")
@rights("front_desk")
@query(BoardQuery)
def board_page(query: dict[str, Any]) -> Response:
    """Show the visits of a day."""
    return show("intake/board.html", **_board_context(query))


@blp.get("/fragments/board")
@rights("front_desk")
@query(BoardQuery)
def board_part(query: dict[str, Any]) -> Response:
    """Show the live part."""
    return fragment("intake/parts/board.html", **_board_context(query))


@blp.get("/fragments/board/visits/<visit_id>")
@rights("front_desk")
@query(VersionQuery)
def row_part(query: dict[str, Any], visit_id: str) -> Response:
    """Show the other commands of a visit; their buttons carry the version that the board showed."""
    found = board.moves_of(dependencies(), visit_id, context())
    return fragment("intake/parts/board_menu.html", version=query["version"], **found)


def board_again() -> Response:
    """Shows the board with its filters again after a rejected command."""
    return show("intake/board.html", **_board_context(query_of(BoardQuery, request.form.get("back", ""))))


def visit_changes(visit_id: str, move: str, since: int) -> Clash:
    """Returns the changes of the visit's case since the board was shown."""
    case = case_with_visit(dependencies(), visit_id, context())
    now, happened = changes_since(dependencies(), case["_id"], since)
    changes = timeline.changes(happened, names.departments(dependencies(), page().reader.language))
    return Clash(changes, now["version"], f"{HOME}#v-{visit_id}")


def move_event(move: str) -> str | None:
    """Returns the event that a move publishes; an undo has none."""
    return visit_event("cancel" if move.startswith("cancel-") else move)


@blp.post("/board/visits/<visit_id>/<move>")
@rights("front_desk")
@takes_form(ReturnForm, page=board_again, clash=visit_changes, event=move_event)
def move_visit(visit_id: str, move: str, form: dict[str, Any]) -> Response:
    """One move of a visit, as rules/board.py names it."""
    run = _command(visit_id, move)
    if run is None:
        raise NotFound()
    back = form.get("back") or HOME
    return submit(
        lambda context: run(context=context),
        lambda case: go(
            f"{back}#v-{visit_id}",
            flash("board.done." + move, reference=case["reference"], undo=_undo(case, visit_id, move, back)),
        ),
        part=f"{visit_id}.{move}",
    )


def _command(visit_id: str, move: str) -> Any:
    kind, _, what = move.partition("-")
    if move in visits.PLAIN_MOVES:
        return partial(visits.move_visit, dependencies(), visit_id, move)
    if kind == "correct" and what in ("booked", "arrived"):
        to: VisitStatus = "booked" if what == "booked" else "arrived"
        return partial(day_close.take_back_visit, dependencies(), visit_id, to)
    if move == "take-back":
        return partial(day_close.take_back_last, dependencies(), visit_id)
    if kind == "cancel" and what in rules.CANCELLED_BY:
        return partial(visits.cancel_visit, dependencies(), visit_id, rules.CANCELLED_BY[what], what)
    return None


def _undo(case: Case, visit_id: str, move: str, back: str) -> Undo | None:
    """Returns the undo of a move; an undo itself is repeated by its own button."""
    if move == "take-back":
        return None
    return Undo(f"{COMMAND}/{visit_id}/take-back", {"back": back}, case["version"])


def _board_context(query: dict[str, Any]) -> dict[str, Any]:
    now = today(page().request_context.now, dependencies().settings.time_zone)
    when: date = query.get("day") or now
    wanted = rules.BoardFilter(**{name: query.get(name) for name in FILTERS})
    filters = {name: value for name, value in vars(wanted).items() if value}
    fields = ({"day": when.isoformat()} if when != now else {}) | filters
    return {
        "board": board.day(dependencies(), when, wanted, page().request_context.now),
        "wanted": wanted,
        "departments": names.departments(dependencies(), page().reader.language),
        "today": now,
        "days": (when - timedelta(days=1), when + timedelta(days=1)),
        "address": lambda **changed: _address(HOME, fields | changed),
        "live": _address("/intake/fragments/board", fields),
        "back": _address(HOME, fields),
        "states": tuple(rules.STATES),
    }


def _address(path: str, fields: dict[str, Any]) -> str:
    """Returns the address with its query; None removes a field."""
    named = {name: value for name, value in fields.items() if value is not None}
    return f"{path}?{urlencode(named)}" if named else path
