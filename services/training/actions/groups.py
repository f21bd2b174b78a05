"""Groups: a partner nominates people for one period; each has an application of their own, and one place is taken by all of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from services.training.actions import applying, standing
from services.training.actions.draft import Document
from services.training.actions.parts import Parts
from services.training.actions.programmes import find_programme
from services.training.rules import letters, nominations, people, programmes, requirements, states
from services.training.rules.faults import ListWrong, NoLetterYet, NoSuchGroup, TooMany
from services.training.store import Store
from shared.errors import InvalidInput
from shared.events import training
from shared.ids import new_id, year_in
from shared.origin import Origin
from shared.paging import Window

PLAN = ("period_id", "first_day", "last_day")


@dataclass(frozen=True)
class Member:
    """One of a group as its page shows them; `missing` are names of papers that are theirs to bring, by language."""

    application: Document
    name: str
    native: str
    expires_on: str | None
    missing: list[dict[str, str]]
    letters: list[str]


def nominate(parts: Parts, body: Document, origin: Origin) -> Document:
    """A new group for one period of a programme. Raises NotPublished, DeadlinePassed, InvalidInput."""
    programme = parts.store.programmes.get(body["programme_id"])
    if programme is None:
        raise InvalidInput([("#/programme_id", "expected the id of a programme")])
    programmes.check_open(programme, origin.now, parts.settings.time_zone)
    _check_plan(parts, programme, body)
    group = {
        "_id": new_id(),
        "reference": parts.store.group_numbers.next(year_in(parts.settings.time_zone, origin.now)),
        "created_at": origin.now,
        "created_by": origin.actor,
        **{name: body.get(name) for name in ("programme_id", "organization_id", "funder_id", "name", *PLAN)},
    }
    return parts.store.groups.insert(group, [training.GroupNominated(**_about(group))], origin)


def _check_plan(parts: Parts, programme: Document, body: Document) -> None:
    period = programmes.period_of(programme, body["period_id"])
    faults = [] if period else [("#/period_id", "expected one of the programme's periods")]
    if period and not period["from"] <= body["first_day"] <= body["last_day"] <= period["until"]:
        faults.append(("#/first_day", f"expected days from {period['from']} to {period['until']}"))
    if faults := faults + applying.organization_faults(parts, body):
        raise InvalidInput(faults)


def _about(group: Document) -> Document:
    told = {name: group.get(name) for name in ("reference", "programme_id", "organization_id", "funder_id")}
    return {"group_id": group["_id"], **told}


def find_group(parts: Parts, group_id: str) -> Document:
    """Raises NoSuchGroup."""
    group = parts.store.groups.get(group_id)
    if group is None:
        raise NoSuchGroup()
    return group


def add_people(parts: Parts, group_id: str, written: Sequence[Document], origin: Origin) -> Document:
    """An application for each, all or none of them. Raises NoSuchGroup, NotPublished, DeadlinePassed, TooMany."""

    def work(store: Store) -> Document:
        group = store.groups.load(group_id, origin)
        if group is None:
            raise NoSuchGroup()
        if len(store.group_members(group_id)) + len(written) > nominations.MOST_PEOPLE:
            raise TooMany("people of a group", nominations.MOST_PEOPLE)
        within, plan = replace(parts, store=store), {name: group[name] for name in PLAN}
        about = {"group_id": group_id, **{name: group[name] for name in ("organization_id", "funder_id")}}
        for person in written:
            body = person | plan
            applying.begin(within, group["programme_id"], body, origin.aside(), kinds=None, **about)
        event = training.GroupJoined(**_about(group), people=len(written))
        return store.groups.save(group | {"updated_at": origin.now, "joined": len(written)}, [event], origin)

    return parts.store.transaction(work)


def add_list(parts: Parts, group_id: str, text: str, origin: Origin) -> Document:
    """Everybody of a list (CSV, or cells pasted). Raises ListWrong with every row that cannot be taken, and then adds nobody."""
    listed = nominations.read(text, known_people(parts, group_id))
    if listed.faults:
        raise ListWrong(listed.faults)
    return add_people(parts, group_id, listed.people, origin)


def add_person(parts: Parts, group_id: str, person: Document, origin: Origin) -> Document:
    """One more. Raises InvalidInput where the person is in the group already."""
    if nominations.same(person) in known_people(parts, group_id):
        raise InvalidInput([("#/latin", "expected somebody who is not in the group")])
    return add_people(parts, group_id, [person], origin)


def known_people(parts: Parts, group_id: str) -> list[tuple[str, str]]:
    """Who is in the group and has not left it, as `nominations.same` tells people apart."""
    going_on = [one for one in parts.store.group_members(group_id) if one["status"] not in states.OVER]
    return [nominations.same(one.identity) for one in standing.open_all(parts, going_on) if one.identity]


def members(parts: Parts, group: Document, today: date) -> list[Member]:
    """Everybody with their state and what is missing, in the order they were added."""
    programme = find_programme(parts, group["programme_id"])
    opened = standing.open_all(parts, parts.store.group_members(group["_id"]))
    return [_member(programme, one, today) for one in opened]


def _member(programme: Document, one: standing.Opened, today: date) -> Member:
    application, name = one.application, one.identity.get("name") or {}
    over = application["status"] in states.OVER
    rows = [] if over else standing.standings(programme, one, today)
    visit = standing.visit_of(application)
    named = {rule.code: dict(rule.name) for rule in standing.requirements_of(programme, application, visit)} if visit else {}  # fmt: skip
    missing = [named[row.code] for row in rows if row.turn and row.turn != requirements.HOSPITAL]
    passport = one.identity.get("passport") or {}
    shown = people.display_name(one.identity)
    native = name.get("native") or "" if name.get("native") != shown else ""
    return Member(application, shown, native, passport.get("expires_on"), missing, letters_for(application))


def letters_for(application: Document) -> list[str]:
    """Kinds of letters that can be written for it now."""
    return [kind for kind in letters.KINDS if not why_no_letter(application, kind)]


def why_no_letter(application: Document, kind: str) -> str | None:
    """What stands against a letter, or None."""
    try:
        letters.check(application, kind)
    except NoLetterYet as refused:
        return refused.why
    return None


def list_groups(parts: Parts, window: Window) -> list[Document]:
    """The newest first, each with how many people it has."""
    return parts.store.groups_page(window)


def counts(parts: Parts, groups: Sequence[Document]) -> dict[str, dict[str, int]]:
    """By group: `people`, and those of them who have a place."""
    return parts.store.group_counts([one["_id"] for one in groups], [*states.HOLDING])
