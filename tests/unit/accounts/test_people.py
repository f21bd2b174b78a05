"""Names, roles and the two states of an account; the usual departments."""

import re

import pytest

from services.accounts.rules import departments
from services.accounts.rules.people import (
    MOST_DEPARTMENTS,
    MOVES,
    ROLES,
    STAFF,
    check_departments,
    check_move,
    check_roles,
    check_username,
    fold_username,
    lacks_department,
)
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


KNOWN = {"cardiology", "surgery", "dermatology"}


@pytest.mark.parametrize(
    ("codes", "roles", "kept"),
    [
        (["surgery", "cardiology", "surgery"], ["department"], ["cardiology", "surgery"]),
        (["surgery"], ["front_desk"], ["surgery"]),
        ([], ["reviewer"], []),
        ([], ["agency"], []),
    ],
)
def test_departments_come_in_one_order_and_once(codes: list[str], roles: list[str], kept: list[str]) -> None:
    assert check_departments(codes, roles, KNOWN) == kept


@pytest.mark.parametrize(
    ("codes", "roles", "pointers"),
    [
        (["cardiology", "astrology"], ["department"], ["#/departments/1"]),
        (["", "cardiology\n"], ["department"], ["#/departments/0", "#/departments/1"]),
        (["cardiology"], ["agency"], ["#/departments"]),
        (["cardiology"], ["applicant"], ["#/departments"]),
    ],
)
def test_departments_that_are_none_or_anothers_are_refused(
    codes: list[str], roles: list[str], pointers: list[str]
) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_departments(codes, roles, KNOWN)
    assert [pointer for pointer, _ in refused.value.errors] == pointers


def test_an_account_works_in_so_many_departments_and_no_more() -> None:
    codes = [f"d_{'x' * number}" for number in range(MOST_DEPARTMENTS + 1)]
    assert len(check_departments(codes[:-1], ["department"], codes)) == MOST_DEPARTMENTS
    with pytest.raises(InvalidInput):
        check_departments(codes, ["department"], codes)


@pytest.mark.parametrize(
    ("account", "lacks"),
    [
        ({"roles": ["department"]}, True),
        ({"roles": ["front_desk", "reviewer"], "departments": []}, True),
        ({"roles": ["reviewer"], "departments": ["surgery"]}, False),
        ({"roles": ["chief", "training", "admin"]}, False),
    ],
)
def test_who_has_a_departments_role_and_no_department_is_found(account: dict[str, list[str]], lacks: bool) -> None:
    assert lacks_department(account) == lacks


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
