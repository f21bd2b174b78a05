"""The pages of accounts, a file for each matter. What is shown comes from actions alone."""

from services.accounts.pages import operations, own, provider, sign_in
from shared.ui.blueprint import PageBlueprint

BLUEPRINTS: list[PageBlueprint] = [sign_in.blp, own.blp, provider.blp, operations.blp]
