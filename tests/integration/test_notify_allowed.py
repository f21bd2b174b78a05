"""Notices: all commands in all states. What is `allowed` is just what is not refused for the state, and each answers the whole."""

from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database

from services.notify.rules import notifications
from tests.integration.allowed_commands import Commanded, check_state
from tests.integration.notify_office import Office as Notify
from tests.unit.notify.world import Case


@pytest.mark.parametrize("channel", notifications.CHANNELS)
@pytest.mark.parametrize("state", notifications.STATUSES)
def test_notices(mongo_url: str, database: Database, tmp_path: Path, state: str, channel: str) -> None:
    office = Notify(mongo_url, database, tmp_path)
    office.world.endpoint("http://127.0.0.1:9/")
    header = office.token("front_desk", "operator")

    def make() -> str:
        office.world.consume(Case().received())
        (found,) = database.notifications.find({"recipient": "endpoint:hook"}, sort=[("_id", -1)], limit=1)
        database.notifications.update_one({"_id": found["_id"]}, {"$set": {"status": state, "channel": channel}})
        return str(found["_id"])

    def ask(method: str, address: str, body: Any) -> Any:
        return office.client.open(address, method=method, headers=header, json=body)

    rule = "/notify/api/v1/notifications/<notification_id>"
    check_state(Commanded(office.client.application, rule, ask, {"settle": {"delivered": True}}), make)
