"""Who of our staff is abroad and who is a guest here on a day, and the answers to a round of "are you safe?" so far. Plain values."""

from collections.abc import Iterable

from services.training.rules import departments, states
from services.training.rules.records.applications import Application, SafetyEntry

ANSWERS = ("need_help", "safe")
SILENT = "silent"
ORDER = {"need_help": 0, SILENT: 1, "safe": 2}
"""Those who need help come first, then those who have not answered."""
THERE = (states.ACTIVE, states.CONFIRMED)
"""States of the people to look for: begun, or confirmed with a first day that has come."""
DAYS_OPEN = 30


def is_there(application: Application, today: str) -> bool:
    """Whether they are there, from the first day to the last: begun, or confirmed, since nobody delays a journey until the start is recorded.

    A guest past the last day has left, whether or not the end was recorded: the board reports that. For our staff abroad this is not known: they
    are looked for until the end is recorded.
    """
    if not application.get("first_day") or application["status"] not in THERE:
        return False
    begun = application["status"] == states.ACTIVE
    if begun and application.get("direction") != "in":
        return True
    return bool(application["first_day"] <= today <= application["last_day"])


def place_of(application: Application, today: str) -> str | None:
    """Returns the country of a stay abroad; for a guest the department of the day."""
    if application["direction"] == "out":
        return application.get("host_country")
    return departments.department_on(application, today)


def answer_of(application: Application, asking_id: str) -> str:
    """Returns `safe`, `need_help` or `silent`."""
    entry = check_entry(application, asking_id)
    return (entry and entry["answer"]) or SILENT


def check_entry(application: Application, asking_id: str) -> SafetyEntry | None:
    """Returns what an application stores of a round."""
    return next((one for one in application.get("safety") or () if one["asking_id"] == asking_id), None)


def last_check(application: Application) -> SafetyEntry | None:
    """Returns the last round this application was asked in."""
    return application["safety"][-1] if application.get("safety") else None


def tally(answers: Iterable[str]) -> dict[str, int]:
    """Returns how many were asked, are safe, need help, are silent."""
    found = list(answers)
    return {"asked": len(found), **{name: found.count(name) for name in (*ANSWERS, SILENT)}}
