"""A booking follows its visit: handlers driven as a worker does, inside one transaction on a real MongoDB."""

from datetime import timedelta

import pytest
from pymongo.database import Database

from services.interpreting.actions import booking_commands, interpreters
from services.interpreting.rules import bookings
from services.interpreting.rules.states import CommandNotAllowed
from shared.events.intake import InterpreterNeed, Language
from tests.unit.interpreting.world import Visit, World, at


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


def test_a_visit_is_booked_and_an_interpreter_confirmed_at_once(world: World) -> None:
    who = world.interpreter()
    visit = Visit()
    world.consume(visit.booked())
    booking = world.booking(visit)
    assert (booking["status"], booking["interpreter_id"], booking["language"]) == ("confirmed", who, "th")
    assert booking["filled_by"] == "automatic"
    assert booking["match"]["ranking"]["level"] == "professional"
    assert world.published(visit) == ["requested", "confirmed"]
    assert world.last(visit)["interpreter_name"] == "TANAKA Yuki"


def test_consumed_twice_makes_one_booking(world: World) -> None:
    world.interpreter()
    visit = Visit()
    world.consume(visit.booked(), visit.booked())
    world.consume(visit.booked())
    assert world.published(visit) == ["requested", "confirmed"]


@pytest.mark.parametrize(
    "need", [InterpreterNeed(required=False), InterpreterNeed(True, "agency"), InterpreterNeed(True, "family")]
)
def test_no_booking_where_the_hospital_provides_none(world: World, need: InterpreterNeed) -> None:
    visit = Visit(need=need)
    world.consume(visit.booked())
    assert world.store.bookings.get(visit.booking_id) is None


def test_nobody_free_is_unfilled_with_the_reasons(world: World) -> None:
    world.interpreter("VI", tag="vi")
    world.interpreter("TH", modalities=["phone"])
    busy = world.interpreter("BUSY")
    first, second = Visit(), Visit(start=at(10, 30), end=at(11, 30))
    world.consume(first.booked())
    world.consume(second.booked())
    assert world.booking(first)["interpreter_id"] == busy
    assert world.booking(second)["status"] == "unfilled"
    assert world.published(second) == ["requested", "unfilled"]
    assert world.last(second)["reasons"] == {"language": 1, "modality": 1, "busy": 1}


@pytest.mark.parametrize(("wanted", "spoken"), [("nb", "no"), ("ary", "ar"), ("cs", "sk"), ("id", "ms")])
def test_who_speaks_a_near_language_is_taken_where_nobody_speaks_it_itself(
    world: World, wanted: str, spoken: str
) -> None:
    near = world.interpreter("NEAR", tag=spoken, gender="female")
    first, second = Visit(languages=[Language(wanted, "native")]), Visit(languages=[Language(wanted, "native")])
    world.consume(first.booked())
    ranking = world.booking(first)["match"]["ranking"]
    assert world.booking(first)["interpreter_id"] == near
    assert ranking["near_language"] == (spoken if ranking["language_distance"] > 3 else None)
    exact = world.interpreter("EXACT", tag=wanted, gender="male")
    world.consume(second.booked())
    assert world.booking(second)["interpreter_id"] == exact
    assert world.booking(second)["match"]["ranking"]["language_distance"] == 0


@pytest.mark.parametrize(("wanted", "spoken"), [("ar", "ary"), ("yue", "zh"), ("hi", "ur"), ("ta", "en")])
def test_who_speaks_a_far_language_is_a_stranger(world: World, wanted: str, spoken: str) -> None:
    world.interpreter("FAR", tag=spoken)
    visit = Visit(languages=[Language(wanted, "native")])
    world.consume(visit.booked())
    assert world.booking(visit)["status"] == "unfilled"
    assert world.last(visit)["reasons"] == {"language": 1}


def test_two_visits_consumed_in_one_batch_do_not_share_an_interpreter(world: World) -> None:
    world.interpreter()
    first, second = Visit(), Visit()
    world.consume(first.booked(), second.booked())
    assert [world.booking(first)["status"], world.booking(second)["status"]] == ["confirmed", "unfilled"]


