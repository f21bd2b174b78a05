"""Programmes: created, updated, published, closed; the catalogue; their periods with the records of places."""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime

from services.training.actions import application_records, places
from services.training.dependencies import Dependencies
from services.training.rules import hosts, programmes, states
from services.training.rules import places as places_rules
from services.training.rules.event_data import programme_fields
from services.training.rules.faults import AgreementsLapsed, FewerPlacesThanTaken, NoSuchProgramme
from services.training.rules.records.places import PeriodPlaces
from services.training.rules.records.programmes import Period, Programme
from services.training.store.store import Store
from shared.command_context import CommandContext
from shared.errors import InvalidInput
from shared.events import training
from shared.ids import new_id, year_in
from shared.paging import Window

DEFAULTS: Mapping[str, object] = {
    "text": {},
    "department": None,
    "organization_id": None,
    "country": None,
    "languages": ["en"],
    "professions": [],
    "supervisor": None,
    "deadline": None,
    "requirements": [],
    "review": {"order": "in_order", "steps": ["department", "chief"], "reviewers": {}},
    "answer_days": programmes.ANSWER_DAYS,
    "purpose": None,
    "designation": None,
    "periods": [],
}


def create_programme(deps: Dependencies, body: Mapping[str, object], context: CommandContext) -> Programme:
    """Creates a programme as a draft, not public. Raises InvalidInput."""
    programme = programmes.with_changes(DEFAULTS, {name: value for name, value in body.items() if value is not None})
    programme |= {
        "_id": new_id(),
        "reference": deps.store.programme_numbers.next(year_in(deps.settings.time_zone, context.now)),
        "status": states.DRAFTED,
        "created_at": context.now,
        "updated_at": context.now,
        "periods": [period | {"id": new_id()} for period in programme["periods"]],
    }
    _check(deps, programme)
    programme = _with_last_day(deps, programme)
    _check_host(deps, deps.store, programme, context)

    def work(store: Store) -> Programme:
        store.occupancy.save_periods(
            places_rules.new_period_record(period, programme["_id"]) for period in programme["periods"]
        )
        event = training.ProgrammeDrafted(**programme_fields(programme))
        return store.programmes.insert(programme.copy(), [event], context)

    return deps.store.transaction(work)


def update_programme(
    deps: Dependencies, programme_id: str, changes: Mapping[str, object], context: CommandContext
) -> Programme:
    """Changes some fields. Raises NoSuchProgramme, InvalidInput, FewerPlacesThanTaken."""

    def work(store: Store) -> Programme:
        programme = load_programme(store, programme_id, context)
        after = programmes.with_changes(programme, changes) | {"updated_at": context.now}
        after["periods"] = [_with_id(period) for period in after["periods"]]
        _check(deps, after)
        after = _with_last_day(deps, after)
        if after["status"] == states.PUBLISHED:
            programmes.check_publishable(after)
        if after["organization_id"] != programme["organization_id"]:
            _check_host(deps, store, after, context)
        _update_places(store, programme, after)
        event = training.ProgrammeUpdated(**programme_fields(after), fields=tuple(sorted(changes)))
        saved = store.programmes.save(after, [event], context)
        places.fill_periods(deps, store, [period["id"] for period in after["periods"]], context)
        return saved

    return deps.store.transaction(work)


def publish(deps: Dependencies, programme_id: str, context: CommandContext) -> Programme:
    """Opens it to applications. Raises TransitionNotAllowed, NotComplete, HostNotActive, AgreementsLapsed."""
    programme = load_programme(deps.store, programme_id, context)
    after = programme | {"status": states.programme_target(programme, "publish"), "updated_at": context.now}
    programmes.check_publishable(after)
    _check_host(deps, deps.store, after, context)
    return deps.store.programmes.save(after, [training.ProgrammePublished(**programme_fields(after))], context)


def close(deps: Dependencies, programme_id: str, context: CommandContext) -> Programme:
    """Closes it to new applications; existing ones continue."""
    programme = load_programme(deps.store, programme_id, context)
    after = programme | {"status": states.programme_target(programme, "close"), "updated_at": context.now}
    return deps.store.programmes.save(after, [training.ProgrammeClosed(**programme_fields(after))], context)


def load_programme(store: Store, programme_id: str, context: CommandContext) -> Programme:
    programme = store.programmes.load(programme_id, context)
    if programme is None:
        raise NoSuchProgramme()
    return programme


def find_programme(deps: Dependencies, programme_id: str) -> Programme:
    """Returns a programme in any state. Raises NoSuchProgramme."""
    programme = deps.store.programmes.get(programme_id)
    if programme is None:
        raise NoSuchProgramme()
    return programme


def find_published(deps: Dependencies, programme_id: str, kinds: Collection[str] = programmes.PUBLIC) -> Programme:
    """Returns a published programme of a kind that the caller may know of. Raises NoSuchProgramme."""
    programme = find_programme(deps, programme_id)
    if programme["status"] != states.PUBLISHED or programme["kind"] not in kinds:
        raise NoSuchProgramme()
    return programme


