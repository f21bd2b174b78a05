"""The board of training: everybody who applied, by stage, with the one act that comes next; one click does it.

Not here: one application (application.py), what is typed there (commands.py).
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
from services.training.pages import desk_names, house_words
from services.training.pages.sending import submit
from services.training.rules import board as rules
from services.training.rules import states
from services.training.rules.programmes import KINDS
from services.training.rules.records.applications import Application
from services.training.schemas.forms.applications import BackForm, BoardQuery, VersionQuery
from shared.command_context import CommandContext
from shared.errors import NotFound
from shared.paging import Window
from shared.ui.blueprint import pages_blueprint, takes_form
from shared.ui.flash import said
from shared.ui.inputs import asked_in
from shared.ui.shell import page, t
from shared.ui.showing import fragment, go, show
from shared.web.access import query, rights
from shared.web.state import caller

Document = dict[str, Any]
blp = pages_blueprint("training", __file__)
HOME = "/training/"
FILTERS = ("programme", "kind", "department")
MOST_PROGRAMMES = 200


@blp.get("/")
@rights("training", "chief", "department")
@query(BoardQuery)
def board_page(query: Document) -> Response:
    """Everybody, by stage."""
    return show("training/board.html", **_shown(query), filters=filters())


@blp.get("/fragments/board")
@rights("training", "chief", "department")
@query(BoardQuery)
def board_part(query: Document) -> Response:
    """The same, live."""
    return fragment("training/parts/board.html", **_shown(query))


@blp.get("/fragments/board/<application_id>")
@rights("training", "chief", "department")
@query(VersionQuery)
def row_part(query: Document, application_id: str) -> Response:
    """What else can be done with one; its buttons carry the version that the board showed."""
    application = access.with_home(dependencies(), application_records.find_application(dependencies(), application_id))
    access.check_placed(dependencies(), application, caller())
    drawn = rules.allowed_commands(application, caller().roles, caller().departments)
    at_once = [one for one in drawn if one in _COMMANDS]
    return fragment("training/parts/board_menu.html", application=application, moves=at_once, version=query["version"])


def _shown(query: Document) -> Document:
    equal = equal_of(query)
    stages = work_lists.board_rows(dependencies(), equal, caller(), page().request_context.now)
    kept = {name: query[name] for name in FILTERS if query.get(name)}
    return {
        "stages": stages,
        "total": sum(len(rows) for rows in stages.values()),
        "drafts": work_lists.count_drafts(dependencies(), equal) if desk_names.has("training", "chief") else 0,
        "asked": {name: query.get(name) for name in FILTERS},
        "live": f"{HOME}fragments/board" + (f"?{urlencode(kept)}" if kept else ""),
        "ways": house_words.ways(),
        "back": HOME + (f"?{urlencode(kept)}" if kept else ""),
        **desk_names.tools(),
    }


def equal_of(query: Document) -> dict[str, str]:
    """The filters of an address as fields of applications."""
    names = {"programme": "programme_id", "kind": "kind", "department": "department"}
    return {field: query[name] for name, field in names.items() if query.get(name)}


def filters() -> Document:
    """What may be chosen: programmes, kinds, departments; by a department its own."""
    found = programmes.list_programmes(dependencies(), {}, Window(None, MOST_PROGRAMMES))
    listed, own = directory.listed_departments(dependencies(), page().reader.language), desk_names.own_departments()
    if own is not None:
        found = [one for one in found if one["department"] in own]
        listed = [(code, name) for code, name in listed if code in own]
    return {
        "programme": [(one["_id"], f"{one['reference']} {desk_names.title_of(one)}") for one in found],
        "kind": [(kind, t(f"kind.{kind}")) for kind in KINDS],
        "department": listed,
    }


def board_again() -> Response:
    """The board as it was when a command was sent from it, where the command was refused."""
    return show("training/board.html", **_shown(asked_in(BoardQuery, request.form.get("back", ""))), filters=filters())


@blp.post("/board/<application_id>/<command>")
@rights("training", "chief", "department")
@takes_form(BackForm, page=board_again, clash=desk_names.clash, event=states.event_of)
def move(application_id: str, command: str, form: Document) -> Response:
    """One command of a row, for which nothing is typed."""
    if command not in AT_ONCE:
        raise NotFound()
    access.check_command(command, caller().roles)
    back = form["back"] or HOME
    return submit(
        lambda context: run(command, application_id, context),
        lambda saved: go(
            f"{back}#a-{application_id}", said("application.done." + command, reference=saved["reference"])
        ),
        part=f"{application_id}.{command}",
    )


def _present(application_id: str, context: CommandContext) -> Application:
    day = desk_names.today().isoformat()
    return placements.record_attendance(dependencies(), application_id, day, "present", None, caller(), context)


_COMMANDS: dict[str, Callable[[str, CommandContext], Application]] = {
    "check": lambda id_, context: reviews.start_check(dependencies(), id_, context),
    "review": lambda id_, context: reviews.start_review(dependencies(), id_, context),
    "announce": lambda id_, context: decisions.announce(dependencies(), id_, context),
    "confirm": lambda id_, context: applications.confirm(dependencies(), id_, context),
    "reconfirm": lambda id_, context: applications.confirm(dependencies(), id_, context),
    "chase": lambda id_, context: documents.remind(dependencies(), id_, context),
    "start": lambda id_, context: placements.start_placement(dependencies(), id_, caller(), context),
    "present": _present,
    "complete": lambda id_, context: placements.complete_placement(dependencies(), id_, caller(), context),
}
AT_ONCE = frozenset(_COMMANDS)


def run(command: str, application_id: str, context: CommandContext) -> Application:
    """One of AT_ONCE."""
    return _COMMANDS[command](application_id, context)