def test_reschedule_keeps_the_interpreter_where_the_time_fits(world: World) -> None:
    who = world.interpreter()
    world.interpreter("OTHER", level="certified")
    visit = Visit()
    world.consume(visit.booked())
    kept = world.booking(visit)["interpreter_id"]
    world.consume(visit.rescheduled(at(10, 30), at(11, 30)))
    booking = world.booking(visit)
    assert (booking["status"], booking["interpreter_id"], booking["start"]) == ("confirmed", kept, at(10, 30))
    assert kept != who
    assert world.published(visit)[2:] == ["rescheduled"]


def test_reschedule_to_where_nobody_works_releases_and_is_unfilled(world: World) -> None:
    world.interpreter()
    visit = Visit()
    world.consume(visit.booked(), visit.rescheduled(at(20), at(21)))
    booking = world.booking(visit)
    assert (booking["status"], booking["interpreter_id"]) == ("unfilled", None)
    assert world.published(visit)[2:] == ["released", "unfilled"]
    world.consume(visit.rescheduled(at(12), at(13)))
    assert world.booking(visit)["status"] == "confirmed"
    assert world.published(visit)[4:] == ["rescheduled", "confirmed"]


def test_reschedule_passes_to_another_who_is_free_then(world: World) -> None:
    early = world.interpreter(
        "EARLY", level="certified", weekly_hours=[{"day": "wed", "since": "08:00", "until": "12:00"}]
    )
    late = world.interpreter("LATE", weekly_hours=[{"day": "wed", "since": "13:00", "until": "22:00"}])
    visit = Visit()
    world.consume(visit.booked())
    assert world.booking(visit)["interpreter_id"] == early
    world.consume(visit.rescheduled(at(14), at(15)))
    assert world.booking(visit)["interpreter_id"] == late
    assert world.published(visit)[2:] == ["released", "confirmed"]
    assert world.database.days.count_documents({"claims.0": {"$exists": True}}) == 1


def test_cancelled_frees_the_interpreter_and_a_waiting_one_gets_them(world: World) -> None:
    who = world.interpreter()
    first, second = Visit(), Visit()
    world.consume(first.booked(), second.booked())
    world.consume(first.ended("cancelled"))
    assert world.booking(first)["status"] == "cancelled"
    assert world.last(first)["interpreter_id"] == who
    assert world.retry_searches() == 1
    assert world.booking(second)["interpreter_id"] == who
    assert world.published(second) == ["requested", "unfilled", "confirmed"]


def test_cancelled_and_corrected_back_is_asked_for_anew(world: World) -> None:
    world.interpreter()
    visit = Visit()
    world.consume(visit.booked(), visit.ended("cancelled"), visit.corrected("booked"))
    assert world.booking(visit)["status"] == "confirmed"
    assert world.published(visit)[2:] == ["cancelled", "reopened", "confirmed"]


def test_from_arrival_to_done(world: World) -> None:
    world.interpreter()
    visit = Visit()
    world.consume(visit.booked(), visit.arrived())
    assert world.booking(visit)["status"] == "confirmed", "the patient is here; nobody said so of the interpreter"
    world.now = at(10)
    assert world.start(visit)["status"] == "in_progress"
    world.now = at(10, 20)
    world.consume(visit.ended("completed"))
    booking = world.booking(visit)
    assert (booking["status"], booking["outcome"]) == ("completed", "done")
    assert world.published(visit)[2:] == ["started", "completed"]


def test_what_is_left_of_a_finished_visit_is_free_again(world: World) -> None:
    who = world.interpreter()
    visit, other = Visit(), Visit(start=at(10, 30), end=at(11))
    world.consume(visit.booked(), visit.arrived(), other.booked())
    assert world.booking(other)["status"] == "unfilled"
    world.now = at(10, 20)
    world.consume(visit.ended("completed"))
    world.retry_searches()
    assert world.booking(other)["interpreter_id"] == who


@pytest.mark.parametrize(
    ("arrive", "end", "outcome"),
    [(False, "no_show", "patient_no_show"), (False, "left", "not_needed"), (True, "left", "cut_short")],
)
def test_how_a_booking_ends_without_the_patient(world: World, arrive: bool, end: str, outcome: str) -> None:
    world.interpreter()
    visit = Visit()
    world.consume(visit.booked(), *([visit.arrived()] if arrive else []))
    if arrive:
        world.now = at(10)
        world.start(visit)
    world.consume(visit.ended(end))
    assert (world.booking(visit)["status"], world.booking(visit)["outcome"]) == ("completed", outcome)


