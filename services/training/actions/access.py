"""Who may read what of an application and give which command: training office and chief everything, a reviewer what shows whether an
applicant is suitable; a role of a department in the departments of its account only (rules/departments.py).

`home` (departments of the applicant of a stay abroad) is looked up from the accounts for each check, not stored with the application.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, TypeVar

from services.training.actions import application_records
from services.training.dependencies import Dependencies
from services.training.rules import board, departments, reviews, states
from services.training.rules.faults import NoSuchApplication, NoSuchDocument, NotYourReview, OtherDepartment
from services.training.rules.records.applications import Application, StayFields
from services.training.rules.records.programmes import Programme, ReviewChain
from shared.auth import Caller
from shared.errors import Forbidden, Refusal

View = dict[str, Any]
"""An application as the API shows it."""

Stay = TypeVar("Stay", Application, StayFields)
EXPECTED_ROLE = "Expected another role for this."


def roles_for(who: Caller, application: Application | StayFields, day: str | None = None) -> frozenset[str]:
    """Returns the caller's roles that count for this application (with its `home`), or for a day of it."""
    return departments.effective_roles(who.roles, who.departments, departments.concerned_departments(application, day))


def check_reviewer(review: ReviewChain, application: Application | StayFields, step: str, who: Caller) -> None:
    """Checks as rules/reviews.py does, with the roles that count where the step is answered; for a named reviewer all roles count. Raises
    NotYourReview."""
    roles = who.roles
    if not reviews.is_named(review, step, who.id):
        roles = departments.effective_roles(roles, who.departments, departments.judging_departments(application))
    reviews.check_reviewer(review, step, who.id, roles, application["direction"], application.get("applicant_id"))


def check_department(
    deps: Dependencies, application_id: str, allowed: frozenset[str], who: Caller, day: str | None = None
) -> None:
    """Raises OtherDepartment where the caller has one of the `allowed` roles, but not for a department of this application.

    Called before any other check: the state of another department's application is not revealed. Raises NoSuchApplication, and Forbidden where
    the caller has none of the roles.
    """
    application = with_home(deps, application_records.find_application(deps, application_id))
    if (allowed | {"admin"}) & roles_for(who, application, day):
        return
    if allowed & who.roles:
        raise _other_department(deps, who, departments.concerned_departments(application, day))
    raise Forbidden(EXPECTED_ROLE)


def check_review_department(deps: Dependencies, application_id: str, step: str, who: Caller) -> None:
    """The same for an answer to a step of the review; nothing is revealed about a step that is another's or nobody's.

    A named reviewer may answer wherever they work. A caller who also has a role of the hospital is refused what only a department's role would
    give.
    """
    application = with_home(deps, application_records.find_application(deps, application_id))
    programme, judging = _programme_of(deps, application), departments.judging_departments(application)
    counting = departments.effective_roles(who.roles, who.departments, judging)
    if counting == who.roles or _is_named(programme, who):
        return
    by_department = can_read_all(counting) and _can_review(programme, application, step, who, who.roles)
    if not can_read_all(counting) or (by_department and not _can_review(programme, application, step, who, counting)):
        raise _other_department(deps, who, judging)


def _can_review(programme: Programme, application: Application, step: str, who: Caller, roles: frozenset[str]) -> bool:
    about = (application["direction"], application.get("applicant_id"))
    try:
        reviews.check_reviewer(programme["review"], step, who.id, roles, *about)
    except NotYourReview:
        return False
    return True


def answerable_steps(programme: Programme, application: Application | StayFields, who: Caller) -> list[str]:
    """Returns the steps that are open now and that this person may answer."""
    mine: list[str] = []
    if application["status"] != states.UNDER_REVIEW:
        return mine
    for step in reviews.open_steps(programme["review"], application["reviews"]):
        try:
            check_reviewer(programme["review"], application, step, who)
        except Refusal:
            continue
        mine.append(step)
    return mine


def check_readable(deps: Dependencies, application: Application, who: Caller) -> None:
    """Checks who may read an application's documents: training office and chief all, a reviewer those that wait for them or that they have reviewed.

    Raises OtherDepartment, and NoSuchApplication: a caller without the right does not learn that it exists.
    """
    application = with_home(deps, application)
    if not can_read_all(who.roles) and not can_read(_programme_of(deps, application), application, who):
        _check_department(deps, application, who, _is_named(_programme_of(deps, application), who))
        raise NoSuchApplication()


def can_read_all(roles: frozenset[str]) -> bool:
    """Whether the roles include training office, chief or admin."""
    return bool(roles & departments.HOSPITAL_ROLES)


