"""Bookings: all commands in all states. What is `allowed` is just what is not refused for the state, and each answers the whole."""

from datetime import timedelta
from pathlib import Path

import pytest
from pymongo.database import Database

from services.interpreting.rules import states as booking_states
from tests.integration.allowed_commands import Commanded, check_state
from tests.integration.interpreting_office import Desk
from tests.unit.interpreting.world import Visit


@pytest.mark.parametrize("state", booking_states.STATES)
def test_bookings(mongo_url: str, database: Database, tmp_path: Path, state: str) -> None:
    desk = Desk(mongo_url, database, tmp_path)
    who, other = (desk.interpreter(email=f"{name}@hospital.example") for name in ("one", "two"))
    headers = {"Authorization": f"Bearer {desk.token('coordinator')}"}

    def make() -> str:
        number = database.bookings.count_documents({})
        soon = desk.world.now + timedelta(days=7 * number, minutes=30)
        id_ = desk.booking(Visit(start=soon, end=soon + timedelta(hours=1)))
        held = {"interpreter_id": who, "interpreter_name": "TANAKA Yuki"}
        holds = state in (*booking_states.ASSIGNED, booking_states.COMPLETED)
        database.bookings.update_one(
            {"_id": id_}, {"$set": {"status": state, "interpreter_id": None} | (held if holds else {})}
        )
        return id_

    bodies = {
        "assign": {"interpreter_id": other, "override": "Asked for."},
        "offer": {"interpreter_ids": [other], "override": "Asked for."},
        "release": {"reason": "ill"},
        "cancel": {"reason": "not_needed"},
    }
    kind = Commanded(
        desk.client.application,
        "/interpreting/api/v1/bookings/<booking_id>",
        lambda method, address, body: desk.client.open(address, method=method, headers=headers, json=body),
        bodies,
        read_alone=frozenset({"candidates"}),  # the roster as it is just then, no part of the booking
    )
    check_state(kind, make)
