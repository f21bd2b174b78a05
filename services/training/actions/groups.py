"""Groups: a partner nominates people for one period; each has an application of their own, and the group takes one place."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from services.training.actions import application_records, applications
from services.training.actions.programmes import find_programme
from services.training.dependencies import Dependencies
from services.training.rules import letters, nominations, people, programmes, readiness, states
from services.training.rules.documents import requirements
from services.training.rules.faults import InvalidList, LimitReached, NoSuchGroup
from services.training.rules.records.applicants import ApplicantData, References
from services.training.rules.records.applications import Application
from services.training.rules.records.groups import Group, NewGroup
from services.training.rules.records.programmes import Programme
from services.training.store.store import Store
from shared.command_context import CommandContext
from shared.errors import InvalidInput
from shared.events import training
from shared.ids import new_id, year_in
from shared.paging import Window


@dataclass(frozen=True)
class Member:
    """A member of a group as its page shows them; `missing` are names of documents they still have to provide, by language."""

    application: Application
    name: str
    native: str
    expires_on: str | None
    missing: list[dict[str, str]]
    letters: list[str]


def nominate(deps: Dependencies, body: NewGroup, context: CommandContext) -> Group:
    """Creates a group for one period of a programme. Raises NotPublished, DeadlinePassed, InvalidInput."""
    programme = deps.store.programmes.get(body["programme_id"])
    if programme is None:
        raise InvalidInput([("#/programme_id", "expected the id of a programme")])
    programmes.check_open(programme, context.now, deps.settings.time_zone)
    _check_plan(deps, programme, body)
    group: Group = {
        "_id": new_id(),
        "reference": deps.store.group_numbers.next(year_in(deps.settings.time_zone, context.now)),
        "created_at": context.now,
        "created_by": context.actor,
        "programme_id": body["programme_id"],
        "organization_id": body["organization_id"],
        "funder_id": body.get("funder_id"),
        "name": body["name"],
        "period_id": body["period_id"],
        "first_day": body["first_day"],
        "last_day": body["last_day"],
    }
    return deps.store.groups.insert(group, [training.GroupNominated(**_event_fields(group))], context)


def _check_plan(deps: Dependencies, programme: Programme, body: NewGroup) -> None:
    period = programmes.period_of(programme, body["period_id"])
    faults = [] if period else [("#/period_id", "expected one of the programme's periods")]
    if period and not period["from"] <= body["first_day"] <= body["last_day"] <= period["until"]:
        faults.append(("#/first_day", f"expected days from {period['from']} to {period['until']}"))
    if faults := faults + applications.organization_faults(deps, body):
        raise InvalidInput(faults)


def _event_fields(group: Group) -> dict[str, Any]:
    return {
        "group_id": group["_id"],
        "reference": group["reference"],
        "programme_id": group["programme_id"],
        "organization_id": group["organization_id"],
        "funder_id": group.get("funder_id"),
    }


def find_group(deps: Dependencies, group_id: str) -> Group:
    """Returns the group. Raises NoSuchGroup."""
    group = deps.store.groups.get(group_id)
    if group is None:
        raise NoSuchGroup()
    return group


def add_people(deps: Dependencies, group_id: str, written: Sequence[ApplicantData], context: CommandContext) -> Group:
    """Creates an application for each, all or none of them. Raises NoSuchGroup, NotPublished, DeadlinePassed, LimitReached."""

    def work(store: Store) -> Group:
        group = store.groups.load(group_id, context)
        if group is None:
            raise NoSuchGroup()
        if len(store.group_members(group_id)) + len(written) > nominations.MAX_PEOPLE:
            raise LimitReached("people of a group", nominations.MAX_PEOPLE)
        within = replace(deps, store=store)
        references: References = {
            "group_id": group_id,
            "organization_id": group["organization_id"],
            "funder_id": group["funder_id"],
        }
        for person in written:
            body: ApplicantData = {
                **person,
                "period_id": group["period_id"],
                "first_day": group["first_day"],
                "last_day": group["last_day"],
            }
            applications.start_application(
                within, group["programme_id"], body, context.aside(), kinds=None, **references
            )
        event = training.GroupJoined(**_event_fields(group), people=len(written))
        return store.groups.save(group | {"updated_at": context.now, "joined": len(written)}, [event], context)

    return deps.store.transaction(work)


def add_list(deps: Dependencies, group_id: str, text: str, context: CommandContext) -> Group:
    """Adds everybody of a list (CSV, or pasted cells). Raises InvalidList with every faulty row, and then adds nobody."""
    listed = nominations.parse_list(text, known_people(deps, group_id))
    if listed.faults:
        raise InvalidList(listed.faults)
    return add_people(deps, group_id, listed.people, context)


def add_person(deps: Dependencies, group_id: str, person: ApplicantData, context: CommandContext) -> Group:
    """Adds one person. Raises InvalidInput where the person is in the group already."""
    if nominations.person_key(person) in known_people(deps, group_id):
        raise InvalidInput([("#/latin", "expected somebody who is not in the group")])
    return add_people(deps, group_id, [person], context)


def known_people(deps: Dependencies, group_id: str) -> list[tuple[str, str]]:
    """Returns the keys of the people who are in the group and have not left it, as `nominations.person_key` makes them."""
    going_on = [one for one in deps.store.group_members(group_id) if one["status"] not in states.OVER]
    return [
        nominations.person_key(one.identity) for one in application_records.decrypt_all(deps, going_on) if one.identity
    ]


def members(deps: Dependencies, group: Group, today: date) -> list[Member]:
    """Returns everybody with their state and what is missing, in the order they were added."""
    programme = find_programme(deps, group["programme_id"])
    decrypted = application_records.decrypt_all(deps, deps.store.group_members(group["_id"]))
    return [_member(programme, one, today) for one in decrypted]


def _member(programme: Programme, one: readiness.DecryptedApplication, today: date) -> Member:
    application, name = one.application, one.identity.get("name") or {}
    over = application["status"] in states.OVER
    rows = [] if over else readiness.statuses(programme, one, today)
    visit = readiness.visit_of(application)
    named = {rule.code: dict(rule.name) for rule in readiness.requirements_of(programme, application, visit)} if visit else {}  # fmt: skip
    missing = [named[row.code] for row in rows if row.turn and row.turn != requirements.HOSPITAL]
    passport = one.identity.get("passport") or {}
    display_name = people.display_name(one.identity)
    native = name.get("native") or "" if name.get("native") != display_name else ""
    return Member(
        application, display_name, native, passport.get("expires_on"), missing, letters.available_kinds(application)
    )


def list_groups(deps: Dependencies, window: Window) -> list[Group]:
    """Returns a page of groups, the newest first."""
    return deps.store.groups_page(window)


def counts(deps: Dependencies, groups: Sequence[Group]) -> dict[str, dict[str, int]]:
    """Returns, by group, `people` and how many of them have a place."""
    return deps.store.group_counts([one["_id"] for one in groups], [*states.WITH_PLACE])
