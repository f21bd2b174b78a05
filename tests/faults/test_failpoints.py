"""kill -9 at every failpoint, on both brokers: what was answered is stored, said and heard once, in order; nothing else is.

Run alone with `-s` it prints a line per point and the sums.
"""

import signal
from collections.abc import Iterator
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess

import pytest

from shared.failpoints import POINTS
from tests.faults import process
from tests.integration.messaging.conftest import Pair, pair, wait_for  # noqa: F401 - the fixture
from tests.warm import PROCESSES

CASES = 25
ROLES = {"record": "refer", "relay": "publish", "consumer": "consume", "deferred": "consume", "timer": "consume"}
PASSES = {"record": 40, "relay": 1, "consumer": 1, "deferred": 1, "timer": 2}


class Processes:
    """The three processes of a run, each of which can be started with a failpoint."""

    def __init__(self, pair: Pair) -> None:  # noqa: F811
        names = {
            "publisher": pair.publisher.name,
            "consumer": pair.consumer.name,
            "prefix": pair.prefix,
            "cases": CASES,
        }
        self._config = names | {"mongo_url": pair.mongo_url, "amqp_url": pair.amqp_url}
        self._running: list[ForkServerProcess] = []

    def start(self, role: str, failpoint: str = "") -> tuple[ForkServerProcess, Connection]:
        """The process, and where its answers are read; they end with it."""
        answers, far_end = PROCESSES.Pipe(duplex=False)
        started = PROCESSES.Process(target=process.main, args=(role, self._config, failpoint, far_end))
        started.start()
        far_end.close()
        self._running.append(started)
        return started, answers

    def stop(self) -> None:
        for started in self._running:
            started.terminate()
        for started in self._running:
            started.join(15)
            assert started.exitcode is not None, "it did not stop"


@pytest.fixture
def processes(pair: Pair) -> Iterator[Processes]:  # noqa: F811
    made = Processes(pair)
    yield made
    made.stop()


def _refer(processes: Processes, failpoint: str = "") -> tuple[list[str], int | None]:
    """Ids of the cases that were answered, and how the process ended."""
    started, answers = processes.start("refer", failpoint)
    answered = []
    while answers.poll(120):
        try:
            answered.append(answers.recv())
        except EOFError:
            break
    started.join(120)
    return answered, started.exitcode


@pytest.mark.parametrize("point", POINTS)
def test_killed_here_nothing_is_lost_and_nothing_doubled(pair: Pair, processes: Processes, point: str) -> None:  # noqa: F811
    kind = point.partition(".")[0]
    role = ROLES[kind]
    wanted = f"{point}:{PASSES[kind]}"
    if role != "refer":
        victim, _ = processes.start(role, wanted)
    helpers = [processes.start(other) for other in ("publish", "consume") if other != role]
    answered, status = _refer(processes, wanted if role == "refer" else "")
    if role != "refer":
        victim.join(120)
        assert victim.exitcode == -signal.SIGKILL, "the failpoint was reached"
        processes.start(role)
    else:
        assert status == -signal.SIGKILL
        more, _ = _refer(processes)
        answered += more
    assert len(helpers) == (2 if role == "refer" else 1)
    wait_for(lambda: _quiet(pair), seconds=120)
    _judge(pair, answered, point)


def _quiet(pair: Pair) -> bool:  # noqa: F811
    said = sum(case["last_sequence"] for case in pair.publisher.cases.find({}, {"last_sequence": 1}))
    return (
        pair.publisher.cases.count_documents({"outbox_due": {"$exists": True}}) == 0
        and pair.consumer.deferred_events.count_documents({}) == 0
        and pair.consumer.effects.count_documents({}) >= said
    )


def _judge(pair: Pair, answered: list[str], point: str) -> None:  # noqa: F811
    """The invariants, from the databases alone."""
    cases = {case["_id"]: case for case in pair.publisher.cases.find()}
    orders = {row["_id"]: row["order"] for row in pair.consumer.orders.find()}
    lost = [case_id for case_id in answered if cases.get(case_id, {}).get("last_sequence") != 3]
    assert lost == [], "answered, and not stored whole"
    assert len(cases) <= len(answered) + 1, "at most the one that was being written when the process died"
    assert orders == {case_id: list(range(1, case["last_sequence"] + 1)) for case_id, case in cases.items()}
    assert pair.consumer.effects.count_documents({}) == sum(case["last_sequence"] for case in cases.values())
    assert pair.publisher.event_log.count_documents({}) == sum(case["last_sequence"] for case in cases.values())
    assert all(case["outbox"] == [] for case in cases.values())
    positions = {
        position["_id"].rpartition("/")[2]: position["last_sequence"]
        for position in pair.consumer.inbox_positions.find()
    }
    assert positions == {case_id: case["last_sequence"] for case_id, case in cases.items()}
    print(
        f"\n{point} on {'embedded' if pair.amqp_url.startswith('mongodb') else 'RabbitMQ'}: 1 kill, lost 0, duplicated 0"
    )
