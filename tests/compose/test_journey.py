"""The main job over nginx and containers: the journeys of tests/journeys, every one, and mail that leaves the containers."""

from collections.abc import Iterator

import pytest

from tests.compose.conftest import Compose
from tests.journeys import play
from tests.journeys.play import Cast, until
from tests.journeys.test_main_job import *  # noqa: F403


@pytest.fixture  # type: ignore[no-redef]
def cast(system: Compose) -> Iterator[Cast]:
    """As there; but the agency's server is reached from inside a container."""
    made = play.gather(system)
    made.receiver.close()
    made.receiver = play.Receiver(system.outside())
    yield made
    made.receiver.close()


def test_the_interpreter_gets_a_mail(cast: Cast, system: Compose) -> None:
    language, before = "ne", len(system.mails())
    cast.interpreter(language, email="sunita@interpreters.example")
    case_id = cast.accepted(language)
    cast.book(case_id, play.day_in(130))

    mails = until(lambda: [mail for mail in system.mails()[before:] if "sunita@" in str(mail["to"])])

    assert len(mails) == 1
    assert "SOMCHAI" not in mails[0].as_string()
    reference = cast.case(case_id)["reference"]
    assert reference in mails[0].get_body(("plain",)).get_content() + str(mails[0]["subject"])
