"""Health and readiness, and what a web process says while MongoDB is away: quickly 503, never 500, and itself again afterwards."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pymongo.database import Database

from deploy.local import mongod
from shared.errors import Unavailable
from shared.web.circuit_breaker import PROBE_SECONDS, REQUEST_SECONDS, CircuitBreaker
from shared.web.health import look
from tests.integration.toy import BED, BEDS, TickingClock, Toy

READY = {"_id": "setup", "queues": ["imc.intake"]}


@pytest.fixture
def toy(mongo_url: str, database: Database, tmp_path: Path) -> Toy:
    return Toy(mongo_url, database.name, tmp_path, TickingClock())


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[mongod.Mongod]:
    """A mongod of this test's own, to be hurt."""
    server = mongod.start(tmp_path)
    yield server
    server.process.send_signal(signal.SIGCONT)
    server.stop()


def test_ready_means_set_up_with_indexes_as_declared(toy: Toy) -> None:
    readiness = toy.client.get("/intake/readyz")
    assert (readiness.status_code, readiness.json["setup"], readiness.headers["Retry-After"]) == (
        503,
        "missing: run `imc setup`",
        "2",
    )
    toy.database["meta"].insert_one(READY)
    fresh = Toy(toy.settings.mongo_url, toy.database.name, toy.settings.secret_dir, toy.clock)
    ready = fresh.client.get("/intake/readyz")
    assert (ready.status_code, ready.json["status"], ready.json["mongodb"]) == (200, "ready", "ok")
    assert "broker" in ready.json
    toy.database["beds"].drop_indexes()
    ready, state = look(fresh.app.extensions["imc"])
    assert not ready
    assert "beds.requests-key_1" in state["indexes"]


def test_a_broker_away_keeps_nobody_out(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr("shared.web.health.socket.create_connection", refused)
    toy.database["meta"].insert_one(READY)
    found = toy.client.get("/intake/readyz")
    assert (found.status_code, found.json["broker"]) == (200, "away")


def test_with_mongodb_frozen_every_request_ends_and_health_answers(own_server: mongod.Mongod, tmp_path: Path) -> None:
    toy = Toy(own_server.url, "frozen", tmp_path, TickingClock())
    toy.database["meta"].insert_one(READY)
    desk = {"Authorization": toy.token("front_desk"), "Idempotency-Key": "k-1"}
    assert toy.client.post(BEDS, json=BED, headers=desk | {"Idempotency-Key": "k-0"}).status_code == 201
    own_server.process.send_signal(signal.SIGSTOP)
    # told when its last thread stands: until then it may answer
    os.waitid(os.P_PID, own_server.process.pid, os.WSTOPPED)

    def post(n: int) -> tuple[int, str | None, float]:
        begun = time.monotonic()
        answer = toy.app.test_client().post(BEDS, json=BED, headers=desk | {"Idempotency-Key": f"k-{n}"})
        return answer.status_code, answer.headers.get("Retry-After"), time.monotonic() - begun

    with ThreadPoolExecutor(12) as pool:
        waiting = [pool.submit(post, n) for n in range(1, 13)]
        assert toy.app.test_client().get("/intake/healthz").status_code == 200
        ended = [future.result() for future in waiting]
    assert {status for status, *_ in ended} == {503}
    assert all(after for _, after, _ in ended)
    # pymongo itself would wait 30 s for a server; who is known to be away is only knocked at
    assert max(seconds for *_, seconds in ended) < 30
    assert post(13)[2] < max(seconds for *_, seconds in ended)
    ready = toy.client.get("/intake/readyz")
    assert (ready.status_code, ready.json["mongodb"]) == (503, "away")

    own_server.process.send_signal(signal.SIGCONT)
    deadline = time.monotonic() + 30
    while (again := post(1))[0] != 201 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert again[0] == 201
    kept = toy.database["beds"].count_documents({})
    for n in range(1, 14):  # whatever became of the tries, the same key makes no second record
        while post(n)[0] == 503:
            assert time.monotonic() < deadline
    assert toy.database["beds"].count_documents({}) == 14 >= kept


def test_a_gate_with_nobody_leaving_turns_away_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = 1000.0
    monkeypatch.setattr("shared.web.circuit_breaker.time.monotonic", lambda: moment)
    breaker = CircuitBreaker(2)
    with breaker, breaker:
        moment += 0.6
        with pytest.raises(Unavailable), breaker:
            raise AssertionError("let in")
    with breaker, breaker:
        pass


def test_a_gate_that_moves_lets_everyone_through_in_turn() -> None:
    breaker, passed, lock = CircuitBreaker(2), [], threading.Lock()

    def enter(n: int) -> None:
        with breaker:
            with lock:
                passed.append(n)
            time.sleep(0.001)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(enter, range(200)))
    assert sorted(passed) == list(range(200))


def test_a_database_found_away_is_only_knocked_at_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = 1000.0
    monkeypatch.setattr("shared.web.circuit_breaker.time.monotonic", lambda: moment)
    breaker = CircuitBreaker(1)
    assert breaker.seconds_for() == REQUEST_SECONDS
    breaker.record_timeout()
    assert breaker.seconds_for() == PROBE_SECONDS
    moment += 5.1
    assert breaker.seconds_for() == REQUEST_SECONDS


def test_the_first_who_is_let_in_again_ends_the_probing() -> None:
    breaker = CircuitBreaker(1)
    breaker.record_timeout()
    with pytest.raises(ValueError, match="still away"), breaker:
        raise ValueError("still away")
    assert breaker.seconds_for() == PROBE_SECONDS
    with breaker:
        pass
    assert breaker.seconds_for() == REQUEST_SECONDS
