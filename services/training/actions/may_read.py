"""Who may read what of an application, and give which command: the office and the chief all, a reviewer what tells whether somebody
fits; a role of a department in the departments that its account works in (rules/departments.py), and nowhere else.
"""

from collections.abc import Mapping
from typing import Any

from services.training.actions import applying
from services.training.actions.parts import Parts
from services.training.rules import board, departments, reviews, states
from services.training.rules.faults import NoSuchApplication, NoSuchPaper, NotYours, OtherDepartment
from shared.auth import Caller
from shared.errors import Forbidden, Refusal

Document = dict[str, Any]
HOUSE = frozenset({"training", "chief", "admin"})
"""Who reads every application."""
ANOTHER_ROLE = "Expected another role for this."


def roles_for(who: Caller, application: Mapping[str, Any], day: str | None = None) -> frozenset[str]:
    """The caller's roles as far as they count for this application, or for a day of it."""
    return departments.counting(who.roles, who.departments, departments.concerned(application, day))


def check_here(parts: Parts, application_id: str, given: frozenset[str], who: Caller, day: str | None = None) -> None:
    """Raises OtherDepartment where the caller has one of the roles `given`, but only for departments this is none of.

    To be asked before anything else is: how an application of another department stands is not told. Raises NoSuchApplication,
    and Forbidden where none of the roles is the caller's.
    """
    application = applying.find_application(parts, application_id)
    if (given | {"admin"}) & roles_for(who, application, day):
        return
    if given & who.roles:
        raise _other_department(parts, who, application, day)
    raise Forbidden(ANOTHER_ROLE)


def check_review_here(parts: Parts, application_id: str, step: str, who: Caller) -> None:
    """The same of an answer for a step of the review. Who is named for it answers wherever they work."""
    application = applying.find_application(parts, application_id)
    review = _programme_of(parts, application)["review"]

    def may(roles: frozenset[str]) -> bool:
        try:
            reviews.check_reviewer(review, step, who.id, roles, application["direction"])
        except NotYours:
            return False
        return True

    if may(who.roles) and not may(roles_for(who, application)):
        raise _other_department(parts, who, application)


def may_answer(programme: Document, application: Mapping[str, Any], who: Caller) -> list[str]:
    """Steps that are asked now and this person may answer."""
    mine: list[str] = []
    if application["status"] != states.UNDER_REVIEW:
        return mine
    roles = roles_for(who, application)
    for step in reviews.asked(programme["review"], application["reviews"]):
        try:
            reviews.check_reviewer(programme["review"], step, who.id, roles, application["direction"])
        except Refusal:
            continue
        mine.append(step)
    return mine


def check_readable(parts: Parts, application: Document, who: Caller) -> None:
    """Who may read an application's papers: the office and the chief all, a reviewer what waits for them or they judged.

    Raises OtherDepartment, and NoSuchApplication: what is not theirs is not known to them.
    """
    if not reads_all(who.roles) and not may_read(_programme_of(parts, application), application, who):
        _check_department(parts, application, who, _is_named(_programme_of(parts, application), who))
        raise NoSuchApplication()


def reads_all(roles: frozenset[str]) -> bool:
    """The office and the chief."""
    return bool(roles & HOUSE)


def may_read(programme: Document, application: Mapping[str, Any], who: Caller) -> bool:
    """The same as a question, for a reviewer alone."""
    if may_answer(programme, application, who):
        return True
    here = _is_named(programme, who) or bool(departments.BOUND & roles_for(who, application))
    return here and any(one["by"] == who.actor for one in application["reviews"])


def _is_named(programme: Document, who: Caller) -> bool:
    return any(who.id in ids for ids in (programme["review"].get("reviewers") or {}).values())


def check_placed(parts: Parts, application: Document, who: Caller) -> None:
    """Who may see it on the board and on its page: the office and the chief, a department whom it expects, has, or had here.

    Raises OtherDepartment and NoSuchApplication.
    """
    if reads_all(who.roles):
        return
    _check_department(parts, application, who)
    if application["status"] not in (*board.PLACED, states.COMPLETED):
        raise NoSuchApplication()


def _check_department(parts: Parts, application: Document, who: Caller, named: bool = False) -> None:
    if not named and not departments.BOUND & roles_for(who, application):
        raise _other_department(parts, who, application)


def _other_department(parts: Parts, who: Caller, application: Document, day: str | None = None) -> OtherDepartment:
    known = parts.store.copies.departments()
    needed = sorted(departments.concerned(application, day))
    return OtherDepartment({code: known.get(code, {}).get("names", {}) for code in needed}, who.departments)


def as_read(programme: Document, seen: Document, roles: frozenset[str]) -> Document:
    """A whole application for a reader with these roles: a reviewer gets what tells whether somebody fits."""
    if reads_all(roles):
        return seen
    readable = {one["code"] for one in programme["requirements"] if board.readable_in_review(one)}
    return seen | {
        "written": {name: seen["written"][name] for name in board.READ_IN_REVIEW if name in seen["written"]},
        "papers": [one for one in seen["papers"] if one["requirement"] in readable],
        "standings": [one for one in seen["standings"] if one["code"] in readable],
        "start_faults": [],
        "screening": None,
    }


def check_paper_readable(parts: Parts, application: Document, paper_id: str, who: Caller) -> None:
    """The same for one paper: a reviewer reads what tells whether somebody fits, no passport, nothing on health."""
    check_readable(parts, application, who)
    if reads_all(who.roles):
        return
    readable = {
        one["code"] for one in _programme_of(parts, application)["requirements"] if board.readable_in_review(one)
    }
    if all(one["id"] != paper_id or one["requirement"] not in readable for one in application["papers"]):
        raise NoSuchPaper()


def check_may(command: str, roles: frozenset[str]) -> None:
    """Raises Forbidden where none of the roles gives the command."""
    if not board.may(command, roles):
        raise Forbidden(ANOTHER_ROLE)


def _programme_of(parts: Parts, application: Document) -> Document:
    return parts.store.programmes_by_id([application["programme_id"]])[application["programme_id"]]
