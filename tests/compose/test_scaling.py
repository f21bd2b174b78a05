"""Under load: more containers of one service, and every container stopped and started in turn. Nothing is lost or doubled."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Self

import pytest

from shared.settings import SERVICES
from tests.compose import client
from tests.compose.conftest import Compose, service_of

IN_TURN = [f"{service}-{process}" for service in SERVICES for process in ("web", "worker")] + [
    "gateway",
    "rabbitmq",
    "mongo",
]


@dataclass
class Load:
    """Cases brought from referral to booked visit, one after the other, by two callers at once, until stopped."""

    sender: client.Caller
    desk: client.Caller
    name: str
    pause: float = 0.2
    cases: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    _ended: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _next: int = 0

    def __enter__(self) -> Self:
        self._threads = [threading.Thread(target=self._run) for _ in range(2)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        sender = client.Caller(self.sender.url, self.sender.credential)
        desk = client.Caller(self.desk.url, self.desk.credential)
        while not self._ended.wait(self.pause):
            with self._lock:
                self._next += 1
                place = self._next
            try:
                self.cases.append(client.booked_case(sender, desk, f"{self.name}-{place}", place))
            except Exception as error:
                self.faults.append(f"{self.name}-{place}: {error!r}")


@pytest.fixture(scope="module")
def admin(system: Compose) -> client.Caller:
    return client.staff(system, "admin")


@pytest.fixture(scope="module")
def desk(system: Compose, admin: client.Caller) -> client.Caller:
    for number in range(2):
        admin.post("/interpreting/api/v1/interpreters", client.interpreter(number), 201)
    return client.staff(system, "front_desk")


@pytest.fixture
def sender(system: Compose, request: pytest.FixtureRequest) -> Iterator[client.Caller]:
    yield client.agency(system, f"Agency of {request.node.name}")


def judge(system: Compose, admin: client.Caller, load: Load) -> None:
    """Every case answered for has one booking per visit, each notice once, and nothing waits or is parked."""
    assert not load.faults
    assert len(load.cases) == len(set(load.cases)) > 3
    for case in load.cases:
        client.wait_for(f"booking of {case}", partial(settled, admin, case))
    for case in load.cases:
        told = admin.get("/notify/api/v1/notifications", case_id=case, limit=200)["items"]
        assert told, case
        each = [(notice["event_id"], str(notice["recipient"]), notice["channel"]) for notice in told]
        assert len(each) == len(set(each)), case
    sent = {item["id"] for item in everything(load.sender, "/intake/api/v1/referrals")}
    assert sent == set(load.cases)
    client.wait_for("imc status", lambda: quiet(system))


def settled(admin: client.Caller, case: str) -> bool:
    """Its one booking is made, and intake shows it."""
    bookings = admin.get("/interpreting/api/v1/bookings", case_id=case)["items"]
    assert len(bookings) <= 1, bookings
    if not bookings or bookings[0]["status"] not in ("confirmed", "unfilled"):
        return False
    shown = admin.get(f"/intake/api/v1/cases/{case}")["visits"][0]["interpreter"]
    return bool(shown["status"] == bookings[0]["status"])


def everything(caller: client.Caller, path: str) -> Iterator[dict[str, Any]]:
    """All pages of a list."""
    address, more = caller.url + path, {"limit": "200"}
    while address:
        answer = caller.session.get(
            address, params=more, headers={"Authorization": f"Bearer {caller.credential()}"}, timeout=30
        )
        assert answer.status_code == 200, answer.text
        yield from answer.json()["items"]
        address, more = answer.links.get("next", {}).get("url", ""), {}
        address = caller.url + address if address.startswith("/") else address


def quiet(system: Compose) -> bool:
    """`imc status` ends with 0: all is healthy, nothing parked."""
    try:
        system.imc("status")
    except AssertionError:
        return False
    return True


def test_more_containers(system: Compose, admin: client.Caller, desk: client.Caller, sender: client.Caller) -> None:
    scaled = ["--scale", "intake-web=2", "--scale", "interpreting-worker=3"]
    with Load(sender, desk, "scale") as load:
        time.sleep(3)
        system.run("up", "--wait", "--no-recreate", *scaled)
        assert len(system.run("ps", "--quiet", "intake-web").split()) == 2
        assert len(system.run("ps", "--quiet", "interpreting-worker").split()) == 3
        time.sleep(8)
        both = system.run("logs", "--no-log-prefix", "gateway")
        system.run("up", "--wait", "--no-recreate")
        time.sleep(3)
    addresses = {
        line.split('"upstream":"')[1].split('"')[0] for line in both.splitlines() if '"path":"/intake/' in line
    }
    assert len({address for address in addresses if address.count(":") == 1}) >= 2
    judge(system, admin, load)


def test_each_stopped_and_started_in_turn(
    system: Compose, admin: client.Caller, desk: client.Caller, sender: client.Caller
) -> None:
    with Load(sender, desk, "turn") as load:
        for name in IN_TURN:
            system.run("stop", name)
            time.sleep(1)
            system.run("start", name)
            time.sleep(1)
        system.run("up", "--wait", "--no-recreate")
        time.sleep(3)
    judge(system, admin, load)


def test_down_and_up_again(system: Compose, admin: client.Caller, desk: client.Caller, sender: client.Caller) -> None:
    """Secrets, accounts, keys, cases survive; only `down --volumes` forgets."""
    case = client.booked_case(sender, desk, "before", 5000)
    client.wait_for(f"booking of {case}", partial(settled, admin, case))
    system.run("down")
    system.run("up", "--wait")
    assert [item["id"] for item in everything(sender, "/intake/api/v1/referrals")] == [case]
    assert settled(admin, case)
    later = client.booked_case(sender, desk, "after", 5001)
    client.wait_for(f"booking of {later}", partial(settled, admin, later))
    client.wait_for("imc status", lambda: quiet(system))


def test_more_containers_while_the_database_is_killed(
    system: Compose, admin: client.Caller, desk: client.Caller, sender: client.Caller
) -> None:
    """The command succeeds, no replica is left behind merely made, and all is well; `setup`, tried again, too."""
    system.run("kill", "mongo")
    back = threading.Timer(3.0, lambda: system.run("start", "mongo"))
    back.start()
    try:
        system.run(
            "up", "--wait", "--no-recreate", "--scale", "intake-web=2", "--scale", "notify-worker=2", seconds=300
        )
    finally:
        back.join()
    try:
        states = {
            (service_of(one), one["Name"]): (one["State"]["Status"], one["State"]["ExitCode"])
            for one in system.containers()
        }
        for (service, name), (status, code) in states.items():
            assert (status, code) == (("exited", 0) if service in ("secrets", "setup") else ("running", 0)), name
        counted = [service for service, _ in states]
        assert (counted.count("intake-web"), counted.count("notify-worker")) == (2, 2)
        client.wait_for("imc status", lambda: quiet(system))
        case = client.booked_case(sender, desk, "killed", 7000)
        client.wait_for(f"booking of {case}", partial(settled, admin, case))
    finally:
        system.run("up", "--wait", "--no-recreate")
