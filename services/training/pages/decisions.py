"""Decisions: applications with a completed review, by programme and period with the places left. Many are decided in one action, and
announced in another.

Each application is decided on its own: a refusal of one is reported and does not stop the others.
"""

import time
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlencode

from flask import Response, g

from services.training.actions import application_views, decisions, places, work_lists
from services.training.current import dependencies
from services.training.pages import labels
from services.training.pages.board import application_filter, filter_choices
from services.training.rules.records.applications import Application
from services.training.schemas.forms.applications import NEEDS_ONE, DecisionsForm, DecisionsQuery
from shared.command_context import CommandContext
from shared.errors import InvalidInput, NotFound, Refusal
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
HOME = "/training/decisions"
MAX_SECONDS = 3.0
"""Time for one request, which must answer within five seconds; it reports what is left."""
MAX_SHOWN = 15


@blp.get("/decisions")
@rights("training", "chief")
@query(DecisionsQuery)
def decisions_page(query: Document) -> Response:
    """Shows by programme the applications to decide, the waiting list, and the decisions to announce."""
    groups = work_lists.to_decide(dependencies(), application_filter(query), caller(), page().request_context.now)
    return show(
        "training/decisions.html",
        groups=[_group_context(group) for group in groups.values()],
        overlaps=labels.overlapping_stays(
            [row.application for group in groups.values() for rows in group.values() for row in rows]
        ),
        filter_values={"programme": query.get("programme")},
        filters=filter_choices(),
        failed=[pair.split("~") for pair in (query.get("refused") or "").split(",") if "~" in pair],
        **_form_choices(),
        **labels.template_context(),
    )


def _group_context(group: dict[str, list[work_lists.ApplicationRow]]) -> Document:
    programme = next(row.programme for rows in group.values() for row in rows)
    positions = work_lists.waiting_positions(dependencies(), programme)
    waiting = sorted(group["waiting"], key=lambda row: (row.application["period_id"], _position(positions, row)))
    return {
        "programme": programme,
        "periods": {period["id"]: period for period in programme["periods"]},
        "places": places.period_counts(dependencies(), programme),
        "positions": positions,
        **group,
        "waiting": waiting,
    }


def _position(positions: dict[str, int], row: work_lists.ApplicationRow) -> int:
    return positions.get(row.application["_id"], 0)


def show_decisions() -> Response:
    """Shows the page again after a rejected form."""
    return decisions_page({"programme": g.typed.values.get("programme") or None})


@blp.post("/decisions/<act>")
@rights("training", "chief")
@takes_form(DecisionsForm, page=show_decisions)
def decide(act: str, form: Document) -> Response:
    """Runs `accept`, `reject` or `announce` for all ticked applications."""
    if act not in ("accept", "reject", "announce"):
        raise NotFound()
    chosen = form["chosen"]
    if not chosen:
        raise InvalidInput([("#/count", NEEDS_ONE)])
    if form["count"] != len(chosen):
        raise InvalidInput([("#/count", f"expected {len(chosen)}, as many as there are boxes ticked")])
    done, refused = _decide_each(act, chosen, form["reason"])
    return _result_response(act, form["programme"], done, refused, len(chosen))


def _command(act: str, application_id: str, reason: str) -> Callable[[CommandContext], Application]:
    commands: dict[str, Callable[[CommandContext], Application]] = {
        "accept": partial(decisions.accept, dependencies(), application_id, ()),
        "reject": partial(decisions.reject, dependencies(), application_id, reason, None),
        "announce": partial(decisions.announce, dependencies(), application_id),
    }
    return commands[act]


def _decide_each(act: str, chosen: list[str], reason: str) -> tuple[int, list[str]]:
    """Returns how many were done, and the reference and error slug of each of the others."""
    done, refused, until = 0, [], time.monotonic() + MAX_SECONDS
    references = application_views.references(dependencies(), chosen)
    for application_id in chosen:
        if time.monotonic() > until:
            refused.append(f"{references.get(application_id, '')}~left")
            continue
        try:
            submit_one(_command(act, application_id, reason), f"{act}.{application_id}")
            done += 1
        except Refusal as why:
            refused.append(f"{references.get(application_id, '')}~{why.slug}")
    return done, refused


def _result_response(act: str, programme: str | None, done: int, refused: list[str], total: int) -> Response:
    query = {"programme": programme, "refused": ",".join(refused[:MAX_SHOWN])}
    address = f"{HOME}?{urlencode({name: value for name, value in query.items() if value})}"
    tone = "warning" if refused else "done"
    return to_response(go(address.rstrip("?"), flash("decide.result." + act, n=done, left=total - done, tone=tone)))


def _form_choices() -> Document:
    return {"rejection_reasons": labels.rejection_reasons(), "refusal_text": labels.refusal_text}
