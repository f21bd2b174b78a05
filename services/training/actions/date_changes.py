"""Moving a stay to other dates or another period, and what the move would affect, shown before it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from services.training.actions import application_records, places
from services.training.actions.application_records import ApplicationChange, load_change
from services.training.actions.programmes import find_programme
from services.training.dependencies import Dependencies
from services.training.rules import agreements, decisions, programmes, readiness, states
from services.training.rules import places as places_rules
from services.training.rules.documents import passports, requirements
from services.training.rules.faults import NoPlace, NoSuchApplication, TransitionNotAllowed
from services.training.rules.places import Occupancy
from services.training.rules.records.applicants import Rotation
from services.training.rules.records.applications import Application
from services.training.rules.records.programmes import Programme
from services.training.store.store import Store
from shared.command_context import CommandContext
from shared.errors import InvalidInput
from shared.events import training


@dataclass(frozen=True)
class MoveConsequences:
    """What other dates would affect: documents whose state gets worse, and codes of everything else."""

    documents: list[requirements.WorsenedRequirement]
    others: list[str]

    def __bool__(self) -> bool:
        return bool(self.documents or self.others)


def consequences_of_move(
    deps: Dependencies, application_id: str, first_day: str, last_day: str, period_id: str | None, today: date
) -> MoveConsequences:
    """Checks documents, places, agreement, passport and permission for other dates; changes nothing."""
    application = deps.store.applications.get(application_id)
    if application is None:
        raise NoSuchApplication()
    programme = find_programme(deps, application["programme_id"])
    one = application_records.decrypted(application, deps.store.keyring.open(application_id))
    old, new = readiness.visit_of(application), readiness.visit_of(application, first_day=first_day, last_day=last_day)
    if old is None or new is None:
        return MoveConsequences([], [])
    before, after = (readiness.requirements_of(programme, application, visit) for visit in (old, new))
    documents = requirements.worsened_by_move(before, after, readiness.documents_of(one), old, new, today)
    moved = _with_dates(application, programme, first_day, last_day, period_id or application["period_id"])
    others = [f"dates:{detail}" for _, detail in programmes.fit_faults(programme, moved, today)]
    if first_day <= last_day and passports.stay_days(new.first_day, new.last_day) <= programmes.MAX_DAYS:
        others += _missing_places(deps.store, application, moved)
    if why := agreements.hold_reason(moved, deps.store.copies.agreement(application.get("agreement_id"))):
        others.append(f"agreement:{why}")
    known = set(readiness.legal_faults(programme, one, old, today))
    others += [code for code in readiness.legal_faults(programme, one, new, today) if code not in known]
    return MoveConsequences(documents, others + _supervisor_absences(programme, first_day, last_day))


def _supervisor_absences(programme: Programme, first_day: str, last_day: str) -> list[str]:
    supervisor = programme.get("supervisor")
    away = (supervisor.get("away") if supervisor else None) or []
    return [f"supervisor_away:{one['from']}" for one in away if one["from"] <= last_day and first_day <= one["until"]]


def _missing_places(store: Store, application: Application, moved: Application) -> list[str]:
    if application["status"] not in states.WITH_PLACE:
        return []
    claim = places_rules.claim_of(moved)
    occupancy = store.occupancy.load([places_rules.claim_of(application), claim])
    occupancy.release(places_rules.claim_of(application))
    why = occupancy.obstacle(claim) if claim.period_id in occupancy.periods else "period"
    return [f"place:{why}"] if why else []


def move_dates(
    deps: Dependencies,
    application_id: str,
    first_day: str,
    last_day: str,
    period_id: str | None,
    context: CommandContext,
) -> Application:
    """Moves the stay to other dates or another period: the new place is claimed and the old one released in one transaction.

    A confirmed placement becomes deferred and must be confirmed again. Raises NoPlace, TransitionNotAllowed, InvalidInput, AlreadyApplied.
    """

    def work(store: Store) -> Application:
        change = load_change(store, application_id, context, deps.settings.time_zone)
        if change.status not in states.MOVABLE:
            raise TransitionNotAllowed("application", change.status, "move", states.commands(change.application))
        before = change.application
        decisions.check_answered_in_time(before, context.now)
        programme = find_programme(deps, before["programme_id"])
        if not before["first_day"] or not before["last_day"]:
            raise InvalidInput([("#/first_day", "expected an application with days: they were taken out of it")])
        change.application = _with_dates(before, programme, first_day, last_day, period_id or before["period_id"])
        _check_plan(programme, change.application, application_records.today_of(deps, context.now))
        if not places.has_claim(before):
            _add_move_event(change, before)
            return change.save()
        occupancy = _move_claim(store, before, change.application, context.now)
        _add_move_event(change, before)
        if change.status == states.WAITLISTED:
            places.claim_in_turn(deps, change, occupancy)
        saved = change.save()
        places.fill_from_waiting_list(deps, store, occupancy, context)
        store.occupancy.save(occupancy)
        return saved

    return deps.store.transaction(work)


def _check_plan(programme: Programme, application: Application, today: date) -> None:
    if faults := programmes.fit_faults(programme, application, today):
        raise InvalidInput(faults)


def _with_dates(
    application: Application, programme: Programme, first_day: str, last_day: str, period_id: str
) -> Application:
    """Returns the application with other dates; its rotations shift by as many days, the last one ends on the new last day."""
    shift = date.fromisoformat(first_day) - date.fromisoformat(application["first_day"])
    rotations = [_shifted_rotation(one, shift) for one in application["rotations"]]
    rotations = [one for one in rotations if one["first_day"] <= last_day]
    if rotations:
        rotations[-1] = {**rotations[-1], "last_day": last_day}
    elif application["rotations"]:  # all of them began later: somebody here is on some department's days
        rotations = [programmes.whole_stay(programme, first_day, last_day)]
    persons = [f"{known.split('/')[0]}/{period_id}" for known in application["person_hashes"]]
    return {
        **application,
        "first_day": first_day,
        "last_day": last_day,
        "period_id": period_id,
        "rotations": rotations,
        "person_hashes": persons,
    }


def _shifted_rotation(rotation: Rotation, shift: timedelta) -> Rotation:
    first, last = (date.fromisoformat(day) + shift for day in (rotation["first_day"], rotation["last_day"]))
    return {**rotation, "first_day": first.isoformat(), "last_day": last.isoformat()}


def _move_claim(store: Store, before: Application, after: Application, now: datetime) -> Occupancy:
    """Moves its place, or its positions on waiting lists, within a transaction. Returns the occupancy of both, to be saved."""
    old, new = places_rules.claim_of(before), places_rules.claim_of(after)
    occupancy = store.occupancy.load([old, new])
    if before["status"] == states.WAITLISTED:
        occupancy.requeue(old, new, after["first_day"], now)
    else:
        occupancy.release(old)
        if not occupancy.occupy(new):
            raise NoPlace(occupancy.obstacle(new) or "period")
    return occupancy


def _add_move_event(change: ApplicationChange, before: Application) -> None:
    if change.status == states.CONFIRMED:
        change.move("defer")
        decision = change.application["decision"]
        assert decision is not None, "a confirmed place was decided"
        answer_by = change.context.now + timedelta(days=decision.get("answer_days") or programmes.ANSWER_DAYS)
        change.application["decision"] = decision | {"answer_by": answer_by}
        change.add_event(
            training.PlacementDeferred,
            previous_period_id=before["period_id"],
            previous_first_day=before["first_day"],
            previous_last_day=before["last_day"],
        )
        return
    change.add_event(training.ApplicationUpdated, fields=_changed_fields(before, change.application))


def _changed_fields(before: Application, after: Application) -> Sequence[str]:
    return tuple(name for name in ("first_day", "last_day", "period_id", "rotations") if before[name] != after[name])
