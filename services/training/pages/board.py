"""The board: all applications by stage, each with the button of its next step.

Not here: one application (application.py), its commands with fields (application_commands.py).
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from flask import Response, request

from services.training.actions import (
    access,
    application_records,
    applications,
    decisions,
    directory,
    documents,
    placements,
    programmes,
    reviews,
    work_lists,
)
from services.training.current import dependencies
from services.training.pages import labels, navigation
from services.training.pages.submission import submit
from services.training.rules import board as rules
from services.training.rules import states
from services.training.rules.programmes import KINDS
from services.training.rules.records.applications import Application
from services.training.schemas.forms.applications import BackForm, BoardQuery, VersionQuery
from shared.command_context import CommandContext
from shared.errors import NotFound
from shared.paging import Window
from shared.ui.blueprint import pages_blueprint, takes_form
from shared.ui.flash import flash
from shared.ui.inputs import query_of
from shared.ui.shell import page, t
from shared.ui.showing import fragment, go, show
from shared.web.access import query, rights
from shared.web.state import caller

Document = dict[str, Any]
blp = pages_blueprint("training", __file__)
HOME = "/training/"
FILTERS = ("programme", "kind", "department")
MAX_PROGRAMMES = 200


@blp.get("/")
@rights("training", "chief", "department")
@query(BoardQuery)
def board_page(query: Document) -> Response:
    """Shows all applications by stage."""
    return show("training/board.html", **_board_context(query), filters=filter_choices())


@blp.get("/fragments/board")
@rights("training", "chief", "department")
@query(BoardQuery)
def board_part(query: Document) -> Response:
    """Shows the part of the board that is refreshed."""
    return fragment("training/parts/board.html", **_board_context(query))


@blp.get("/fragments/board/<application_id>")
@rights("training", "chief", "department")
@query(VersionQuery)
def menu_part(query: Document, application_id: str) -> Response:
    """Shows the menu of one row; its buttons carry the version that the board showed."""
    application = access.with_home(dependencies(), application_records.find_application(dependencies(), application_id))
    access.check_placed(dependencies(), application, caller())
    drawn = rules.allowed_commands(application, caller().roles, caller().departments)
    at_once = [one for one in drawn if one in _COMMANDS]
    return fragment(
        "training/parts/board_menu.html", application=application, commands=at_once, version=query["version"]
    )


def _board_context(query: Document) -> Document:
    equal = application_filter(query)
    stages = work_lists.board_rows(dependencies(), equal, caller(), page().request_context.now)
    filters = {name: query[name] for name in FILTERS if query.get(name)}
    return {
        "stages": stages,
        "total": sum(len(rows) for rows in stages.values()),
        "drafts": work_lists.count_drafts(dependencies(), equal) if labels.has_role("training", "chief") else 0,
        "filter_values": {name: query.get(name) for name in FILTERS},
        "live_url": f"{HOME}fragments/board" + (f"?{urlencode(filters)}" if filters else ""),
        "section_links": navigation.section_links(),
        "back": HOME + (f"?{urlencode(filters)}" if filters else ""),
        **labels.template_context(),
    }


def application_filter(query: Document) -> dict[str, str]:
    """Returns the filters of the address as fields of applications."""
    names = {"programme": "programme_id", "kind": "kind", "department": "department"}
    return {field: query[name] for name, field in names.items() if query.get(name)}


def filter_choices() -> Document:
    """Returns the choices of the filters; a department sees its own only."""
    found = programmes.list_programmes(dependencies(), {}, Window(None, MAX_PROGRAMMES))
    listed, own = directory.listed_departments(dependencies(), page().reader.language), labels.own_departments()
    if own is not None:
        found = [one for one in found if one["department"] in own]
        listed = [(code, name) for code, name in listed if code in own]
    return {
        "programme": [(one["_id"], f"{one['reference']} {labels.programme_title(one)}") for one in found],
        "kind": [(kind, t(f"kind.{kind}")) for kind in KINDS],
        "department": listed,
    }


def show_board() -> Response:
    """Shows the board again as it was filtered, after a rejected command."""
    return show(
        "training/board.html",
        **_board_context(query_of(BoardQuery, request.form.get("back", ""))),
        filters=filter_choices(),
    )


@blp.post("/board/<application_id>/<command>")
@rights("training", "chief", "department")
@takes_form(BackForm, page=show_board, clash=labels.application_conflict, event=states.event_of)
def run_command(application_id: str, command: str, form: Document) -> Response:
    """Runs a command of a row, which has no fields."""
    if command not in COMMANDS:
        raise NotFound()
    access.check_command(command, caller().roles)
    back = form["back"] or HOME
    return submit(
        lambda context: execute(command, application_id, context),
        lambda saved: go(
            f"{back}#a-{application_id}", flash("application.done." + command, reference=saved["reference"])
        ),
        part=f"{application_id}.{command}",
    )


def _mark_present(application_id: str, context: CommandContext) -> Application:
    day = labels.today().isoformat()
    return placements.record_attendance(dependencies(), application_id, day, "present", None, caller(), context)


_COMMANDS: dict[str, Callable[[str, CommandContext], Application]] = {
    "check": lambda id_, context: reviews.start_check(dependencies(), id_, context),
    "review": lambda id_, context: reviews.start_review(dependencies(), id_, context),
    "announce": lambda id_, context: decisions.announce(dependencies(), id_, context),
    "confirm": lambda id_, context: applications.confirm(dependencies(), id_, context),
    "reconfirm": lambda id_, context: applications.confirm(dependencies(), id_, context),
    "chase": lambda id_, context: documents.remind(dependencies(), id_, context),
    "start": lambda id_, context: placements.start_placement(dependencies(), id_, caller(), context),
    "present": _mark_present,
    "complete": lambda id_, context: placements.complete_placement(dependencies(), id_, caller(), context),
}
COMMANDS = frozenset(_COMMANDS)


def execute(command: str, application_id: str, context: CommandContext) -> Application:
    """Runs one of COMMANDS."""
    return _COMMANDS[command](application_id, context)