def test_a_missed_demand_stays_unfilled(world: World) -> None:
    visit = Visit()
    world.consume(visit.booked(), visit.arrived(), visit.ended("completed"))
    assert world.booking(visit)["status"] == "unfilled"
    assert world.database.search_queue.count_documents({}) == 0


def test_corrections_take_the_booking_back(world: World) -> None:
    who = world.interpreter()
    visit = Visit()
    world.now = at(10)
    world.consume(visit.booked(), visit.arrived())
    world.start(visit)
    world.consume(visit.corrected("booked"))
    assert world.booking(visit)["status"] == "confirmed"
    world.consume(visit.ended("no_show"), visit.corrected("arrived"))
    booking = world.booking(visit)
    assert (booking["status"], booking["interpreter_id"], booking["outcome"]) == ("confirmed", who, None)
    started = world.start(visit)["started_at"]
    world.consume(visit.ended("completed"), visit.corrected("arrived"))
    booking = world.booking(visit)
    assert (booking["status"], booking["started_at"]) == ("in_progress", started), "as it was before"
    assert world.published(visit)[2:] == [
        "started", "reopened", "completed", "reopened", "started", "completed", "reopened"
    ]  # fmt: skip
    assert world.database.days.count_documents({"claims.0": {"$exists": True}}) == 1


def test_a_correction_whose_interpreter_is_taken_meanwhile_asks_anew(world: World) -> None:
    who = world.interpreter()
    visit, other = Visit(), Visit()
    world.consume(visit.booked(), visit.ended("no_show"), other.booked())
    assert world.booking(other)["interpreter_id"] == who
    world.consume(visit.corrected("arrived"))
    booking = world.booking(visit)
    assert (booking["status"], booking["interpreter_id"]) == ("unfilled", None)
    assert world.published(visit)[-2:] == ["reopened", "unfilled"]
    assert world.overlapping() == []


def test_a_walk_in_gets_who_is_free_now(world: World) -> None:
    who = world.interpreter()
    visit = Visit(start=world.now, end=world.now + timedelta(hours=1))
    world.consume(visit.booked(on_demand=True), visit.arrived())
    booking = world.booking(visit)
    assert (booking["status"], booking["interpreter_id"]) == ("confirmed", who)
    assert world.published(visit) == ["requested", "confirmed"]


def test_a_walk_in_waits_for_who_becomes_free(world: World) -> None:
    who = world.interpreter()
    busy = Visit(start=world.now, end=world.now + timedelta(hours=1))
    walk_in = Visit(start=world.now, end=world.now + timedelta(hours=1))
    world.consume(busy.booked(), busy.arrived(), walk_in.booked(on_demand=True), walk_in.arrived())
    assert world.booking(walk_in)["status"] == "unfilled"
    world.now += timedelta(minutes=10)
    world.consume(busy.ended("completed"))
    assert world.retry_searches(timedelta(minutes=15)) == 1
    booking = world.booking(walk_in)
    assert (booking["status"], booking["interpreter_id"], booking["start"]) == ("confirmed", who, world.now)
    assert world.published(walk_in) == ["requested", "unfilled", "confirmed"]
    assert world.overlapping() == []


def test_a_walk_in_outside_everybodys_hours_is_unfilled(world: World) -> None:
    world.interpreter()
    world.now = at(21)
    visit = Visit(start=world.now, end=world.now + timedelta(hours=1))
    world.consume(visit.booked(on_demand=True))
    assert world.last(visit)["reasons"] == {"outside_hours": 1}


def test_a_changed_need_cancels_and_asks_again(world: World) -> None:
    world.interpreter()
    visit = Visit()
    world.consume(visit.booked(), visit.updated(need=InterpreterNeed(True, "family")))
    assert world.booking(visit)["status"] == "cancelled"
    world.consume(visit.updated(need=InterpreterNeed(True)))
    assert world.booking(visit)["status"] == "confirmed"
    assert world.published(visit)[2:] == ["cancelled", "reopened", "confirmed"]


