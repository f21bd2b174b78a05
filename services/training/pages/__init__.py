"""The HTML pages of training: the public's, opened without signing in; the desk's; places, moves, groups, who is where, reports."""

from services.training.pages import (
    applicant,
    application,
    applying,
    board,
    catalogue,
    commands,
    deciding,
    groups,
    managing,
    moving,
    papers_grid,
    places,
    reporting,
    reviewing,
    safety,
    verifying,
    whereabouts,
)
from shared.ui.blueprint import PageBlueprint

PUBLIC = (catalogue.blp, applicant.blp, applying.blp, verifying.blp, safety.blp)
DESK = (board.blp, application.blp, commands.blp, papers_grid.blp, reviewing.blp, deciding.blp, managing.blp)
HOUSE = (places.blp, moving.blp, groups.blp, whereabouts.blp, reporting.blp)
BLUEPRINTS: list[PageBlueprint] = [*PUBLIC, *DESK, *HOUSE]
