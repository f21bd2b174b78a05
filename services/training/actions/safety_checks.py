"""Staff abroad and guests here now; and the safety check, which asks all staff in a country whether they are safe.

`safety.asked` of each application is consumed by notify, which sends the question. Answers come by the signed link.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.training.actions import application_records
from services.training.actions.application_records import ApplicationChange, load_change
from services.training.dependencies import Dependencies
from services.training.rules import people, states, whereabouts
from services.training.rules.faults import NoStaffThere, NoSuchApplication, WrongCount
from services.training.rules.records.applicants import Contact, Identity
from services.training.rules.records.applications import Application, SafetyEntry
from services.training.rules.records.groups import SafetyCheck
from services.training.store.store import Store
from shared.command_context import CommandContext
from shared.events import training
from shared.ids import new_id


@dataclass(frozen=True)
class Whereabouts:
    """A person who is there now; `contact` only for readers with that right."""

    application: Application
    name: str
    place: str | None
    contact: Contact

    @property
    def phone(self) -> str:
        return str(self.contact.get("phone") or "")

    @property
    def emergency(self) -> dict[str, str]:
        """Name, relation and phone of the emergency contact; empty where none was given."""
        found = self.contact.get("emergency_contact") or {}
        return {name: str(found.get(name) or "") for name in ("name", "relation", "phone")}


@dataclass(frozen=True)
class SafetyCheckAnswers:
    """A safety check with everybody's answer, those who need help first."""

    check: SafetyCheck
    people: list[tuple[Whereabouts, str, datetime | None]]
    tally: dict[str, int]


def people_there(deps: Dependencies, now: datetime, with_contact: bool) -> list[Whereabouts]:
    """Returns our staff abroad and guests here, by the day they are expected back."""
    today = application_records.today_of(deps, now).isoformat()
    found = deps.store.stays_of_people_there(whereabouts.THERE, today)
    return with_names(deps, [one for one in found if whereabouts.is_there(one, today)], today, with_contact)


def with_names(
    deps: Dependencies, applications: list[Application], today: str, with_contact: bool
) -> list[Whereabouts]:
    """Returns them with names, and on request with contact data; one look-up of keys."""
    keys = deps.store.keyring.open_many(one["_id"] for one in applications)
    people_there = []
    for one in applications:
        key = keys.get(one["_id"])
        identity: Identity = key.open("identity", one["sealed"]["identity"]) if key else {}
        contact: Contact = key.open("contact", one["sealed"]["contact"]) if key and with_contact else {}
        people_there.append(Whereabouts(one, people.display_name(identity), whereabouts.place_of(one, today), contact))
    return people_there


def staff_in_country(deps: Dependencies, country: str, now: datetime) -> list[Application]:
    """Returns applications of our staff who are in this country now."""
    today = application_records.today_of(deps, now).isoformat()
    found = deps.store.stays_of_people_there(whereabouts.THERE, today)
    return [
        one
        for one in found
        if one["direction"] == "out" and one.get("host_country") == country and whereabouts.is_there(one, today)
    ]


def start_check(deps: Dependencies, country: str, count: int, context: CommandContext) -> SafetyCheck:
    """Asks all our staff in a country whether they are safe. Raises NoStaffThere, and WrongCount where `count` is not their number."""

    def work(store: Store) -> SafetyCheck:
        found = staff_in_country(deps, country, context.now)
        if not found:
            raise NoStaffThere()
        if len(found) != count:
            raise WrongCount(len(found))
        id_ = new_id()
        for application in found:
            change = ApplicationChange(store, application, context.aside(), deps.settings.time_zone)
            entry: SafetyEntry = {"asking_id": id_, "asked_at": context.now, "answer": None, "answered_at": None}
            change.application["safety"] = [*(application.get("safety") or []), entry]
            change.add_event(training.SafetyAsked, asking_id=id_)
            change.save()
        check: SafetyCheck = {
            "_id": id_,
            "country": country,
            "asked_at": context.now,
            "asked_by": context.actor,
            "application_ids": [one["_id"] for one in found],
        }
        event = training.SafetyRoundBegun(asking_id=id_, country=country, people=len(found))
        return store.safety_checks.insert(check, [event], context)

    return deps.store.transaction(work)


def record_answer(deps: Dependencies, application_id: str, reply: str, context: CommandContext) -> Application:
    """Records `safe` or `need_help` for the last check; it may be changed later. Raises NoSuchApplication where the person was never asked."""
    change = load_change(deps.store, application_id, context, deps.settings.time_zone)
    last = whereabouts.last_check(change.application)
    if last is None or reply not in whereabouts.ANSWERS:
        raise NoSuchApplication()
    entry: SafetyEntry = {**last, "answer": reply, "answered_at": context.now}
    change.application["safety"] = [*change.application["safety"][:-1], entry]
    change.add_event(training.SafetyAnswered, asking_id=last["asking_id"], answer=reply)
    return change.save()


def recent_checks(deps: Dependencies, now: datetime, with_contact: bool) -> list[SafetyCheckAnswers]:
    """Returns the safety checks of the last days, the newest first."""
    since = now - timedelta(days=whereabouts.DAYS_OPEN)
    checks = [one for one in deps.store.recent_safety_checks() if one["asked_at"] >= since]
    return [_with_answers(deps, one, now, with_contact) for one in checks]


def _with_answers(deps: Dependencies, check: SafetyCheck, now: datetime, with_contact: bool) -> SafetyCheckAnswers:
    today = application_records.today_of(deps, now).isoformat()
    found = deps.store.applications_by_id(check["application_ids"])
    rows = []
    for one in with_names(deps, [found[id_] for id_ in check["application_ids"] if id_ in found], today, with_contact):
        entry = whereabouts.check_entry(one.application, check["_id"])
        rows.append(
            (one, whereabouts.answer_of(one.application, check["_id"]), entry["answered_at"] if entry else None)
        )
    rows.sort(key=lambda row: (whereabouts.ORDER[row[1]], row[0].name.casefold()))
    return SafetyCheckAnswers(check, rows, whereabouts.tally(row[1] for row in rows))


def last_check(application: Application) -> SafetyEntry | None:
    """Returns the check in which the person was last asked."""
    return whereabouts.last_check(application)


def is_stay_over(application: Application) -> bool:
    """Whether the stay is over: the question is then no longer open, but an answer still counts."""
    return application["status"] in states.OVER
