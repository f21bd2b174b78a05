"""Whose department an application is: a role of a department counts there, and a role of the house everywhere.

`own` are the departments that an account works in. Who works in none acts in none.
"""

from collections.abc import Collection, Mapping
from typing import Any

Application = Mapping[str, Any]
BOUND = frozenset({"department", "reviewer"})
"""Roles of a department; every other one is the house's."""
HOUSE = frozenset({"training", "chief", "admin"})
"""Who reads every application."""


def of(application: Application) -> frozenset[str]:
    """The programme's department and those of the rotations; of who goes abroad those they work in, where the house knows them.

    Empty where nobody knows one: then it is any department's. A field that was not loaded is a KeyError, and never means any.
    """
    rotations = (one["department"] for one in application["rotations"])
    return frozenset(code for code in (application["department"], *rotations, *_home(application)) if code)


def judging(application: Application) -> frozenset[str]:
    """Whose head gives the department's word in the review: of who goes abroad where they work, and of nobody they chose."""
    return frozenset(_home(application)) or of(application)


def _home(application: Application) -> Collection[str]:
    """Where who goes abroad works (`home`, looked up by whoever asks: actions/homes.py); none of who comes."""
    home: Collection[str] = application["home"] if application["direction"] == "out" else ()
    return home


def on(application: Application, day: str) -> str | None:
    """The department of a day of the stay (ISO): a rotation's where one names it, else the programme's."""
    for one in application.get("rotations") or ():
        if one["first_day"] <= day <= one["last_day"]:
            return str(one["department"])
    department: str | None = application.get("department")
    return department


def concerned(application: Application, day: str | None = None) -> frozenset[str]:
    """The department of a day of the stay where it is about one, else all of the application's."""
    within = day and application.get("first_day") and application["first_day"] <= day <= application["last_day"]
    named = on(application, day) if day and within else None
    return frozenset({named}) if named else of(application)


def counting(roles: frozenset[str], own: Collection[str], concerned: Collection[str]) -> frozenset[str]:
    """Those of an account's roles that count where these departments are concerned; where none is known, for who works in any."""
    here = bool(set(own) & set(concerned)) if concerned else bool(own)
    return roles if here else roles - BOUND


def bound_to(roles: frozenset[str], own: frozenset[str]) -> frozenset[str] | None:
    """The departments whose rows somebody sees; None for all."""
    return None if HOUSE & roles else own
