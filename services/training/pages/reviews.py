"""The reviewer's page: applications that wait for their review, all they need on one screen, a verdict with a note; then the next one.

It shows what matters for the decision; contact details, passport and health data are not shown to a reviewer.
"""

from typing import Any

from flask import Response

from services.training.actions import application_records, application_views, directory, reviews, work_lists
from services.training.current import dependencies
from services.training.pages import labels
from services.training.pages.submission import submit
from services.training.rules import board
from services.training.schemas.forms.applications import VerdictForm
from shared.ui.blueprint import pages_blueprint, takes_form
from shared.ui.flash import flash
from shared.ui.shell import page
from shared.ui.showing import go, show
from shared.web.access import rights
from shared.web.state import caller

Document = dict[str, Any]
blp = pages_blueprint("training", __file__)
HOME = "/training/reviews"


@blp.get("/reviews")
@rights("training", "reviewer", "department", "chief")
def reviews_page() -> Response:
    """Shows the applications that wait for the reader's review, the most urgent first."""
    waiting = _open_reviews()
    overlaps = labels.overlapping_stays([row.application for row, _ in waiting])
    return show(
        "training/reviews.html",
        open_reviews=[
            _review_context(row, steps) | {"overlaps": overlaps.get(row.application["_id"])} for row, steps in waiting
        ],
        **labels.template_context(),
    )


def _open_reviews() -> list[tuple[work_lists.ApplicationRow, list[str]]]:
    return work_lists.reviews_for(dependencies(), caller(), page().request_context.now)


def _review_context(row: work_lists.ApplicationRow, steps: list[str]) -> Document:
    application, programme = row.application, row.programme
    written = application_records.body_of(dependencies(), application)
    readable = {one["code"] for one in programme["requirements"] if board.readable_in_review(one)}
    one = application_records.decrypt_all(dependencies(), [application])[0]
    usernames = directory.people(dependencies(), [verdict["by"] for verdict in application["reviews"]])
    return {
        "application": application,
        "programme": programme,
        "steps": steps,
        "name": labels.display_name(written),
        "written": {name: value for name in board.READ_IN_REVIEW if (value := written.get(name))},
        "files": [
            paper for paper in one.documents if paper["requirement"] in readable and paper["status"] != "refused"
        ],
        "document_names": labels.document_names(programme),
        "notes": application_views.sealed_texts(dependencies(), application)["reviews"],
        "usernames": usernames,
    }


@blp.post("/reviews/<application_id>")
@rights("training", "reviewer", "department", "chief")
@takes_form(VerdictForm, page=reviews_page, clash=labels.application_conflict)
def give_verdict(application_id: str, form: Document) -> Response:
    """Saves a verdict and moves the focus to the next application."""
    left = [row.application["_id"] for row, _ in _open_reviews() if row.application["_id"] != application_id]
    step, verdict, note, who = form["step"], form["verdict"], form["note"], caller()
    return submit(
        lambda context: reviews.give_review(dependencies(), application_id, step, verdict, note, who, context),
        lambda saved: go(
            HOME + (f"#r-{left[0]}" if left else ""), flash("review.done." + verdict, reference=saved["reference"])
        ),
    )
