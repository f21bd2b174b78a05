"""The HTML pages of accounts, a file for each matter."""

from services.accounts.pages import operations
from shared.ui import PageBlueprint

BLUEPRINTS: list[PageBlueprint] = [operations.blp]
