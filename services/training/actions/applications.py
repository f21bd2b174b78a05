"""Applications as their applicants edit them: started, saved at every step, submitted, withdrawn, an offer confirmed.

A draft needs only a programme and an e-mail address; its signed link (links.py) opens it again. A refused command leaves the draft unchanged.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Literal, Unpack, cast

from services.training.actions import application_records, links, places
from services.training.actions.application_records import ApplicationChange, load_change
from services.training.actions.programmes import find_programme, find_published
from services.training.dependencies import Dependencies
from services.training.rules import decisions, people, programmes, readiness, states
from services.training.rules.event_data import application_fields, direction_of
from services.training.rules.faults import NoSuchProgramme, NotComplete, TransitionNotAllowed
from services.training.rules.records.applicants import ApplicantData, OpenFields, References, SearchKeys
from services.training.rules.records.applications import Application
from services.training.rules.records.groups import NewGroup
from services.training.rules.records.programmes import Programme
from services.training.rules.turn import with_next
from services.training.store.store import Store
from shared.command_context import CommandContext
from shared.errors import InvalidInput
from shared.events import training
from shared.ids import new_id, year_in
from shared.sealing import DataKey

MAX_ROTATIONS = 12
PARTNERS: tuple[Literal["organization_id", "funder_id"], ...] = ("organization_id", "funder_id")
"""The sending organization, and the one that pays."""
BLANK: Mapping[str, object] = {
    "period_id": None,
    "first_day": None,
    "last_day": None,
    "rotations": [],
    "nationality": None,
    "residence": None,
    "profession": None,
    "exempt_scheme": None,
    "screening": None,
    "risk_noted": False,
    "group_id": None,
    "organization_id": None,
    "funder_id": None,
    "agreement_id": None,
    "agreement_waiver": None,
    "applicant_id": None,
    "documents": [],
    "conditions": [],
    "reviews": [],
    "asked_steps": [],
    "decision": None,
    "hold": None,
    "hands_on": None,
    "attendance": [],
    "evaluations": {},
    "certificate": None,
    "safety": [],
    "submitted_at": None,
    "mail": None,
    "person_hashes": [],
    "match_keys": [],
    "applies": False,
}


def start_application(
    deps: Dependencies,
    programme_id: str,
    body: Mapping[str, object] | ApplicantData,
    context: CommandContext,
    kinds: Collection[str] | None = programmes.PUBLIC,
    mailed: bool = True,
    **references: Unpack[References],
) -> Application:
    """Creates a draft with what is known of the person so far (at least `email` where the public starts one).

    `kinds`: of programmes the caller may know of; None for the office, which starts it for somebody. `mailed`: whether the link is sent to the
    address. `references`: `group_id`, `organization_id`, `funder_id`, `applicant_id`. Raises NoSuchProgramme, NotPublished, DeadlinePassed.
    """
    programme = _open_programme(deps, programme_id, kinds)
    programmes.check_open(programme, context.now, deps.settings.time_zone)
    application, key, wrapped = _new_application(deps, programme, people.checked(body), context, references)
    event = training.ApplicationStarted(**application_fields(application), mailed=mailed)
    return deps.store.add_application(application, key, wrapped, [event], context)


def start_for_applicant(
    deps: Dependencies, programme_id: str, body: Mapping[str, object], references: References, context: CommandContext
) -> Application:
    """Creates a draft for an applicant. Raises what `start_application` does, and InvalidInput for ids that do not exist or belong to another
    programme."""
    _check_references(deps, _open_programme(deps, programme_id, None), references)
    return start_application(deps, programme_id, body, context, kinds=None, **references)


def _check_references(deps: Dependencies, programme: Programme, references: References) -> None:
    group = deps.store.groups.get(group_id) if (group_id := references.get("group_id")) else None
    faults = []
    if references.get("group_id") and (group is None or group["programme_id"] != programme["_id"]):
        faults.append(("#/group_id", "expected the id of a group nominated for this programme"))
    faults += organization_faults(deps, references)
    wrong = {pointer for pointer, _ in faults}
    faults += [
        (f"#/{name}", "expected the same as the group's, or none")
        for name in PARTNERS
        if group and group[name] and references.get(name) not in (None, group[name]) and f"#/{name}" not in wrong
    ]
    who = references.get("applicant_id")
    if who and who not in deps.store.copies.usernames([who]):
        faults.append(("#/applicant_id", "expected the id of a staff account"))
    if faults:
        raise InvalidInput(faults)


def organization_faults(deps: Dependencies, body: References | NewGroup) -> list[tuple[str, str]]:
    """Returns the faults of a body's partner and funder that are no organizations."""
    named = {name: id_ for name in PARTNERS if (id_ := body.get(name))}
    known = deps.store.copies.organizations(named.values())
    return [(f"#/{name}", "expected the id of an organization") for name, id_ in named.items() if id_ not in known]


