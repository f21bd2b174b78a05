"""The mongod of `imc up` asks for a sign-in: nobody without a password reads it, a service's own reaches its own database alone."""

import socket
import stat
from collections.abc import Iterator
from itertools import permutations
from urllib.parse import urlsplit

import pymongo
import pytest
from pymongo.errors import OperationFailure

from deploy.cli.directory import Directory
from deploy.local.database_users import DatabaseUsers
from deploy.local.servers import Servers
from deploy.local.system import System as Laid
from shared.settings import SERVICES
from tests.system import WITHOUT_RABBITMQ, System


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    one = System(tmp_path_factory.mktemp("users") / "data", command=WITHOUT_RABBITMQ)
    one.up()
    yield one
    one.down()


@pytest.fixture
def users(here: System) -> DatabaseUsers:
    return DatabaseUsers(here.data / "secrets" / "mongo", urlsplit(here.state["mongo_url"]).port or 0)


def test_without_a_password_nothing_is_read_or_written(users: DatabaseUsers) -> None:
    for url in (
        f"mongodb://127.0.0.1:{users.port}/",
        f"mongodb://imc_owner:wrong@127.0.0.1:{users.port}/?authSource=admin",
    ):
        with pymongo.MongoClient(url, directConnection=True) as nobody:
            for attempt in (
                lambda c=nobody: c["imc_intake"].cases.find_one(),
                lambda c=nobody: c["imc_intake"].cases.insert_one({}),
                lambda c=nobody: c.admin.command("createUser", "me", pwd="x", roles=["root"]),
                lambda c=nobody: c.list_database_names(),
            ):
                with pytest.raises(OperationFailure):
                    attempt()


@pytest.mark.parametrize(("own", "other"), list(permutations(SERVICES, 2)))
def test_a_service_reaches_its_own_database_alone(users: DatabaseUsers, own: str, other: str) -> None:
    with pymongo.MongoClient(users.url(own)) as client:
        client[f"imc_{own}"].meta.find_one()
        for attempt in (
            lambda: client[f"imc_{other}"].meta.find_one(),
            lambda: client[f"imc_{other}"].meta.insert_one({}),
            lambda: client.admin.command("usersInfo", 1),
        ):
            with pytest.raises(OperationFailure):
                attempt()


def test_processes_get_their_own_services_rights(tmp_path) -> None:
    users = DatabaseUsers(tmp_path / "mongo", 1)
    for amqp_url, embedded in ((users.owner_url, True), ("amqp://x", False)):
        laid = Laid(Directory(tmp_path), 8000, Servers(users.owner_url, amqp_url, "", users), {})
        for service in SERVICES:
            given = laid.environ_of(service)
            assert given["IMC_MONGO_URL"] == users.url(service)
            assert given["IMC_AMQP_URL"] == (users.url(service) if embedded else "amqp://x")


def test_passwords_are_their_owners_alone_and_each_its_own(here: System, users: DatabaseUsers) -> None:
    files = [*(here.data / "secrets" / "mongo").iterdir(), here.data / "mongod" / "key_file"]
    assert len(files) == len(SERVICES) + 2
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o400}
    assert len({file.read_text() for file in files}) == len(files)
    told = [(here.data / "logs").glob("*.log"), [here.data / "mongod" / "mongod.log"]]
    secrets = [file.read_bytes().strip() for file in files]
    for log in (log for logs in told for log in logs):
        assert not any(secret in log.read_bytes() for secret in secrets), log


def test_it_starts_again_on_another_port(here: System) -> None:
    """Also where the usual one is taken: the replica set learns the new one with its owner's rights."""
    before = urlsplit(here.state["mongo_url"]).port
    assert here.imc("down").status == 0
    with socket.create_server(("127.0.0.1", before)):
        here.up()
        after = urlsplit(here.state["mongo_url"]).port
        assert after != before
        here.until(lambda: here.imc("status").status == 0, 90)
        assert here.key("Agency of the other port")["key"]