def list_programmes(deps: Dependencies, query: dict[str, object], window: Window) -> list[Programme]:
    """Returns a page by status and kind, the newest first."""
    return deps.store.programmes_page(query, window)


def programmes_by_id(deps: Dependencies, ids: list[str]) -> dict[str, Programme]:
    """Returns several with one look-up."""
    return deps.store.programmes_by_id(ids)


def catalogue(
    deps: Dependencies, wanted: Mapping[str, str], now: datetime, kinds: Collection[str] = programmes.PUBLIC
) -> list[Programme]:
    """Returns published programmes of these kinds, by `department`, `kind`, `language`; open ones first, by deadline."""
    found = [one for one in deps.store.published_programmes(kinds) if _matches(one, wanted)]
    return sorted(
        found, key=lambda one: (is_past_deadline(one, now), one["deadline"] or datetime.max.replace(tzinfo=now.tzinfo))
    )


def is_past_deadline(programme: Programme, now: datetime) -> bool:
    """Whether its deadline has passed."""
    return programme["deadline"] is not None and programme["deadline"] <= now


def _matches(programme: Programme, wanted: Mapping[str, str]) -> bool:
    language = wanted.get("language")
    same = all(programme[name] == wanted[name] for name in ("department", "kind") if wanted.get(name))
    return same and (not language or language in programme["languages"])


def _with_id(period: Period) -> Period:
    return period | {"id": period.get("id") or new_id()}


def _check(deps: Dependencies, programme: Programme) -> None:
    programmes.check(programme)
    department = programme.get("department")
    if department and not deps.store.copies.department_listed(department):
        raise InvalidInput([("#/department", "expected the code of a listed department")])
    host = programme.get("organization_id")
    if host and host not in deps.store.copies.organizations([host]):
        raise InvalidInput([("#/organization_id", "expected the id of an organization")])


def _with_last_day(deps: Dependencies, programme: Programme) -> Programme:
    last = programmes.last_day_to_apply(programme.get("deadline"), deps.settings.time_zone)
    return programme | {"apply_until": last}


def _check_host(deps: Dependencies, store: Store, programme: Programme, context: CommandContext) -> None:
    """Nothing new starts at a host that is suspended or closed, or all of whose agreements have expired."""
    if programme["kind"] != "overseas":
        return
    host = programme["organization_id"]
    assert host is not None, "an overseas programme has a host: programmes.check"
    hosts.check(store.copies.organizations([host]).get(host))
    if hosts.agreements_have_lapsed(
        store.copies.agreements_with(host), application_records.today_of(deps, context.now).isoformat()
    ):
        raise AgreementsLapsed()


def _update_places(store: Store, before: Programme, after: Programme) -> None:
    """Updates the records of places with the periods. A period with holders or a waiting list remains, with enough places for them, around their
    stays."""
    occupancy = store.occupancy.periods(period["id"] for period in before["periods"])
    periods = {period["id"]: period for period in after["periods"]}
    foreign = set(periods) & set(store.occupancy.periods(periods)) - set(occupancy)
    if foreign:
        raise InvalidInput([("#/periods", "expected ids of this programme's periods, or none")])
    dropped = [id_ for id_ in occupancy if id_ not in periods]
    for id_ in dropped:
        if occupancy[id_]["holders"] or occupancy[id_]["waiting"]:
            raise FewerPlacesThanTaken(len(occupancy[id_]["holders"]) or 1)
    records: list[PeriodPlaces] = []
    for id_, period in periods.items():
        record = occupancy.get(id_) or places_rules.new_period_record(period, after["_id"])
        taken = len({one["slot"] for one in record["holders"]})
        if period["slots"] < taken:
            raise FewerPlacesThanTaken(taken)
        if period["group_size"] < (mates := max(Counter(one["slot"] for one in record["holders"]).values(), default=0)):
            raise FewerPlacesThanTaken(mates)
        records.append(record | {"slots": period["slots"], "group_size": period["group_size"]})
    _check_stays(store, before, after, occupancy)
    store.occupancy.save_periods(records)
    store.occupancy.delete_periods(dropped)


def _check_stays(store: Store, before: Programme, after: Programme, occupancy: dict[str, PeriodPlaces]) -> None:
    """Raises InvalidInput where a period becomes too short for the stay of a holder."""
    was = {period["id"]: (period["from"], period["until"]) for period in before["periods"]}
    changed = {
        at: one for at, one in enumerate(after["periods"]) if was.get(one["id"], ()) != (one["from"], one["until"])
    }
    ids = [
        holders["application_id"]
        for one in changed.values()
        if one["id"] in occupancy
        for holders in occupancy[one["id"]]["holders"]
    ]
    stays = store.applications_by_id(ids).values() if ids else ()
    faults = [
        (f"#/periods/{at}/from", f"expected days around the stays of who has a place: {min(firsts)} to {max(lasts)}")
        for at, one in changed.items()
        if (firsts := [stay["first_day"] for stay in stays if stay["period_id"] == one["id"]])
        and (lasts := [stay["last_day"] for stay in stays if stay["period_id"] == one["id"]])
        and not one["from"] <= min(firsts) <= max(lasts) <= one["until"]
    ]
    if faults:
        raise InvalidInput(faults)
