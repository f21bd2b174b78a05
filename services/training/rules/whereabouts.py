"""Who of ours is abroad and who is a guest in the house on a day; and what a round of "are you safe?" says so far. Plain values."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from services.training.rules import departments, states

Record = Mapping[str, Any]
ANSWERS = ("need_help", "safe")
SILENT = "silent"
ORDER = {"need_help": 0, SILENT: 1, "safe": 2}
"""Who needs help stands first, then who has not answered."""
THERE = (states.ACTIVE, states.CONFIRMED)
"""Whom to look for: begun, or confirmed with a first day that has come."""
DAYS_OPEN = 30


def is_there(application: Record, today: str) -> bool:
    """From the first day to the last: begun, or confirmed, since nobody waits with a journey until somebody presses a button.

    A guest past the last day is gone, whether or not anybody ended the stay: the board raises that. Of ours abroad nobody knows it: they
    are looked for until somebody does.
    """
    if not application.get("first_day") or application["status"] not in THERE:
        return False
    begun = application["status"] == states.ACTIVE
    if begun and application.get("direction") != "in":
        return True
    return bool(application["first_day"] <= today <= application["last_day"])


def place_of(application: Record, today: str) -> str | None:
    """The country of who is abroad; of a guest the department of the day."""
    if application["direction"] == "out":
        return application.get("host_country")
    return departments.on(application, today)


def answer_of(application: Record, asking_id: str) -> str:
    """`safe`, `need_help` or `silent`."""
    entry = asked(application, asking_id)
    return (entry or {}).get("answer") or SILENT


def asked(application: Record, asking_id: str) -> Record | None:
    """What is kept of a round with an application."""
    return next((one for one in application.get("safety") or () if one["asking_id"] == asking_id), None)


def open_round(application: Record) -> Record | None:
    """The last round this application was asked in."""
    rounds: Sequence[Record] = application.get("safety") or ()
    return rounds[-1] if rounds else None


def tally(answers: Iterable[str]) -> dict[str, int]:
    """How many were asked, are safe, need help, are silent."""
    found = list(answers)
    return {"asked": len(found), **{name: found.count(name) for name in (*ANSWERS, SILENT)}}
