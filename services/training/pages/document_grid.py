"""The documents of all applications as a grid: what is missing, what has to be checked; one action reminds everyone."""

import time
from functools import partial
from typing import Any

from flask import Response, g

from services.training.actions import documents, work_lists
from services.training.actions.work_lists import ApplicationRow
from services.training.current import dependencies
from services.training.pages import labels
from services.training.pages.board import application_filter, filter_choices, show_board
from services.training.pages.document_text import status_text
from services.training.pages.submission import submit
from services.training.schemas.forms.applications import BackForm, BoardQuery, ReminderForm
from shared.errors import InvalidInput, Refusal
from shared.ui.blueprint import pages_blueprint, takes_form
from shared.ui.commands import submit_one
from shared.ui.flash import flash
from shared.ui.shell import page
from shared.ui.showing import go, show
from shared.web.access import query, rights
from shared.web.answers import to_response
from shared.web.state import caller

Document = dict[str, Any]
blp = pages_blueprint("training", __file__)
HOME = "/training/papers"
MAX_SECONDS = 3.0
"""Time for one request, which must answer within five seconds; it reports what is left."""


@blp.get("/papers")
@rights("training", "chief")
@query(BoardQuery)
def grid_page(query: Document) -> Response:
    """Shows the documents of all applications."""
    rows = _open_rows(query)
    return show(
        "training/documents.html",
        rows=rows,
        columns=_columns(rows),
        cells={row.application["_id"]: {one.code: one for one in row.statuses} for row in rows},
        to_check=sum(len(row.to_check) for row in rows),
        incomplete_rows=[row for row in rows if row.missing],
        filter_values={"programme": query.get("programme")},
        filters=filter_choices(),
        status_text=status_text,
        address=_address(query.get("programme")),
        **labels.template_context(),
    )


def _open_rows(query: Document) -> list[ApplicationRow]:
    return work_lists.open_rows(dependencies(), application_filter(query), caller(), page().request_context.now)


def _columns(rows: list[ApplicationRow]) -> dict[str, str]:
    """Returns every required code with its name, in the order of the programmes."""
    columns: dict[str, str] = {}
    for row in rows:
        names = labels.document_names(row.programme)
        for one in row.statuses:
            columns.setdefault(one.code, names.get(one.code, one.code))
    return columns


def _address(programme: str | None) -> str:
    return HOME + (f"?programme={programme}" if programme else "")


def show_grid() -> Response:
    """Shows the grid again as it was filtered, after a rejected form."""
    return grid_page({"programme": g.typed.values.get("programme") or None})


@blp.post("/papers/chase")
@rights("training")
@takes_form(ReminderForm, page=show_grid)
def remind_all(form: Document) -> Response:
    """Reminds every applicant with missing documents, each on its own; the number that failed is reported."""
    incomplete = [row.application["_id"] for row in _open_rows(form) if row.missing]
    if form["count"] != len(incomplete):
        raise InvalidInput([("#/count", f"expected {len(incomplete)}, as many as there are people to remind")])
    done, until = 0, time.monotonic() + MAX_SECONDS
    for application_id in incomplete:
        if time.monotonic() > until:
            break
        try:
            submit_one(partial(documents.remind, dependencies(), application_id), application_id)
            done += 1
        except Refusal:
            continue  # it was changed meanwhile: the reported number tells it
    complete = done == len(incomplete)
    tone = "done" if complete else "warning"
    message = flash(
        "documents.reminded." + ("all" if complete else "some"), n=done, left=len(incomplete) - done, tone=tone
    )
    return to_response(go(_address(form["programme"]), message))


@blp.post("/papers/<application_id>/chase")
@rights("training")
@takes_form(BackForm, page=show_board, clash=labels.application_conflict)
def remind_one(application_id: str, form: Document) -> Response:
    """Reminds one applicant."""
    return submit(
        partial(documents.remind, dependencies(), application_id),
        lambda saved: go(form["back"] or HOME, flash("application.done.chase", reference=saved["reference"])),
    )
