"""Decisions: whose review is through, by programme and period with the places left; many decided in one act, announced in another.

Each is decided by itself: what one is refused for is told and stops no other.
"""

import time
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlencode

from flask import Response, g

from services.training.actions import application_views, decisions, places, work_lists
from services.training.current import dependencies
from services.training.pages import desk_names
from services.training.pages.board import equal_of, filters
from services.training.rules.records.applications import Application
from services.training.schemas.forms.applications import NEEDS_ONE, DecisionsForm, DecisionsQuery
from shared.command_context import CommandContext
from shared.errors import InvalidInput, NotFound, Refusal
from shared.ui.blueprint import pages_blueprint, takes_form
from shared.ui.commands import submit_one
from shared.ui.flash import said
from shared.ui.shell import page
from shared.ui.showing import go, show
from shared.web.access import query, rights
from shared.web.answers import to_response
from shared.web.state import caller

Document = dict[str, Any]
blp = pages_blueprint("training", __file__)
HOME = "/training/decisions"
SECONDS = 3.0
"""So long one request goes on: it must answer before its five seconds are over, and then tells what is left."""
MOST_TOLD = 15


@blp.get("/decisions")
@rights("training", "chief")
@query(DecisionsQuery)
def decisions_page(query: Document) -> Response:
    """By programme: who may be decided, who waits, what is to be announced."""
    groups = work_lists.to_decide(dependencies(), equal_of(query), caller(), page().request_context.now)
    return show(
        "training/decisions.html",
        groups=[_group(group) for group in groups.values()],
        overlaps=desk_names.overlaps(
            [row.application for group in groups.values() for rows in group.values() for row in rows]
        ),
        asked={"programme": query.get("programme")},
        filters=filters(),
        refused=[pair.split("~") for pair in (query.get("refused") or "").split(",") if "~" in pair],
        **_choices(),
        **desk_names.tools(),
    )


def _group(group: dict[str, list[work_lists.ApplicationRow]]) -> Document:
    programme = next(row.programme for rows in group.values() for row in rows)
    positions = work_lists.waiting_positions(dependencies(), programme)
    waiting = sorted(group["waiting"], key=lambda row: (row.application["period_id"], _place(positions, row)))
    return {
        "programme": programme,
        "periods": {period["id"]: period for period in programme["periods"]},
        "places": places.period_counts(dependencies(), programme),
        "positions": positions,
        **group,
        "waiting": waiting,
    }


def _place(positions: dict[str, int], row: work_lists.ApplicationRow) -> int:
    return positions.get(row.application["_id"], 0)


def decisions_again() -> Response:
    """The page a refused form comes back to."""
    return decisions_page({"programme": g.typed.values.get("programme") or None})


@blp.post("/decisions/<act>")
@rights("training", "chief")
@takes_form(DecisionsForm, page=decisions_again)
def decide(act: str, form: Document) -> Response:
    """`accept`, `reject` or `announce` all that are ticked."""
    if act not in ("accept", "reject", "announce"):
        raise NotFound()
    chosen = form["chosen"]
    if not chosen:
        raise InvalidInput([("#/count", NEEDS_ONE)])
    if form["count"] != len(chosen):
        raise InvalidInput([("#/count", f"expected {len(chosen)}, as many as there are boxes ticked")])
    done, refused = _each(act, chosen, form["reason"])
    return _told(act, form["programme"], done, refused, len(chosen))


def _run(act: str, application_id: str, reason: str) -> Callable[[CommandContext], Application]:
    commands: dict[str, Callable[[CommandContext], Application]] = {
        "accept": partial(decisions.accept, dependencies(), application_id, ()),
        "reject": partial(decisions.reject, dependencies(), application_id, reason, None),
        "announce": partial(decisions.announce, dependencies(), application_id),
    }
    return commands[act]


def _each(act: str, chosen: list[str], reason: str) -> tuple[int, list[str]]:
    """How many were done; of the others reference and why not."""
    done, refused, until = 0, [], time.monotonic() + SECONDS
    references = application_views.references(dependencies(), chosen)
    for application_id in chosen:
        if time.monotonic() > until:
            refused.append(f"{references.get(application_id, '')}~left")
            continue
        try:
            submit_one(_run(act, application_id, reason), f"{act}.{application_id}")
            done += 1
        except Refusal as why:
            refused.append(f"{references.get(application_id, '')}~{why.slug}")
    return done, refused


def _told(act: str, programme: str | None, done: int, refused: list[str], total: int) -> Response:
    asked = {"programme": programme, "refused": ",".join(refused[:MOST_TOLD])}
    address = f"{HOME}?{urlencode({name: value for name, value in asked.items() if value})}"
    tone = "warning" if refused else "done"
    return to_response(go(address.rstrip("?"), said("decide.told." + act, n=done, left=total - done, tone=tone)))


def _choices() -> Document:
    return {"reject_reasons": desk_names.reject_reasons(), "why_not": desk_names.why_not}