def test_a_need_that_arises_later_makes_the_booking(world: World) -> None:
    world.interpreter()
    visit = Visit(need=InterpreterNeed(False))
    world.consume(visit.booked())
    world.consume(visit.updated(need=InterpreterNeed(True)))
    assert world.booking(visit)["status"] == "confirmed"


def test_a_changed_place_keeps_the_interpreter_unless_the_way_gets_too_long(world: World) -> None:
    world.interpreter()
    first, second = Visit(), Visit(start=at(11), end=at(12))
    world.consume(first.booked(), second.booked())
    assert world.booking(second)["status"] == "confirmed"
    world.consume(second.updated(place="Radiology"))
    assert world.published(second)[2:] == ["released", "unfilled"]
    world.consume(first.updated(place="Ward 4"))
    assert world.published(first)[2:] == ["updated"]


def test_another_language_wants_another_interpreter(world: World) -> None:
    world.interpreter("TH")
    vietnamese = world.interpreter("VI", tag="vi")
    visit = Visit()
    world.consume(visit.booked(), visit.updated(languages=(Language("ja", "basic"), Language("vi-VN", "native"))))
    assert world.booking(visit)["interpreter_id"] == vietnamese
    assert world.published(visit)[2:] == ["released", "confirmed"]


def test_the_interpreter_of_the_case_is_asked_first_among_equals(world: World) -> None:
    names = [world.interpreter(f"N{number}") for number in range(4)]
    first = Visit()
    world.consume(first.booked())
    known = world.booking(first)["interpreter_id"]
    assert known in names
    second = Visit(case_id=first.case_id, start=at(14), end=at(15))
    world.consume(second.booked())
    assert world.booking(second)["interpreter_id"] == known
    third = Visit(start=at(15), end=at(16))
    world.consume(third.booked())
    assert world.booking(third)["interpreter_id"] != known


def test_unfilled_is_tried_again_until_its_start(world: World) -> None:
    visit = Visit(start=at(10, 0, 24), end=at(11, 0, 24))
    world.consume(visit.booked())
    assert world.retry_searches() == 0
    world.interpreter()
    assert world.retry_searches() == 1
    late = Visit(languages=(Language("vi"),), start=at(10, 0, 24), end=at(11, 0, 24))
    world.consume(late.booked())
    world.now = at(10, 1, 24)
    world.interpreter("VI", tag="vi")
    assert world.retry_searches() == 0
    assert world.database.search_queue.count_documents({}) == 0
    assert world.booking(late)["status"] == "unfilled"


def test_without_any_note_it_is_looked_at_again_by_and_by(world: World) -> None:
    visit = Visit()
    world.consume(visit.booked())
    world.interpreter()
    world.database.availability_changes.delete_many({})
    assert world.retry_searches() == 0
    assert world.retry_searches(timedelta(seconds=31)) == 1


def test_absence_inactivity_and_hours_take_bookings_away(world: World) -> None:
    who = world.interpreter()
    visit = Visit()
    world.consume(visit.booked())
    away = {"exceptions": [{"start": at(9), "end": at(12), "reason": "ill"}]}
    interpreters.update_interpreter(world.deps, who, away, world.context())
    world.retry_searches()
    assert world.booking(visit)["status"] == "unfilled"
    assert world.published(visit)[2:] == ["released", "unfilled"]
    interpreters.update_interpreter(world.deps, who, {"exceptions": []}, world.context())
    assert world.retry_searches() == 1
    interpreters.update_interpreter(world.deps, who, {"active": False}, world.context())
    world.retry_searches()
    assert world.booking(visit)["status"] == "unfilled"


def test_around_midnight_both_days_are_guarded(world: World) -> None:
    nights = [{"day": "wed", "since": "20:00", "until": "24:00"}, {"day": "thu", "since": "00:00", "until": "06:00"}]
    world.interpreter(weekly_hours=nights, travel_buffer_minutes=30)
    first = Visit(start=at(23, 30), end=at(0, 30, 26), place="Ward 3")
    second = Visit(start=at(0, 45, 26), end=at(1, 30, 26), place="Emergency")
    third = Visit(start=at(1, 0, 26), end=at(2, 0, 26), place="Emergency")
    world.consume(first.booked(), second.booked(), third.booked())
    assert [world.booking(v)["status"] for v in (first, second, third)] == ["confirmed", "unfilled", "confirmed"]


