"""The worker as create_worker wires it: batches of events, received by several processes at once, twice and out of turn."""

import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from pymongo.database import Database

from services.interpreting.handlers import HANDLERS
from services.interpreting.worker import create_worker
from shared.auth_copies import AUTH_INDEXES
from shared.broker.delivery import Delivery
from shared.broker.envelope import CONTENT_TYPE, encode_received
from shared.events import CATALOGUE
from shared.mongo import declare_indexes
from shared.service_indexes import INDEXES as SERVICE_INDEXES
from shared.settings import Settings
from tests.integration.signing_in import settings_of
from tests.unit.interpreting.world import Visit, World, at, received
from tests.warm import PROCESSES


def _deliveries(world: World, visits: list[Visit]) -> list[Delivery]:
    """Each visit booked, then moved by a quarter of an hour, as two events of its case."""
    told = []
    for visit in visits:
        told.append(replace(received(visit.booked(), world.now), sequence=1))
        moved = visit.rescheduled(visit.start + timedelta(minutes=15), visit.end + timedelta(minutes=15))
        told.append(replace(received(moved, world.now), sequence=2))
    return [Delivery(encode_received(event), CONTENT_TYPE) for event in told]


def _work(settings: Settings, batches: list[list[Delivery]]) -> None:
    worker = create_worker(settings)
    for batch in batches:
        worker.inbox.settle(batch)


def test_two_processes_consume_the_same_events_in_batches(
    mongo_url: str, database: Database[dict[str, Any]], tmp_path: Path
) -> None:
    world = World(database)
    declare_indexes(database, [*SERVICE_INDEXES, *AUTH_INDEXES])
    for number in range(3):
        world.interpreter(f"N{number}", travel_buffer_minutes=15)
    luck = random.Random(5)
    visits = []
    for _ in range(60):
        start = at(9, 0, luck.choice([25, 26])) + timedelta(minutes=30 * luck.randrange(14))
        visits.append(Visit(start=start, end=start + timedelta(minutes=45)))
    deliveries = _deliveries(world, visits)
    batches = [deliveries[place : place + 20] for place in range(0, len(deliveries), 20)]
    settings = settings_of("interpreting", mongo_url, database.name, tmp_path)
    processes = [PROCESSES.Process(target=_work, args=(settings, order)) for order in (batches, batches[::-1])]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0, 0]
    assert list(database.deferred_events.find()) == []
    assert Counter(position["last_sequence"] for position in database.inbox_positions.find()) == {2: 60}
    rows = list(database.bookings.find())
    assert len(rows) == 60
    assert {row["_id"]: row["start"] for row in rows} == {visit.booking_id: visit.start for visit in visits}
    assert world.overlapping() == []
    assert 20 <= sum(row["status"] == "confirmed" for row in rows) < 60
    for row in rows:
        assert [line["sequence"] for line in row["outbox"]] == list(range(1, row["last_sequence"] + 1))


def test_what_the_catalogue_says_is_consumed_has_a_handler() -> None:
    assert {type_ for type_, entry in CATALOGUE.items() if "interpreting" in entry.consumers} == {
        struct.TYPE for struct in HANDLERS
    }
