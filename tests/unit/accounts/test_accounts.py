"""Names, roles and the two states of an account; the default departments."""

import re

import pytest

from services.accounts.rules import departments
from services.accounts.rules.accounts import (
    MAX_DEPARTMENTS,
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
def test_spellings_of_one_username_are_one_account(typed: str) -> None:
    assert check_username(typed) == "y.tanaka" == fold_username(typed)


@pytest.mark.parametrize(
    "typed", ["", "a", ".tanaka", "y tanaka", "y$where", "田中", "a" * 101, "y/tanaka", "a\u0000b"]
)
def test_other_usernames_are_rejected(typed: str) -> None:
    with pytest.raises(InvalidInput):
        check_username(typed)


def test_roles_come_in_one_order_and_once() -> None:
    assert check_roles(["admin", "front_desk", "admin"], None) == ["front_desk", "admin"]
    assert check_roles(["agency"], "o1") == ["agency"]


@pytest.mark.parametrize(
    ("roles", "organization"), [([], None), (["king"], None), (["agency"], None), (["agency", "admin"], "o1")]
)
def test_impossible_roles_are_rejected(roles: list[str], organization: str | None) -> None:
    with pytest.raises(InvalidInput):
        check_roles(roles, organization)


KNOWN = {"cardiology", "surgery", "dermatology"}


@pytest.mark.parametrize(
    ("codes", "roles", "expected"),
    [
        (["surgery", "cardiology", "surgery"], ["department"], ["cardiology", "surgery"]),
        (["surgery"], ["front_desk"], ["surgery"]),
        ([], ["reviewer"], []),
        ([], ["agency"], []),
    ],
)
def test_departments_come_in_one_order_and_once(codes: list[str], roles: list[str], expected: list[str]) -> None:
    assert check_departments(codes, roles, KNOWN) == expected


@pytest.mark.parametrize(
    ("codes", "roles", "pointers"),
    [
        (["cardiology", "astrology"], ["department"], ["#/departments/1"]),
        (["", "cardiology\n"], ["department"], ["#/departments/0", "#/departments/1"]),
        (["cardiology"], ["agency"], ["#/departments"]),
        (["cardiology"], ["applicant"], ["#/departments"]),
    ],
)
def test_unknown_departments_and_those_of_outsiders_are_rejected(
    codes: list[str], roles: list[str], pointers: list[str]
) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_departments(codes, roles, KNOWN)
    assert [pointer for pointer, _ in refused.value.errors] == pointers


def test_an_account_has_a_maximum_of_departments() -> None:
    codes = [f"d_{'x' * number}" for number in range(MAX_DEPARTMENTS + 1)]
    assert len(check_departments(codes[:-1], ["department"], codes)) == MAX_DEPARTMENTS
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
def test_a_department_role_without_a_department_is_found(account: dict[str, list[str]], lacks: bool) -> None:
    assert lacks_department(account["roles"], account.get("departments", [])) == lacks


def test_outsiders_are_not_staff() -> None:
    assert set(ROLES) - set(STAFF) == {"agency", "applicant"}


@pytest.mark.parametrize(("status", "move"), [("active", "enable"), ("disabled", "disable")])
def test_an_illegal_move_is_refused_with_the_allowed_ones(status: str, move: str) -> None:
    with pytest.raises(IllegalMove) as refused:
        check_move(status, move)
    assert refused.value.allowed == list(MOVES[status])


def test_the_default_departments_have_both_names_and_valid_codes() -> None:
    defaults = departments.default_departments()
    assert "cardiology" in [department["code"] for department in defaults]
    for department in defaults:
        assert re.fullmatch(departments.CODE, department["code"])
        assert set(department["names"]) == {"ja", "en"}
    ids = {departments.department_id(department["code"]) for department in defaults}
    assert len(ids) == len(defaults)
