"""A RabbitMQ that was merely found is used sparingly and given back; one in trouble is said by its name."""

import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from amqp.exceptions import NotFound, PreconditionFailed

from deploy.cli.directory import Directory
from deploy.local import leftover_queues, servers
from shared.broker.connection import connection
from shared.broker.names import Names
from shared.settings import SERVICES
from tests.system import IMC, System


@pytest.fixture
def notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this test's systems leave their notes."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


def there(amqp_url: str, prefix: str) -> list[str]:
    """Which of all names this prefix could have are queues on the broker."""
    names, found = Names(prefix), []
    with connection(amqp_url, 10.0) as broker:
        for service in SERVICES:
            for name in (names.queue(service), names.dead(service), names.unrouted(service)):
                with broker.channel() as channel:
                    try:
                        channel.queue_declare(name, passive=True)
                    except NotFound:
                        continue
                    found.append(name)
    return found


def test_six_classic_queues_that_purge_takes_away(rabbitmq_url: str, notes: Path, tmp_path: Path) -> None:
    one = System(tmp_path / "data")
    one.up()
    state = one.state
    assert state["broker"] == "rabbitmq"
    url, prefix = state["amqp_url"], state["broker_prefix"]
    assert there(url, prefix) == [f"{prefix}imc.{service}" for service in SERVICES]
    with connection(url, 10.0) as broker, broker.channel() as channel, pytest.raises(PreconditionFailed):
        channel.queue_declare(
            f"{prefix}imc.intake", durable=True, auto_delete=False, arguments={"x-queue-type": "quorum"}
        )
    assert one.imc("down").status == 0
    assert len(there(url, prefix)) == len(SERVICES), "what waits in them is kept for the next start"
    assert "off the broker" in one.imc("down", "--purge").out
    assert there(url, prefix) == []
    assert "nothing on a broker" in one.imc("down", "--purge").out


def test_what_directories_that_are_gone_have_left_is_listed_and_offered(
    rabbitmq_url: str, notes: Path, tmp_path: Path
) -> None:
    gone, stays = System(tmp_path / "gone"), System(tmp_path / "stays")
    gone.up()
    url, prefix = gone.state["amqp_url"], gone.state["broker_prefix"]
    gone.imc("down")
    shutil.rmtree(gone.data)
    told = stays.up()
    assert "1 directories that are gone" in told.out and "imc doctor" in told.out
    try:
        looked = doctor()
        assert looked.returncode == 1 and f"{gone.data} (gone)" in looked.stdout and f"{stays.data}\n" in looked.stdout
        assert len(there(url, prefix)) == len(SERVICES), "nothing is taken away unasked"
        agreed = doctor("--yes")
        assert agreed.returncode == 0 and f"{prefix}*: taken away" in agreed.stdout
        assert there(url, prefix) == []
        assert "no directory that is gone" in doctor().stdout
        assert stays.imc("status").status == 0
    finally:
        stays.down()


def doctor(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*IMC, "doctor", *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )


def test_notes_that_cannot_be_read_or_left_are_no_fault(notes: Path, tmp_path: Path) -> None:
    place = notes / "imc" / "queues"
    place.mkdir(parents=True)
    for name, content in (("imc-00000000.json", "{"), ("imc-11111111.json", "{}"), ("other.json", "{}")):
        (place / name).write_text(content)
    assert list(leftover_queues.recorded()) == []
    leftover_queues.record(Directory(tmp_path / "data"), "amqp://x", {"HOME": "/proc/none"})
    assert list(leftover_queues.recorded({"HOME": "/proc/none"})) == []
    leftover_queues.record(Directory(tmp_path / "data"), "amqp://x")
    (one,) = leftover_queues.recorded()
    assert one.gone and one == leftover_queues.recorded_for(Directory(tmp_path / "data"))


# -- a broker in trouble


def listener(answer: Callable[[socket.socket], None]) -> tuple[socket.socket, str]:
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                taken, _ = server.accept()
            except OSError:
                return
            answer(taken)

    threading.Thread(target=serve, daemon=True).start()
    return server, f"amqp://guest:guest@127.0.0.1:{server.getsockname()[1]}//"


KEPT: list[socket.socket] = []
TROUBLE = {
    "silent": (KEPT.append, "listens but does not answer"),
    "hangs up": (lambda taken: taken.close(), "listens but hangs up"),
    "no RabbitMQ": (lambda taken: (taken.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n"), taken.close()), "listens but"),
}


@pytest.fixture
def embedding(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    monkeypatch.setattr(servers, "ANSWER_SECONDS", 1.0)

    def found(url: str) -> None:
        monkeypatch.setattr(servers, "FOUND_RABBITMQ", url)

    yield found
    for taken in KEPT:
        taken.close()
    KEPT.clear()


@pytest.mark.parametrize("kind", TROUBLE)
def test_the_embedded_broker_is_not_chosen_without_a_word_where_one_listens(
    kind: str, tmp_path: Path, embedding: Callable[[str], None]
) -> None:
    answer, words = TROUBLE[kind]
    server, url = listener(answer)
    embedding(url)
    with server:
        chosen = servers.choose(Directory(tmp_path), {}, 1)
    assert chosen.broker == "embedded"
    (warning,) = chosen.warnings
    assert warning.startswith("WARNING") and words in warning and "embedded broker" in warning


def test_one_that_refuses_is_told_in_its_own_words(rabbitmq_url: str, tmp_path: Path) -> None:
    wrong = rabbitmq_url.replace("guest:guest", "guest:wrong")
    fault = servers.rabbitmq_fault(wrong)
    assert fault is not None and "refuse" in fault.lower()
    assert servers.rabbitmq_fault(rabbitmq_url) is None


def test_nobody_there_is_no_warning_but_for_a_directory_that_used_one(
    tmp_path: Path, embedding: Callable[[str], None]
) -> None:
    embedding("amqp://guest:guest@127.0.0.1:1//")
    choose = lambda: servers.choose(Directory(tmp_path), {}, 1)  # noqa: E731
    assert (choose().broker, choose().warnings) == ("embedded", [])
    (tmp_path / "broker").write_text("rabbitmq")
    (warning,) = choose().warnings
    assert "used the RabbitMQ" in warning


def test_a_named_broker_gets_no_note_and_keeps_its_quorum_queues(tmp_path: Path) -> None:
    named = servers.choose(Directory(tmp_path), {"IMC_AMQP_URL": "amqp://x"}, 1)
    assert not named.found_broker and not Names(named.broker_prefix).single_queue
    assert Names(Directory(tmp_path).broker_prefix).single_queue
