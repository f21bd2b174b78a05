"""The HTML pages of the front desk, a file for each; what they have in common in templates is in templates/intake/."""

from services.intake.pages import (
    answering,
    board,
    case,
    closing,
    commands,
    edit,
    papers,
    patient,
    planning,
    register,
    sheets,
    tomorrow,
    triage,
    visits,
)
from shared.ui.blueprint import PageBlueprint

BLUEPRINTS: list[PageBlueprint] = [
    board.blp,
    closing.blp,
    tomorrow.blp,
    triage.blp,
    answering.blp,
    case.blp,
    commands.blp,
    edit.blp,
    papers.blp,
    planning.blp,
    sheets.blp,
    register.blp,
    patient.blp,
    visits.blp,
]
