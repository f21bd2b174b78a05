"""The departments of an application: department roles count there, the other roles everywhere.

`own` are the departments of an account. An account without departments acts in none.
"""

from collections.abc import Collection

from services.training.rules.records.applications import StayFields

DEPARTMENT_ROLES = frozenset({"department", "reviewer"})
"""Roles of a department; every other role acts in the whole hospital."""
HOSPITAL_ROLES = frozenset({"training", "chief", "admin"})
"""Roles that read every application."""


def departments_of(application: StayFields) -> frozenset[str]:
    """Returns the programme's department and those of the rotations; for a stay abroad also the applicant's own, where known.

    Empty where none is known: then the application belongs to every department. A field that was not loaded is a KeyError, never an empty set.
    """
    rotations = (one["department"] for one in application["rotations"])
    return frozenset(code for code in (application["department"], *rotations, *_home(application)) if code)


def judging_departments(application: StayFields) -> frozenset[str]:
    """Returns the departments whose head answers the department's step of a review: for a stay abroad where the applicant works, not what they
    chose."""
    return frozenset(_home(application)) or departments_of(application)


def _home(application: StayFields) -> Collection[str]:
    """Returns where the applicant of a stay abroad works (`home`, looked up by the caller: actions/access.py); empty for other stays."""
    home: Collection[str] = application["home"] if application["direction"] == "out" else ()
    return home


def department_on(application: StayFields, day: str) -> str | None:
    """Returns the department of a day of the stay (ISO): a rotation's where one covers it, else the programme's."""
    for one in application.get("rotations") or ():
        if one["first_day"] <= day <= one["last_day"]:
            return str(one["department"])
    department: str | None = application.get("department")
    return department


def concerned_departments(application: StayFields, day: str | None = None) -> frozenset[str]:
    """Returns the department of a day of the stay where a day is given, else all of the application's."""
    within = day and application.get("first_day") and application["first_day"] <= day <= application["last_day"]
    named = department_on(application, day) if day and within else None
    return frozenset({named}) if named else departments_of(application)


def effective_roles(roles: frozenset[str], own: Collection[str], concerned: Collection[str]) -> frozenset[str]:
    """Returns those of an account's roles that count for these departments; where none is known, those of any department count."""
    here = bool(set(own) & set(concerned)) if concerned else bool(own)
    return roles if here else roles - DEPARTMENT_ROLES


def visible_departments(roles: frozenset[str], own: frozenset[str]) -> frozenset[str] | None:
    """Returns the departments whose rows an account sees; None for all."""
    return None if HOSPITAL_ROLES & roles else own