def _open_programme(deps: Dependencies, programme_id: str, kinds: Collection[str] | None) -> Programme:
    """An unknown programme is a 404 for an applicant, who names it in the address, and a fault of the body for the office."""
    if kinds is not None:
        return find_published(deps, programme_id, kinds)
    try:
        return find_programme(deps, programme_id)
    except NoSuchProgramme:
        raise InvalidInput([("#/programme_id", "expected the id of a programme")]) from None


def _new_application(
    deps: Dependencies, programme: Programme, body: ApplicantData, context: CommandContext, references: References
) -> tuple[Application, DataKey, dict[str, object]]:
    id_ = new_id()
    key, wrapped = deps.store.keyring.new(id_)
    open_fields, blocks = people.split(body)
    overseas = direction_of(programme["kind"]) == "out"
    application = {
        **BLANK,
        "_id": id_,
        "reference": deps.store.numbers.next(year_in(deps.settings.time_zone, context.now)),
        "status": states.DRAFT,
        "programme_id": programme["_id"],
        "kind": programme["kind"],
        "direction": direction_of(programme["kind"]),
        "department": programme.get("department"),
        "organization_id": programme.get("organization_id") if overseas else None,
        "host_country": programme.get("country") if overseas else None,
        "language": "en",
        "created_at": context.now,
        "link_id": new_id(),
        **references,
        **open_fields,
        "sealed": {name: key.seal(name, block) for name, block in blocks.items()},
        **_search_keys(deps, body, references.get("applicant_id")),
        "risk_noted": bool(body.get("risk_note")),
    }
    filled = with_next(cast("Application", application), context.now, deps.settings.time_zone)
    return filled | {"updated_at": context.now}, key, wrapped


def _search_keys(deps: Dependencies, body: ApplicantData, account: str | None) -> SearchKeys:
    """Returns the keyed hashes by which an address finds its applications, and a person's applications find each other."""
    mail = links.mail_hash(deps, body.get("email"))
    return {"mail": mail, "match_keys": people.match_keys(deps.secrets.persons, body, mail, account)}


def save_fields(
    deps: Dependencies, application_id: str, changes: Mapping[str, object], context: CommandContext
) -> Application:
    """Saves what was written so far, complete or not; after submission only what may still change (`people.EDITABLE_LATER`), and complete.

    Another address ends the links sent to the former one. Raises TransitionNotAllowed, NotComplete, AlreadyApplied.
    """
    change = load_change(deps.store, application_id, context, deps.settings.time_zone)
    editable = change.status in states.EDITABLE
    if not editable and (
        states.announced_status(change.application) in states.OVER or set(changes) - set(people.EDITABLE_LATER)
    ):
        raise TransitionNotAllowed("application", change.status, "save", states.applicant_commands(change.application))
    body = people.with_changes(application_records.body_of(deps, change.application), changes)
    if not editable:
        people.check_complete(body, change.application["direction"])
        change.application["person_hashes"] = people.person_keys(deps.secrets.persons, body, body["period_id"])
    before = change.application["mail"]
    write_body(deps, change, body, tuple(sorted(changes)))
    if before in (None, change.application["mail"]):
        return change.save()
    return links.save_new_address(deps, change)


def write_body(deps: Dependencies, change: ApplicationChange, body: ApplicantData, named: tuple[str, ...]) -> None:
    """Replaces everything the applicant wrote, and adds the event with the names of the changed fields."""
    open_fields, blocks = people.split(body)
    key = deps.store.keyring.open(change.application["_id"])
    blank = cast("OpenFields", {name: BLANK[name] for name in people.OPEN if name in BLANK})
    change.application = people.with_open_fields(change.application, blank, open_fields)
    search = _search_keys(deps, body, change.application.get("applicant_id"))
    change.application |= {
        "sealed": {name: key.seal(name, block) for name, block in blocks.items()},
        "mail": search["mail"],
        "match_keys": search["match_keys"],
        "risk_noted": bool(body.get("risk_note")),
    }
    change.add_event(training.ApplicationUpdated, fields=named)


