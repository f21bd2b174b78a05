"""Tomorrow, on Friday also the weekend and Monday: who is not ready, by what is missing, with one action each."""

from typing import Any

from flask import Response

from services.intake.actions import names, tomorrow
from services.intake.current import dependencies
from shared.ui.blueprint import pages_blueprint
from shared.ui.shell import page
from shared.ui.showing import fragment, show
from shared.web.access import rights

blp = pages_blueprint("intake", __file__)


@blp.get("/tomorrow")
@rights("front_desk")
def tomorrow_page() -> Response:
    """Who is not ready."""
    return show("intake/tomorrow.html", **_tomorrow_context())


@blp.get("/fragments/tomorrow")
@rights("front_desk")
def tomorrow_part() -> Response:
    """The same, live."""
    return fragment("intake/parts/tomorrow.html", **_tomorrow_context())


def _tomorrow_context() -> dict[str, Any]:
    return {
        "coming": tomorrow.coming(dependencies(), page().request_context.now),
        "departments": names.departments(dependencies(), page().reader.language),
    }