def reading_roles(deps: Dependencies, application: Application, who: Caller) -> frozenset[str]:
    """Returns the caller's roles that count for reading this application; all of them for a named reviewer."""
    if _is_named(_programme_of(deps, application), who):
        return who.roles
    return roles_for(who, with_home(deps, application))


def can_read(programme: Programme, application: Application | StayFields, who: Caller) -> bool:
    """Whether a reviewer may read the application."""
    if answerable_steps(programme, application, who):
        return True
    here = _is_named(programme, who) or bool(departments.DEPARTMENT_ROLES & roles_for(who, application))
    return here and any(one["by"] == who.actor for one in application["reviews"])


def _is_named(programme: Programme, who: Caller) -> bool:
    return any(who.id in ids for ids in (programme["review"].get("reviewers") or {}).values())


def check_placed(deps: Dependencies, application: Application, who: Caller) -> None:
    """Checks who may see it on the board and on its page: training office and chief; a department where the person is coming, is, or has been.

    Raises OtherDepartment and NoSuchApplication.
    """
    if can_read_all(who.roles):
        return
    _check_department(deps, with_home(deps, application), who)
    if not _was_placed(application):
        raise NoSuchApplication()


def can_know(deps: Dependencies, application: Application, who: Caller) -> bool:
    """Whether the caller may read it anywhere, and so may know what others did with it."""
    if can_read_all(who.roles):
        return True
    application = with_home(deps, application)
    on_the_ward = "department" in roles_for(who, application) and _was_placed(application)
    return on_the_ward or can_read(_programme_of(deps, application), application, who)


def _was_placed(application: Application) -> bool:
    return application["status"] in (*board.PLACED, states.COMPLETED)


def _check_department(deps: Dependencies, application: Application, who: Caller, named: bool = False) -> None:
    if not named and not departments.DEPARTMENT_ROLES & roles_for(who, application):
        raise _other_department(deps, who, departments.departments_of(application))


def _other_department(deps: Dependencies, who: Caller, needed: Collection[str]) -> OtherDepartment:
    known = deps.store.copies.departments()
    return OtherDepartment(
        {code: known[code]["names"] if code in known else {} for code in sorted(needed)}, who.departments
    )


def as_readable(programme: Programme, view: View, roles: frozenset[str]) -> View:
    """Returns a whole application for a reader with these roles: a reviewer gets what shows whether the applicant is suitable."""
    if can_read_all(roles):
        return view
    readable = {one["code"] for one in programme["requirements"] if board.readable_in_review(one)}
    return {
        **view,
        "written": {name: view["written"][name] for name in board.READ_IN_REVIEW if name in view["written"]},
        "papers": [one for one in view["papers"] if one["requirement"] in readable],
        "standings": [one for one in view["standings"] if one["code"] in readable],
        "start_faults": [],
        "screening": None,
    }


def check_paper_readable(deps: Dependencies, application: Application, document_id: str, who: Caller) -> None:
    """Checks who may read one document: a reviewer those that show whether the applicant is suitable, no passport, nothing on health."""
    check_readable(deps, application, who)
    if can_read_all(who.roles):
        return
    readable = {
        one["code"] for one in _programme_of(deps, application)["requirements"] if board.readable_in_review(one)
    }
    if all(one["id"] != document_id or one["requirement"] not in readable for one in application["documents"]):
        raise NoSuchDocument()


def check_command(command: str, roles: frozenset[str]) -> None:
    """Raises Forbidden where none of the roles may give the command."""
    if not board.can_give(command, roles):
        raise Forbidden(EXPECTED_ROLE)


def _programme_of(deps: Dependencies, application: Application) -> Programme:
    return deps.store.programmes_by_id([application["programme_id"]])[application["programme_id"]]


def with_homes(deps: Dependencies, applications: Iterable[Stay]) -> list[Stay]:
    """Returns the applications with `home`, the codes of the applicant's own departments, for stays abroad; one look-up for all.

    For reading and checking only: the application is saved without it.
    """
    listed = list(applications)
    homes = deps.store.copies.departments_of(
        account for one in listed if _goes_abroad(one) and (account := one["applicant_id"])
    )
    return [_with_home(one, homes) if _goes_abroad(one) else one for one in listed]


def _with_home(application: Stay, homes: Mapping[str, list[str]]) -> Stay:
    copy = application.copy()
    copy["home"] = homes.get(application["applicant_id"] or "", [])
    return copy


def with_home(deps: Dependencies, application: Application) -> Application:
    """Returns one application with its `home`."""
    return with_homes(deps, [application])[0]


def _goes_abroad(application: Application | StayFields) -> bool:
    return bool(application["direction"] == "out")
