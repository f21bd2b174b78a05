"""Our people abroad and our guests in the house now, with whom to call; and "are you safe?", asked in one act and counted live."""

from typing import Any

from flask import Response

from services.training.actions import directory, safety_checks
from services.training.current import dependencies
from services.training.pages import desk_names, house_words, telling
from services.training.schemas.forms.safety import SafetyForm
from shared.ui.blueprint import pages_blueprint, takes_form
from shared.ui.commands import submit
from shared.ui.flash import said
from shared.ui.shell import page
from shared.ui.showing import fragment, go, show
from shared.web.access import rights

Document = dict[str, Any]
blp = pages_blueprint("training", __file__)
HOME = "/training/people"


@blp.get("/people")
@rights("training", "chief")
def people_page() -> Response:
    """Who is where now."""
    found = safety_checks.people_there(dependencies(), page().request_context.now, desk_names.has("training"))
    abroad: dict[str, list[safety_checks.Whereabouts]] = {}
    here: dict[str, list[safety_checks.Whereabouts]] = {}
    for one in found:
        side = abroad if one.application["direction"] == "out" else here
        side.setdefault(one.place or "", []).append(one)
    named = directory.organizations(dependencies(), (one.application["organization_id"] for one in found))
    return show(
        "training/people.html",
        abroad=sorted(abroad.items(), key=lambda pair: telling.country(pair[0])),
        here=sorted(here.items()),
        many=(sum(map(len, abroad.values())), sum(map(len, here.values()))),
        named=named,
        **_rounds(),
        **house_words.tools(),
    )


def _rounds() -> Document:
    return {
        "rounds": safety_checks.recent_checks(dependencies(), page().request_context.now, desk_names.has("training"))
    }


@blp.get("/fragments/people/rounds")
@rights("training", "chief")
def rounds_part() -> Response:
    """Who answered, live."""
    return fragment("training/parts/rounds.html", **_rounds(), **house_words.tools())


@blp.post("/people/ask")
@rights("training")
@takes_form(SafetyForm, page=people_page)
def ask(form: Document) -> Response:
    """Asks everybody of ours in a country, in one act."""
    return submit(
        lambda context: safety_checks.start_check(dependencies(), form["country"], form["count"], context),
        lambda asking: go(f"{HOME}#rounds", said("people.done.asked", n=len(asking["application_ids"]))),
    )
