"""The HTML pages of training: the public's, without a sign-in; the training office's; places, groups, people and reports."""

from services.training.pages import (
    applicant,
    applicant_commands,
    application,
    application_commands,
    board,
    catalogue,
    certificates,
    date_change,
    decisions,
    document_grid,
    groups,
    people,
    places,
    programmes,
    reports,
    reviews,
    safety,
)
from shared.ui.blueprint import PageBlueprint

PUBLIC = (catalogue.blp, applicant.blp, applicant_commands.blp, certificates.blp, safety.blp)
OFFICE = (
    board.blp,
    application.blp,
    application_commands.blp,
    document_grid.blp,
    reviews.blp,
    decisions.blp,
    programmes.blp,
)
PLANNING = (places.blp, date_change.blp, groups.blp, people.blp, reports.blp)
BLUEPRINTS: list[PageBlueprint] = [*PUBLIC, *OFFICE, *PLANNING]
