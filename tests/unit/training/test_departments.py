"""Whose department an application is, and whose word its review asks for: told by whole records alone."""

from typing import Any

import pytest

from services.training.rules import departments, reviews
from services.training.rules.faults import NotYourReview

COMES: dict[str, Any] = {"direction": "in", "department": None, "rotations": []}
GOES: dict[str, Any] = COMES | {"direction": "out", "home": []}
SURGERY = {"rotations": [{"department": "surgery"}]}
EITHER = {"order": "parallel", "steps": ["department", "chief"], "reviewers": {"chief": ["named"]}}


@pytest.mark.parametrize(
    ("application", "concerned", "judging"),
    [
        (COMES, set(), set()),
        (COMES | {"department": "eye", "home": ["skin"]}, {"eye"}, {"eye"}),
        (COMES | SURGERY | {"department": "eye"}, {"eye", "surgery"}, {"eye", "surgery"}),
        (GOES, set(), set()),
        (GOES | SURGERY | {"department": "eye"}, {"eye", "surgery"}, {"eye", "surgery"}),
        (GOES | SURGERY | {"department": "eye", "home": ["skin"]}, {"eye", "surgery", "skin"}, {"skin"}),
        (GOES | SURGERY | {"home": ["skin", "eye"]}, {"surgery", "skin", "eye"}, {"skin", "eye"}),
    ],
)
def test_who_goes_abroad_is_judged_at_home_and_nowhere_they_chose(
    application: dict[str, Any], concerned: set[str], judging: set[str]
) -> None:
    assert departments.departments_of(application) == departments.concerned_departments(application) == concerned
    assert departments.judging_departments(application) == judging


@pytest.mark.parametrize("known", [COMES, GOES])
def test_a_field_that_was_not_loaded_is_no_department_of_anybodys(known: dict[str, Any]) -> None:
    for lacking in known:
        record = {name: value for name, value in known.items() if name != lacking}
        for rule in (departments.departments_of, departments.judging_departments, departments.concerned_departments):
            with pytest.raises(KeyError):
                rule(record)


@pytest.mark.parametrize("account", ["applicant", "named"])
@pytest.mark.parametrize("direction", ["in", "out"])
@pytest.mark.parametrize("role", ["admin", "chief", "reviewer", "department", "training"])
def test_nobody_answers_about_themselves(account: str, direction: str, role: str) -> None:
    """Whatever their role, and where they are named as well."""
    for step in reviews.STEPS:
        with pytest.raises(NotYourReview):
            reviews.check_reviewer(EITHER, step, account, frozenset({role}), direction, account)
