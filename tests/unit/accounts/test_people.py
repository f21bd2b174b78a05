"""Names, roles and the two states of an account; the usual departments."""

import re

import pytest

from services.accounts.rules import departments
from services.accounts.rules.people import MOVES, ROLES, STAFF, check_move, check_roles, check_username, fold_username
from shared.errors import IllegalMove, InvalidInput


@pytest.mark.parametrize("typed", ["Y.Tanaka", " y.tanaka ", "ｙ．ｔａｎａｋａ"])
def test_spellings_of_one_name_are_one_person(typed: str) -> None:
    assert check_username(typed) == "y.tanaka" == fold_username(typed)


@pytest.mark.parametrize(
    "typed", ["", "a", ".tanaka", "y tanaka", "y$where", "田中", "a" * 101, "y/tanaka", "a\u0000b"]
)
def test_other_names_are_refused(typed: str) -> None:
    with pytest.raises(InvalidInput):
        check_username(typed)


def test_roles_come_in_one_order_and_once() -> None:
    assert check_roles(["admin", "front_desk", "admin"], None) == ["front_desk", "admin"]
    assert check_roles(["agency"], "o1") == ["agency"]


@pytest.mark.parametrize(
    ("roles", "organization"), [([], None), (["king"], None), (["agency"], None), (["agency", "admin"], "o1")]
)
def test_impossible_roles_are_refused(roles: list[str], organization: str | None) -> None:
    with pytest.raises(InvalidInput):
        check_roles(roles, organization)


def test_outsiders_are_no_staff() -> None:
    assert set(ROLES) - set(STAFF) == {"agency", "applicant"}


@pytest.mark.parametrize(("status", "move"), [("active", "enable"), ("disabled", "disable")])
def test_a_move_that_is_not_drawn_is_refused_with_the_ones_that_are(status: str, move: str) -> None:
    with pytest.raises(IllegalMove) as refused:
        check_move(status, move)
    assert refused.value.allowed == list(MOVES[status])


def test_the_usual_departments_have_both_names_and_good_codes() -> None:
    usual = departments.usual()
    assert "cardiology" in [department["code"] for department in usual]
    for department in usual:
        assert re.fullmatch(departments.CODE, str(department["code"]))
        assert set(department["names"]) == {"ja", "en"}  # type: ignore[call-overload]
    ids = {departments.department_id(str(department["code"])) for department in usual}
    assert len(ids) == len(usual)
