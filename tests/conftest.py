"""Real servers for every test: one mongod for the whole run (shared by parallel processes), a fresh database and broker prefix each.

`system` is a whole `imc up`, started by the first test that asks for it and shared by all processes of the run.
"""

import contextlib
import fcntl
import gc
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from pymongo.database import Database
from testcontainers.core.container import DockerContainer
from xdist.scheduler import LoadScopeScheduling

from deploy.local import mongod
from tests import answers, clients, templates
from tests.databases import Databases
from tests.system import System, free_base_port

RUN_DIR = "IMC_TEST_RUN_DIR"
MEMORY, ROOM = "/dev/shm", 6 * 2**30
# a dropped collection's files stay open until its history is over (300 s as shipped) and a checkpoint has passed it (60 s):
# a database for each test would take the run to the limit of open files, where mongod ends
FORGETFUL = ("--setParameter", "minSnapshotHistoryWindowInSeconds=5", "--syncdelay", "10")
# the server's own clock would take away, once a minute, what a test's clock, moved by hand and long past, still counts
AS_THE_TEST_COUNTS = ("--setParameter", "ttlMonitorEnabled=false")
OWN = (*FORGETFUL, *AS_THE_TEST_COUNTS)
SHARED = pytest.StashKey[mongod.Mongod]()
clients.note_all()
answers.look_at_all()
templates.compile_once()
settings.register_profile("seeded", derandomize=True, deadline=None)
settings.load_profile("seeded")


def _in_memory() -> str | None:
    """Where files lie in memory, if there is room: a disk that stands still for some seconds, with thousands of files coming and
    going, would be told as a server that is away. None: the usual place."""
    if not os.access(MEMORY, os.W_OK):
        return None
    room = os.statvfs(MEMORY)
    return MEMORY if room.f_bavail * room.f_frsize >= ROOM else None


def pytest_configure(config: pytest.Config) -> None:
    """The process that leads the run makes its directory and, where it has helpers, the one mongod of all."""
    if hasattr(config, "workerinput"):
        return
    os.environ[RUN_DIR] = tempfile.mkdtemp(prefix="imc-test-", dir=_in_memory())
    parallel = getattr(config.option, "numprocesses", None)
    if parallel and not config.option.collectonly and not os.environ.get("IMC_TEST_MONGO_URL"):
        server = config.stash[SHARED] = mongod.start(Path(os.environ[RUN_DIR]) / "mongod", cache_gb=0.5, more=OWN)
        os.environ["IMC_TEST_MONGO_URL"] = server.url


def pytest_collection_finish(session: pytest.Session) -> None:
    """What the whole application brings into a process stays to the end: looking through it for garbage again and again took a tenth
    of the time of the tests that need no other process."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Nothing of the run stays behind: no process, no directory, no name on a broker."""
    if hasattr(config, "workerinput") or RUN_DIR not in os.environ:
        return
    run_dir = Path(os.environ.pop(RUN_DIR))
    if (run_dir / "system").exists():
        System(run_dir / "system").down()
    if (run_dir / "mailbox.pid").exists():
        with contextlib.suppress(ProcessLookupError):
            os.kill(int((run_dir / "mailbox.pid").read_text()), signal.SIGTERM)
    if SHARED in config.stash:
        config.stash[SHARED].stop()
        os.environ.pop("IMC_TEST_MONGO_URL", None)
    shutil.rmtree(run_dir, ignore_errors=True)


