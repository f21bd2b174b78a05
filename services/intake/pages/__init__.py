"""The HTML pages of the front desk, a file for each; what they have in common in templates is in templates/intake/."""

from services.intake.pages import (
    board,
    case,
    case_commands,
    day_close,
    edit,
    exchange,
    patient,
    register,
    sheets,
    tomorrow,
    triage,
    triage_commands,
    visit_calendar,
    visits,
)
from shared.ui.blueprint import PageBlueprint

BLUEPRINTS: list[PageBlueprint] = [
    board.blp,
    day_close.blp,
    tomorrow.blp,
    triage.blp,
    triage_commands.blp,
    case.blp,
    case_commands.blp,
    edit.blp,
    exchange.blp,
    visit_calendar.blp,
    sheets.blp,
    register.blp,
    patient.blp,
    visits.blp,
]
