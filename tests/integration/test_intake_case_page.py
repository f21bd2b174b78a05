"""The page of a case comes up for the desk. Not here: its commands, clashes, what other readers see of it."""

import pytest

from tests.integration.intake_office import Office
from tests.visitor import Visitor


@pytest.fixture
def office(mongo_url, database, tmp_path):
    return Office(mongo_url, database, tmp_path)


@pytest.fixture
def desk(office):
    return visitor(office, "front_desk")


def visitor(office, *roles, language="en"):
    made = Visitor(office.app.test_client(), language)
    made.cookie("imc_token", office.as_staff(*roles)["Authorization"].removeprefix("Bearer "))
    return made


def home(case_id):
    return f"/intake/cases/{case_id}"


def test_the_desk_sees_a_case(office, desk):
    case_id = office.refer()
    answer = desk.get(home(case_id))
    assert answer.status_code == 200, answer.text
