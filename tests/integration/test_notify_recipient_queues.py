"""Several webhooks at once per endpoint, those of a case in order, one that hangs or is down moves no other: real receivers, counted."""

import json
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database

from services.notify.actions.delivery import recipient_queues
from services.notify.actions.delivery.dispatcher import WEBHOOKS, Dispatcher
from services.notify.rules.notifications import RETRY_PERIOD
from tests.unit.notify.world import Case, World

Answer = Callable[["Endpoint", dict[str, Any]], int]


class Wide(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True


class Endpoint:
    """An agency's endpoint that counts how many requests it has at once, also of one case; `answer` may block."""

    def __init__(self, answer: Answer) -> None:
        self.lock = threading.Lock()
        self.now, self.most = 0, 0
        self.got: list[dict[str, Any]] = []
        self.of_case: Counter[str] = Counter()
        self.most_of_case = 0
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status, more = endpoint.take(body, answer)
                self.send_response(status)
                for name, value in more.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        self.server = Wide(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/"

    def take(self, body: dict[str, Any], answer: Answer) -> tuple[int, dict[str, str]]:
        case = body["data"]["id"]
        with self.lock:
            self.got.append(body)
            self.now += 1
            self.of_case[case] += 1
            self.most, self.most_of_case = max(self.most, self.now), max(self.most_of_case, self.of_case[case])
        try:
            status = answer(self, body)
            return status if isinstance(status, tuple) else (status, {})
        finally:
            with self.lock:
                self.now -= 1
                self.of_case[case] -= 1


@pytest.fixture
def world(database: Database, tmp_path: Path) -> World:
    return World(database, tmp_path)


@pytest.fixture
def made() -> Iterator[list[Endpoint]]:
    endpoints: list[Endpoint] = []
    yield endpoints
    for endpoint in endpoints:
        endpoint.server.shutdown()
        endpoint.server.server_close()


def endpoint(
    world: World, made: list[Endpoint], answer: Answer, id_: str = "hook", organization: str = "agency"
) -> Endpoint:
    made.append(Endpoint(answer))
    world.endpoint(made[-1].url, endpoint_id=id_, organization_id=organization)
    return made[-1]


def until(world: World, done: Callable[[], bool], rounds: int = 3000) -> None:
    """Rounds of the dispatcher, each waiting for the end of a try, until it is done."""
    for _ in range(rounds):
        if done():
            return
        world.webhooks._wake.clear()
        if not world.webhooks.run_once(world.deps):
            world.webhooks._wake.wait(0.2)
    raise AssertionError("not in so many rounds")


def delivered(world: World, id_: str = "hook") -> int:
    return world.database.notifications.count_documents({"recipient": f"endpoint:{id_}", "status": "delivered"})


def test_cases_go_side_by_side_and_each_in_its_order(world: World, made: list[Endpoint]) -> None:
    full = threading.Barrier(WEBHOOKS.concurrency, timeout=60)
    first = threading.Semaphore(WEBHOOKS.concurrency)

    def meet(there: Endpoint, body: dict[str, Any]) -> int:
        if first.acquire(blocking=False):
            full.wait()  # only if as many as may be are there at once
        return 200

    agency = endpoint(world, made, meet)
    cases = [Case() for _ in range(40)]
    for step in ("received", "accepted", "scheduled"):
        world.consume(*[getattr(case, step)() for case in cases])
        world.move(seconds=1)
    until(world, lambda: delivered(world) == 120)
    assert agency.most == WEBHOOKS.concurrency and agency.most_of_case == 1
    order = defaultdict(list)
    for body in agency.got:
        order[body["data"]["id"]].append(body["type"])
    assert {tuple(types) for types in order.values()} == {
        ("referral.received", "referral.accepted", "referral.scheduled")
    }


def test_requests_that_hang_do_not_block_the_rest_of_the_same_endpoint(
    world: World, made: list[Endpoint], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recipient_queues, "SLOW_SECONDS", 0.2)
    never, cases = threading.Event(), [Case() for _ in range(300)]
    hang = {case.case_id for case in cases[::10]}

    def one_in_ten(there: Endpoint, body: dict[str, Any]) -> int:
        if body["data"]["id"] in hang:
            never.wait(60)
        return 200

    agency = endpoint(world, made, one_in_ten)
    world.consume(*[case.received() for case in cases])
    until(world, lambda: delivered(world) == 270)
    assert agency.now > 0, "while they still hang"
    assert agency.most <= WEBHOOKS.concurrency + WEBHOOKS.max_slow
    never.set()
    world.webhooks.finish(30)


def test_an_endpoint_that_never_answers_gets_its_places_and_no_more_and_others_are_unaffected(
    world: World, made: list[Endpoint], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recipient_queues, "SLOW_SECONDS", 0.05)
    never = threading.Event()
    hanging = endpoint(world, made, lambda *_: (never.wait(60), 200)[1], "hangs", "slow")
    agency = endpoint(world, made, lambda *_: 200)
    world.organization("slow")
    world.consume(*[Case("slow").received() for _ in range(300)])
    world.move(seconds=1)
    world.consume(*[Case().received() for _ in range(100)])
    until(world, lambda: delivered(world) == 100)
    assert hanging.most == len(hanging.got) == WEBHOOKS.concurrency and delivered(world, "hangs") == 0
    assert len(agency.got) == 100
    never.set()
    world.webhooks.finish(30)


def test_the_breaker_opens_probes_and_closes(world: World, made: list[Endpoint]) -> None:
    status = [500]
    agency = endpoint(world, made, lambda *_: status[0])
    world.consume(*[Case().received() for _ in range(60)])
    world.send(10)
    opened = len(agency.got)
    assert recipient_queues.OPENS_AFTER <= opened <= WEBHOOKS.concurrency + recipient_queues.OPENS_AFTER
    waiting = world.database.notifications.count_documents({"channel": "webhook", "attempts": 0})
    assert waiting == 60 - opened, "what was held back lost no try"
    world.move(seconds=29)
    world.send(5)
    assert len(agency.got) == opened
    for pause in (1, 61, 121, 241, 301, 301):
        world.move(seconds=pause)
        world.send(5)
        opened += 1
        assert len(agency.got) == opened, "one probe"
    status[0] = 200
    world.move(seconds=301)
    until(world, lambda: delivered(world) == 60)


@pytest.mark.parametrize("status", [400, 404, 413, 422])
def test_an_endpoint_that_refuses_one_request_is_not_down(world: World, made: list[Endpoint], status: int) -> None:
    agency = endpoint(world, made, lambda *_: status)
    world.consume(*[Case().received() for _ in range(40)])
    world.send(20)
    assert len(agency.got) == 40


@pytest.mark.parametrize("status", [429, 503])
def test_an_overloaded_endpoint_pauses_for_all_and_is_probed_once_after(
    world: World, made: list[Endpoint], status: int
) -> None:
    busy = [True]
    agency = endpoint(world, made, lambda *_: (status, {"Retry-After": "600"}) if busy[0] else 200)  # type: ignore[arg-type, return-value]
    world.consume(*[Case().received() for _ in range(50)])
    world.send(10)
    asked = len(agency.got)
    assert asked <= WEBHOOKS.concurrency + 1
    world.move(seconds=599)
    world.send(10)
    assert len(agency.got) == asked
    busy[0] = False
    world.move(seconds=1)
    until(world, lambda: delivered(world) == 50)


def test_what_waited_for_an_endpoint_that_stays_down_is_dead_in_time(world: World, made: list[Endpoint]) -> None:
    agency = endpoint(world, made, lambda *_: 500)
    world.consume(*[Case().received() for _ in range(130)])
    world.send(10)
    world.now += RETRY_PERIOD["webhook"]
    world.send(10)
    states = Counter(n["status"] for n in world.notifications(channel="webhook"))
    assert states == {"dead": 130} and len(agency.got) < 40
    assert {n["reason"] for n in world.notifications(channel="webhook")} <= {"endpoint_down", "http_500"}


def test_a_failed_webhook_blocks_its_case_for_its_first_attempts_and_then_lets_others_pass(
    world: World, made: list[Endpoint]
) -> None:
    case, other = Case(), Case()
    agency = endpoint(
        world,
        made,
        lambda _, body: 400 if (body["type"], body["data"]["id"]) == ("referral.received", case.case_id) else 200,
    )
    world.consume(case.received())
    world.send()
    world.move(seconds=1)
    world.consume(case.accepted(), other.accepted())
    world.send()
    types = [(body["type"], body["data"]["id"] == case.case_id) for body in agency.got]
    assert types == [("referral.received", True), ("referral.accepted", False)]
    for seconds in (6, 20, 70):
        world.move(seconds=seconds)
        world.send()
    types = [body["type"] for body in agency.got if body["data"]["id"] == case.case_id]
    assert types == ["referral.received"] * 4 + ["referral.accepted"]
    assert world.notification(webhook_type="referral.accepted", case_id=case.case_id)["status"] == "delivered"


def test_one_with_a_long_retry_after_lets_the_rest_of_its_case_pass(world: World, made: list[Endpoint]) -> None:
    case = Case()

    def too_large(_: Endpoint, body: dict[str, Any]) -> Any:
        return (413, {"Retry-After": "90000"}) if body["type"] == "referral.received" else 200

    agency = endpoint(world, made, too_large)
    world.consume(case.received())
    world.send()
    world.move(seconds=1)
    world.consume(case.accepted())
    world.send()
    assert [body["type"] for body in agency.got] == ["referral.received", "referral.accepted"]


def test_another_process_sending_of_the_same_case_is_waited_for(world: World, made: list[Endpoint]) -> None:
    agency = endpoint(world, made, lambda *_: 200)
    case = Case()
    world.consume(case.received())
    world.deps.store.claim(
        world.deps.store.due("webhook", world.now, [], [], 5),
        world.now,
        world.now + timedelta(seconds=WEBHOOKS.lease_seconds),
    )
    world.move(seconds=1)
    world.consume(case.accepted(), Case().accepted())
    world.send()
    assert [body["data"]["id"] == case.case_id for body in agency.got] == [False]
    world.move(seconds=31)
    world.send()
    assert [body["type"] for body in agency.got if body["data"]["id"] == case.case_id] == [
        "referral.received",
        "referral.accepted",
    ]


def test_endpoints_that_failed_hold_half_of_the_threads_at_most(world: World, made: list[Endpoint]) -> None:
    world.webhooks = Dispatcher(replace(WEBHOOKS, threads=16))
    go, released = [True], threading.Event()

    def fails_then_hangs(there: Endpoint, body: dict[str, Any]) -> int:
        if not go[0]:
            released.wait(60)
        return 500

    hanging = [endpoint(world, made, fails_then_hangs, f"hangs{number:02}") for number in range(12)]
    world.consume(Case().received())
    world.send(20)
    go[0] = False
    world.consume(*[Case().received() for _ in range(3)])
    world.webhooks.run_once(world.deps)
    assert len(world.webhooks.queues.running()) == 8
    world.organization("quick")
    agency = endpoint(world, made, lambda *_: 200, "fine", "quick")
    world.move(seconds=1)
    world.consume(*[Case("quick").received() for _ in range(20)])
    until(world, lambda: delivered(world, "fine") == 20)
    assert len(agency.got) == 20 and sum(one.now for one in hanging) == 8
    released.set()
    world.webhooks.finish(30)
