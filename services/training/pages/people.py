"""Staff abroad and trainees in the hospital now, with their emergency contacts; the safety check, sent in one action and counted live."""

from typing import Any

from flask import Response

from services.training.actions import directory, safety_checks
from services.training.current import dependencies
from services.training.pages import formats, labels, navigation
from services.training.schemas.forms.safety import SafetyForm
from shared.ui.blueprint import pages_blueprint, takes_form
from shared.ui.commands import submit
from shared.ui.flash import flash
from shared.ui.shell import page
from shared.ui.showing import fragment, go, show
from shared.web.access import rights

Document = dict[str, Any]
blp = pages_blueprint("training", __file__)
HOME = "/training/people"


@blp.get("/people")
@rights("training", "chief")
def people_page() -> Response:
    """Shows who is where now."""
    found = safety_checks.people_there(dependencies(), page().request_context.now, labels.has_role("training"))
    abroad: dict[str, list[safety_checks.Whereabouts]] = {}
    here: dict[str, list[safety_checks.Whereabouts]] = {}
    for one in found:
        side = abroad if one.application["direction"] == "out" else here
        side.setdefault(one.place or "", []).append(one)
    named = directory.organizations(dependencies(), (one.application["organization_id"] for one in found))
    return show(
        "training/people.html",
        abroad=sorted(abroad.items(), key=lambda pair: formats.country_label(pair[0])),
        here=sorted(here.items()),
        totals=(sum(map(len, abroad.values())), sum(map(len, here.values()))),
        organization_names=named,
        **_rounds_context(),
        **navigation.template_context(),
    )


def _rounds_context() -> Document:
    return {
        "rounds": safety_checks.recent_checks(dependencies(), page().request_context.now, labels.has_role("training"))
    }


@blp.get("/fragments/people/rounds")
@rights("training", "chief")
def rounds_part() -> Response:
    """Shows the answers to safety checks; the browser refreshes it."""
    return fragment("training/parts/safety_checks.html", **_rounds_context(), **navigation.template_context())


@blp.post("/people/ask")
@rights("training")
@takes_form(SafetyForm, page=people_page)
def send_safety_check(form: Document) -> Response:
    """Sends a safety check to all staff in a country."""
    return submit(
        lambda context: safety_checks.start_check(dependencies(), form["country"], form["count"], context),
        lambda asking: go(f"{HOME}#rounds", flash("people.done.sent", n=len(asking["application_ids"]))),
    )
