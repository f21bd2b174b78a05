"""Real servers for every test: one mongod for the whole run (shared by parallel workers), a fresh database and broker prefix each."""

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pymongo
import pytest
from pymongo.database import Database

from deploy.local import mongod


@pytest.fixture(scope="session")
def mongo_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A replica set: the one the run was given (`IMC_TEST_MONGO_URL`), else one started for this process."""
    given = os.environ.get("IMC_TEST_MONGO_URL")
    if given:
        yield given
        return
    server = mongod.start(tmp_path_factory.mktemp("mongod"))
    yield server.url
    server.stop()


@pytest.fixture
def database(mongo_url: str) -> Iterator[Database]:
    """A database of this test's own, dropped afterwards."""
    client = pymongo.MongoClient(mongo_url, tz_aware=True, w="majority", journal=True)
    name = f"test_{secrets.token_hex(6)}"
    yield client[name]
    client.drop_database(name)
    client.close()


@pytest.fixture(scope="session")
def rabbitmq_url() -> str:
    """A RabbitMQ, where one answers; otherwise the test is skipped and says so."""
    import kombu

    url = os.environ.get("IMC_TEST_AMQP_URL", "amqp://guest:guest@127.0.0.1:5672//")
    try:
        with kombu.Connection(url, connect_timeout=2) as connection:
            connection.ensure_connection(max_retries=1, timeout=2)
    except Exception as error:
        pytest.skip(f"no RabbitMQ at {url.rpartition('@')[2]}: {error}")
    return url


@pytest.fixture
def broker_prefix() -> str:
    """Put before every name on the broker, so that tests never meet."""
    return f"t{secrets.token_hex(4)}."


@pytest.fixture
def data_dir() -> Path:
    """Real inputs kept with their licences."""
    return Path(__file__).parent / "data"
