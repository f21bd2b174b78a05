"""Who may read what of an application, and give which command: the office and the chief all, a reviewer what tells whether somebody fits."""

from collections.abc import Mapping
from typing import Any

from services.training.actions.parts import Parts
from services.training.rules import board, reviews, states
from services.training.rules.faults import NoSuchApplication, NoSuchPaper
from shared.errors import Forbidden, Refusal

Document = dict[str, Any]


def may_answer(
    programme: Document, application: Mapping[str, Any], account_id: str, roles: frozenset[str]
) -> list[str]:
    """Steps that are asked now and this person may answer."""
    mine: list[str] = []
    if application["status"] != states.UNDER_REVIEW:
        return mine
    for step in reviews.asked(programme["review"], application["reviews"]):
        try:
            reviews.check_reviewer(programme["review"], step, account_id, roles, application["direction"])
        except Refusal:
            continue
        mine.append(step)
    return mine


def check_readable(parts: Parts, application: Document, account_id: str, roles: frozenset[str]) -> None:
    """Who may read an application's papers: the office and the chief all, a reviewer what waits for them or they judged.

    Raises NoSuchApplication: what is not theirs is not known to them.
    """
    if not reads_all(roles) and not may_read(_programme_of(parts, application), application, account_id, roles):
        raise NoSuchApplication()


def reads_all(roles: frozenset[str]) -> bool:
    """The office and the chief."""
    return bool(roles & {"training", "chief", "admin"})


def may_read(programme: Document, application: Mapping[str, Any], account_id: str, roles: frozenset[str]) -> bool:
    """The same as a question, for a reviewer alone."""
    judged = any(one["by"] == f"account:{account_id}" for one in application["reviews"])
    return judged or bool(may_answer(programme, application, account_id, roles))


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


def check_paper_readable(
    parts: Parts, application: Document, paper_id: str, account_id: str, roles: frozenset[str]
) -> None:
    """The same for one paper: a reviewer reads what tells whether somebody fits, no passport, nothing on health."""
    check_readable(parts, application, account_id, roles)
    if reads_all(roles):
        return
    readable = {
        one["code"] for one in _programme_of(parts, application)["requirements"] if board.readable_in_review(one)
    }
    if all(one["id"] != paper_id or one["requirement"] not in readable for one in application["papers"]):
        raise NoSuchPaper()


def check_may(command: str, roles: frozenset[str]) -> None:
    """Raises Forbidden where none of the roles gives the command."""
    if not board.may(command, roles):
        raise Forbidden("Expected another role for this.")


def _programme_of(parts: Parts, application: Document) -> Document:
    return parts.store.programmes_by_id([application["programme_id"]])[application["programme_id"]]