class OneSystem(LoadScopeScheduling):
    """Tests go to whichever process is free, but those of a file (or folder) with one system for all of it stay together.

    pytest-xdist's own way, `--dist loadgroup`, goes by a suffix to the test's id, which pytest takes no more.
    """

    TOGETHER = (
        "tests/compose/",
        "tests/browser/test_every_page.py",
        "tests/browser/test_operations.py",
        "tests/integration/test_imc_operators.py",
        "tests/integration/test_imc_sign_in.py",
        "tests/integration/test_imc_up.py",
    )

    def _split_scope(self, nodeid: str) -> str:
        return next((place for place in self.TOGETHER if nodeid.startswith(place)), nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> OneSystem | None:
    return OneSystem(config, log) if config.getvalue("dist") == "load" else None


@pytest.fixture(autouse=True)
def _clients() -> Iterator[None]:
    """The services a test made are let go with it, and their clients with them."""
    with clients.closed_at_the_end():
        yield


@pytest.fixture(scope="session")
def mongo_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A replica set: the run's own (`IMC_TEST_MONGO_URL`), else one started for this process."""
    given = os.environ.get("IMC_TEST_MONGO_URL")
    if given:
        yield given
        return
    server = mongod.start(tmp_path_factory.mktemp("mongod"), more=OWN)
    yield server.url
    server.stop()


@pytest.fixture(scope="session")
def databases(mongo_url: str) -> Iterator[Databases]:
    made = Databases(mongo_url)
    yield made
    made.close()


@pytest.fixture
def database(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Database]:
    """An empty database that nobody else uses meanwhile."""
    with _leased(databases, str(request.path)) as leased:
        yield leased


@pytest.fixture
def other_database(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Database]:
    """Another one, for a second service beside the first."""
    with _leased(databases, f"{request.path}, other") as leased:
        yield leased


@contextlib.contextmanager
def _leased(databases: Databases, scope: str) -> Iterator[Database]:
    leased = databases.lease(scope)
    yield leased
    databases.give_back(scope, leased)


@pytest.fixture(scope="session")
def rabbitmq_url() -> Iterator[str]:
    """A RabbitMQ: one that answers here, else one in a container where Docker answers; otherwise the test is skipped."""
    from deploy.local.servers import rabbitmq_fault

    url = os.environ.get("IMC_TEST_AMQP_URL", "amqp://guest:guest@127.0.0.1:5672//")
    if rabbitmq_fault(url) is None:
        yield url
        return
    if (
        shutil.which("docker") is None
        or subprocess.run(["docker", "info"], capture_output=True, check=False).returncode
    ):
        pytest.skip(f"no RabbitMQ at {url.rpartition('@')[2]}, and no Docker to start one")
    image = os.environ.get("RABBITMQ_IMAGE", "rabbitmq:4-management")
    with DockerContainer(image).with_exposed_ports(5672) as container:
        inside = f"amqp://guest:guest@{container.get_container_host_ip()}:{container.get_exposed_port(5672)}//"
        deadline = time.monotonic() + 90
        while rabbitmq_fault(inside):
            assert time.monotonic() < deadline, f"{image} did not answer within 90 s"
            time.sleep(0.5)
        yield inside


@pytest.fixture
def broker_prefix(request: pytest.FixtureRequest) -> Iterator[str]:
    """Put before every name on the broker, so that tests never meet; what a test leaves there is deleted."""
    prefix = f"t{secrets.token_hex(4)}."
    yield prefix
    if "rabbitmq_url" in request.fixturenames:
        from shared.broker.topology import delete

        with contextlib.suppress(pytest.skip.Exception):
            delete(request.getfixturevalue("rabbitmq_url"), prefix)


@pytest.fixture
def data_dir() -> Path:
    """Real inputs kept with their licences."""
    return Path(__file__).parent / "data"


@pytest.fixture(scope="session")
def system() -> System:
    """A whole system, up and ready: shared by all processes of the run, so no test may stop a piece of it.

    Mail arrives in `system.mails()`; webhooks may go to this machine.
    """
    run_dir = Path(os.environ[RUN_DIR])
    with open(run_dir / "system.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        shared = System(run_dir / "system", run_dir / "mails")
        if not shared.runs():
            shared.up(IMC_SMTP_URL=_mailbox(run_dir), IMC_WEBHOOK_ALLOW="127.0.0.0/8", IMC_RATE_LIMIT="0")
    return shared


@pytest.fixture
def own_system(tmp_path: Path) -> Iterator[Callable[..., System]]:
    """Makes a system of this test's own, `own_system(IMC_…="…")`: it may be broken in any way."""
    made: list[System] = []

    def make(**environ: str) -> System:
        made.append(System(tmp_path / f"system{len(made)}"))
        made[-1].up(**environ)
        return made[-1]

    yield make
    for one in made:
        one.down()


def _mailbox(run_dir: Path) -> str:
    """Starts the mail server of the run; what it takes lies in `run_dir/mails`."""
    port = free_base_port(1)
    command = [sys.executable, "-m", "tests.mailbox", str(port), str(run_dir / "mails")]
    server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, start_new_session=True)
    assert server.stdout and server.stdout.readline(), "the mail server did not start"
    (run_dir / "mailbox.pid").write_text(json.dumps(server.pid))
    return f"smtp://127.0.0.1:{port}"
