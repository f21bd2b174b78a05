"""The HTML pages of the front desk, a file for each; what they have in common in templates is in templates/intake/."""

from shared.ui import PageBlueprint

BLUEPRINTS: list[PageBlueprint] = []
