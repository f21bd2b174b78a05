"""The HTML pages: the coordinator's day (desk.py), one booking, the roster; the interpreter's own; a signed link's."""

from services.interpreting.pages import absences, booking, desk, linked, mine, roster
from shared.ui.blueprint import PageBlueprint

BLUEPRINTS: list[PageBlueprint] = [desk.blp, booking.blp, roster.blp, absences.blp, mine.blp, linked.blp]
