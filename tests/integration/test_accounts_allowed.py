"""Accounts: all commands in all states. What is `allowed` is just what is not refused for the state, and each answers the whole."""

from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database

from services.accounts.rules.accounts import MOVES as ACCOUNT_STATES
from tests.integration.allowed_commands import Commanded, check_state
from tests.integration.signing_in import Accounts


@pytest.mark.parametrize("state", ACCOUNT_STATES)
def test_accounts(mongo_url: str, database: Database, tmp_path: Path, state: str) -> None:
    accounts = Accounts(mongo_url, database, tmp_path)
    admin = accounts.token("admin")

    def ask(method: str, address: str, body: Any) -> Any:
        return accounts.call(method, address.removeprefix("/accounts/api/v1"), admin, body)

    def make() -> str:
        made = accounts.person("front_desk")["id"]
        if state == "disabled":
            assert accounts.call("POST", f"/accounts/{made}/disable", admin, {"reason": "left"}).status_code == 200
        return str(made)

    rule = "/accounts/api/v1/accounts/<account_id>"
    check_state(Commanded(accounts.app, rule, ask, {"disable": {"reason": "left"}}), make)