def submit(deps: Dependencies, application_id: str, context: CommandContext) -> Application:
    """Submits it: a draft for the first time, a returned one again.

    Raises NotComplete, DeadlinePassed, AlreadyApplied, TransitionNotAllowed; the draft stays as it is.
    """
    change = load_change(deps.store, application_id, context, deps.settings.time_zone)
    again = change.status == states.RETURNED
    change.move("resubmit" if again else "submit")
    programme, body = (
        find_programme(deps, change.application["programme_id"]),
        application_records.body_of(deps, change.application),
    )
    if not again:
        programmes.check_open(programme, context.now, deps.settings.time_zone)
    check_complete(deps, programme, body, change.application, context.now)
    _check_documents(deps, programme, change.application, body, context.now)
    settle_plan(deps, change, programme, body)
    if not again:
        change.application["submitted_at"] = context.now
    change.add_event(training.ApplicationCheckStarted if again else training.ApplicationSubmitted)
    return change.save()


def check_complete(
    deps: Dependencies, programme: Programme, body: ApplicantData, application: Application, now: datetime
) -> None:
    """Raises NotComplete with every fault of the body and the plan."""
    people.check_complete(body, application["direction"])
    faults = programmes.fit_faults(programme, body, application_records.today_of(deps, now)) + _department_faults(
        deps, programme, body
    )
    if faults:
        raise NotComplete(faults)


def _check_documents(
    deps: Dependencies, programme: Programme, application: Application, body: ApplicantData, now: datetime
) -> None:
    """Raises NotComplete where a document is missing that is due with the application and the applicant's to upload.

    Whether an uploaded one is in order is for the office to check; documents that others provide may follow later.
    """
    decrypted = application_records.decrypted(
        {**application, **people.split(body)[0]}, deps.store.keyring.open(application["_id"])
    )
    rows = readiness.statuses(programme, decrypted, application_records.today_of(deps, now))
    faults = [
        (f"#/papers/{row.code}", "expected; it is required with the application")
        for row in rows
        if row.stage == "application" and row.turn == "applicant"
    ]
    if faults:
        raise NotComplete(faults)


def _department_faults(deps: Dependencies, programme: Programme, plan: ApplicantData) -> list[tuple[str, str]]:
    """Returns the faults of rotations in unknown departments, where nobody would count them."""
    rotations = plan.get("rotations") or []
    known = deps.store.copies.departments() if rotations else {}
    return [
        (f"#/rotations/{at}/department", "expected the code of a listed department")
        for at, one in enumerate(rotations)
        if one["department"] != programme["department"]
        and not (one["department"] in known and known[one["department"]].get("listed"))
    ]


def settle_plan(deps: Dependencies, change: ApplicationChange, programme: Programme, body: ApplicantData) -> None:
    """Derives from the plan: the hashes of the person in this period, and one rotation where none was planned."""
    persons = people.person_keys(deps.secrets.persons, body, body["period_id"])
    change.application |= {"person_hashes": persons, "applies": True}
    if not change.application["rotations"] and change.application["direction"] == "in":
        change.application["rotations"] = [programmes.whole_stay(programme, body["first_day"], body["last_day"])]


def withdraw(
    deps: Dependencies, application_id: str, reason: str, context: CommandContext, announced_only: bool = False
) -> Application:
    """Withdraws it; its place goes to who has waited longest.

    `announced_only`: for the applicant, who cannot withdraw while a decision is not announced: the answer would reveal it.
    """

    def work(store: Store) -> Application:
        change = load_change(store, application_id, context, deps.settings.time_zone)
        if announced_only and states.announced_status(change.application) != change.status:
            raise TransitionNotAllowed("application", states.announced_status(change.application), "withdraw", ())
        had_claim, before = places.has_claim(change.application), change.status
        change.move("withdraw")
        change.add_event(training.ApplicationWithdrawn, reason=reason, previous_status=before)
        return places.save_and_release(deps, change, had_claim)

    return deps.store.transaction(work)


def confirm(deps: Dependencies, application_id: str, context: CommandContext) -> Application:
    """Confirms the place, or confirms it again after it was deferred. Raises TransitionNotAllowed, AnswerTooLate."""
    change = load_change(deps.store, application_id, context, deps.settings.time_zone)
    command = "reconfirm" if change.status == states.DEFERRED else "confirm"
    if command not in states.applicant_commands(change.application):
        raise TransitionNotAllowed("application", states.announced_status(change.application), command, states.commands(change.application))  # fmt: skip
    decisions.check_answered_in_time(change.application, context.now)
    change.move(command)
    change.add_event(training.PlacementConfirmed)
    return change.save()
