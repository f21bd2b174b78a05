"""The page of a safety check behind a signed link: two big buttons, no sign-in; the answer can be changed."""

from typing import Any

from flask import Response

from services.training.actions import safety_checks
from services.training.current import dependencies
from services.training.pages.link_access import open_for_safety, with_link_access
from services.training.schemas.forms.safety import AnswerForm
from shared.ui.blueprint import pages_blueprint, takes_form
from shared.ui.commands import submit
from shared.ui.flash import flash
from shared.ui.showing import go, show
from shared.web.access import public

Document = dict[str, Any]
blp = with_link_access(pages_blueprint("training", __file__))


@blp.get("/application/<token>/safe")
@public()
def safety_page(token: str) -> Response:
    """Shows the question, and the last answer."""
    application = open_for_safety(token)
    return show(
        "training/safety.html",
        token=token,
        last=safety_checks.last_check(application),
        reference=application["reference"],
        phone=dependencies().settings.hospital_phone,
    )


@blp.post("/application/<token>/safe")
@public()
@takes_form(AnswerForm, page=safety_page)
def save_answer(token: str, form: Document) -> Response:
    """Saves the answer: safe, or in need of help."""
    application = open_for_safety(token)
    return submit(
        lambda context: safety_checks.record_answer(dependencies(), application["_id"], form["answer"], context),
        lambda _: go(f"/training/application/{token}/safe", flash("people.answered." + form["answer"])),
    )