def test_daily_maximum(world: World) -> None:
    world.interpreter(daily_maximum=1)
    first, second, next_day = Visit(), Visit(start=at(15), end=at(16)), Visit(start=at(15, 0, 26), end=at(16, 0, 26))
    world.consume(first.booked(), second.booked(), next_day.booked())
    assert world.last(second)["reasons"] == {"daily_maximum": 1}
    assert world.booking(next_day)["status"] == "confirmed"


def test_begun_by_mistake_and_its_interpreter_has_left(world: World) -> None:
    who = world.interpreter()
    visit = Visit()
    world.now = at(9, 30)
    world.consume(visit.booked(), visit.arrived())
    world.start(visit)
    interpreters.update_interpreter(world.deps, who, {"active": False}, world.context())
    world.consume(visit.corrected("booked"))
    booking = world.booking(visit)
    assert (booking["status"], booking["interpreter_id"], booking["started_at"]) == ("unfilled", None, None)
    assert world.published(visit)[-3:] == ["reopened", "released", "unfilled"]
    assert world.database.days.count_documents({"claims.0": {"$exists": True}}) == 0


def test_a_visit_that_moves_to_another_place_while_it_goes_on(world: World) -> None:
    """Its interpreter no longer reaches the next booking in time, which another takes."""
    first, following = Visit(), Visit(start=at(11, 5), end=at(12))
    who = world.interpreter(travel_buffer_minutes=15)
    world.consume(first.booked(), following.booked(), first.arrived())
    assert world.booking(following)["interpreter_id"] == who
    other = world.interpreter("OTHER")
    world.consume(first.updated(place="Radiology"))
    assert world.booking(first)["interpreter_id"] == who
    assert world.booking(following)["interpreter_id"] == other
    assert world.published(following)[-2:] == ["released", "confirmed"]
    assert world.overlapping() == []


def test_interpreting_begins_and_ends_by_a_persons_word_alone(world: World) -> None:
    who = world.interpreter()
    visit, other = Visit(), Visit(start=at(14), end=at(15))
    world.consume(visit.booked(), other.booked())
    world.now = at(9, 0)
    with pytest.raises(bookings.TooEarly, match=r" 14:00 \(Asia/Tokyo\)"):
        world.start(other)
    assert world.start(visit)["status"] == "in_progress", "before the patient came"
    with pytest.raises(CommandNotAllowed):
        world.start(visit)
    booking_commands.undo_start(world.deps, visit.booking_id, None, world.context())
    assert (world.booking(visit)["status"], world.booking(visit)["started_at"]) == ("confirmed", None)
    world.start(visit)
    world.consume(visit.arrived())
    world.now = at(10, 40)
    done = booking_commands.complete(world.deps, visit.booking_id, None, world.context())
    assert (done["status"], done["outcome"], done["ended_at"]) == ("completed", "done", world.now)
    world.consume(visit.ended("completed"))
    assert world.published(visit)[2:] == ["started", "reopened", "started", "completed"]
    assert world.booking(visit)["interpreter_id"] == who


@pytest.mark.parametrize("end", ["completed", "left", "no_show", "cancelled"])
@pytest.mark.parametrize("filled", [True, False])
def test_nobody_is_here_any_more_once_the_visit_is_over(world: World, end: str, filled: bool) -> None:
    if filled:
        world.interpreter()
    visit = Visit()
    world.consume(visit.booked(), visit.arrived())
    assert world.booking(visit)["arrived"]
    world.consume(visit.ended(end))
    assert not world.booking(visit)["arrived"]


def test_who_came_by_mistake_is_not_here(world: World) -> None:
    world.interpreter()
    visit = Visit()
    world.consume(visit.booked(), visit.arrived(), visit.corrected("booked"))
    assert not world.booking(visit)["arrived"]


def test_an_automatic_booking_is_the_systems_own_act(world: World) -> None:
    world.interpreter()
    visit = Visit()
    world.consume(visit.booked())
    stored = world.database.bookings.find_one({"_id": visit.booking_id}) or {}
    assert {line["actor"] for line in stored["outbox"]} == {"service:interpreting"}
