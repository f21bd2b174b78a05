"""The HTML pages: the coordinator's day (desk.py), one booking, the roster; the interpreter's own; a page of an offer's signed link."""

from services.interpreting.pages import absences, booking, desk, mine, offer_link, roster
from shared.ui.blueprint import PageBlueprint

BLUEPRINTS: list[PageBlueprint] = [desk.blp, booking.blp, roster.blp, absences.blp, mine.blp, offer_link.blp]
