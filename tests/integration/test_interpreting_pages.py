"""Interpreting's pages over their real app, by somebody without a script: what stands there, what a form does, what is refused how."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pymongo.database import Database
from werkzeug.test import TestResponse

from shared.events.accounts import AccountCreated
from shared.ids import new_id
from tests.integration.interpreting_office import BODY, Desk
from tests.unit.interpreting.world import Visit, at
from tests.visitor import Form, Visitor, form_to, forms_of

NONE: list[dict[str, str]] = []
WHY = {
    "code.why.outside_hours": {"ja": "勤務時間外", "en": "Outside working hours"},
    "code.why.modality": {"ja": "対応形式外", "en": "Does not offer this format"},
}


@pytest.fixture
def desk(mongo_url: str, database: Database[dict[str, Any]]) -> Desk:
    return Desk(mongo_url, database)


def text(visitor: Visitor, path: str) -> str:
    answer = visitor.get(path)
    assert answer.status_code == 200, (path, answer.status_code, answer.text[:2000])
    return answer.text


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_day_shows_who_is_without_an_interpreter_and_why(desk: Desk, language: str) -> None:
    desk.interpreter(weekly_hours=NONE)
    desk.interpreter(name={"latin": "VI"}, languages=[{"tag": "vi", "level": "native"}])
    booking_id = desk.booking(Visit())
    page = text(desk.visitor("coordinator", language=language), "/interpreting/")
    assert f"/interpreting/bookings/{booking_id}" in page
    assert ("勤務時間外" if language == "ja" else "Outside working hours") in page.partition("TANAKA Yuki")[2]
    assert ("対応言語外 1人" if language == "ja" else "Does not speak this language: 1") in page
    assert "R-26-00427-K" in page


def best_of(coordinator: Visitor, booking_id: str, day: str = "") -> Form:
    """The form around the list, with the button of this row pressed."""
    page = text(coordinator, f"/interpreting/?date={day}" if day else "/interpreting/")
    form = form_to(page, "/interpreting/")
    found = re.search(rf'value="(\d+)" formaction="(/interpreting/bookings/{booking_id}/assign/[^"]+)"', page)
    assert found, page
    form.action = found[2]
    form.fields.append(("version", found[1]))
    return form


@pytest.mark.parametrize("language", ["ja", "en"])
def test_who_speaks_it_is_named_with_what_stands_against_them(desk: Desk, language: str) -> None:
    desk.interpreter(weekly_hours=NONE)
    desk.interpreter(name={"latin": "SATO Ken"}, modalities=["phone"])
    desk.interpreter(name={"latin": "LE Vi"}, languages=[{"tag": "vi", "level": "native"}])
    desk.booking(Visit())
    coordinator = desk.visitor("coordinator", language=language)
    row = text(coordinator, "/interpreting/fragments/open")
    for name, reason in (("TANAKA Yuki", "code.why.outside_hours"), ("SATO Ken", "code.why.modality")):
        assert WHY[reason][language] in row.partition(name)[2].partition("</li>")[0]
    assert "LE Vi" not in row, "who does not speak it is only counted"
    for number in range(3):
        desk.interpreter(name={"latin": f"N{number}"}, weekly_hours=NONE)
    desk.world.retry_searches()
    desk.booking(Visit())
    row = text(coordinator, "/interpreting/fragments/open")
    assert ("勤務時間外 4人" if language == "ja" else "Outside working hours: 4") in row, (
        "many are named in part, and counted"
    )


def test_the_best_match_is_one_click_and_can_be_taken_back(desk: Desk) -> None:
    visit = Visit()
    booking_id = desk.booking(visit)
    who = desk.interpreter()
    coordinator = desk.visitor("coordinator")
    form = best_of(coordinator, booking_id, "2026-11-25")
    assert form.action.endswith(who)
    answer = coordinator.send(form)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/interpreting/?date=2026-11-25"), "the same day"
    page = text(coordinator, "/interpreting/")
    assert "TANAKA Yuki is assigned." in page
    assert desk.world.booking(visit)["interpreter_id"] == who
    undo = form_to(page, f"/interpreting/bookings/{booking_id}/release")
    assert coordinator.send(undo).status_code == 303
    assert desk.world.booking(visit)["status"] == "unfilled"
    again = coordinator.send(form)
    assert again.status_code == 303, "the same form once more is the same command"
    assert desk.world.booking(visit)["status"] == "unfilled"


def test_a_row_that_changed_meanwhile_shows_who_did_what(desk: Desk) -> None:
    visit = Visit()
    booking_id = desk.booking(visit)
    who, other = desk.interpreter(), desk.interpreter(name={"latin": "SATO Ken"})
    coordinator = desk.visitor("coordinator")
    form = best_of(coordinator, booking_id)
    desk.call("POST", f"/bookings/{booking_id}/assign", {"interpreter_id": other})
    answer = coordinator.send(form)
    assert answer.status_code == 412
    assert "Confirmed: SATO Ken" in answer.text
    assert desk.world.booking(visit)["interpreter_id"] == other
    assert who != other


def test_the_front_desk_looks_and_commands_nothing(desk: Desk) -> None:
    booking_id = desk.booking(Visit())
    desk.interpreter()
    clerk = desk.visitor("front_desk")
    for path in ("/interpreting/", f"/interpreting/bookings/{booking_id}", "/interpreting/roster"):
        page = text(clerk, path)
        assert not [
            form for form in forms_of(page) if form.method == "post" and form.action.startswith("/interpreting/")
        ]
    assert clerk.get("/interpreting/roster/new").status_code == 403
    assert desk.visitor("partners").get("/interpreting/").status_code == 403
    assert desk.visitor().get("/interpreting/").status_code == 303


def test_why_not_this_one(desk: Desk) -> None:
    booking_id = desk.booking(Visit())
    desk.interpreter(name={"latin": "TANAKA Yuki", "kana": "タナカ ユキ"}, weekly_hours=NONE)
    desk.interpreter(name={"latin": "SATO (Ken)"}, languages=[{"tag": "vi", "level": "native"}])
    coordinator = desk.visitor("coordinator")
    whole = text(coordinator, f"/interpreting/bookings/{booking_id}")
    assert "TANAKA Yuki" in whole and "SATO (Ken)" in whole
    one = text(coordinator, f"/interpreting/bookings/{booking_id}?name=tanaka")
    assert "Outside working hours" in one and "SATO" not in one
    assert "TANAKA Yuki" in text(coordinator, f"/interpreting/bookings/{booking_id}?name=タナカ")
    assert "Does not speak this language" in text(coordinator, f"/interpreting/bookings/{booking_id}?name=(ken")
    assert "No interpreter matches “.*”." in text(coordinator, f"/interpreting/bookings/{booking_id}?name=.*")


def test_several_are_asked_from_the_page_and_one_taken_back(desk: Desk) -> None:
    visit = Visit()
    booking_id = desk.booking(visit)
    first, second = desk.interpreter(weekly_hours=NONE), desk.interpreter(name={"latin": "SATO Ken"}, weekly_hours=NONE)
    coordinator = desk.visitor("coordinator")
    path = f"/interpreting/bookings/{booking_id}"
    form = coordinator.form(path, f"{path}/offer")
    nobody = coordinator.send(form)
    assert (nobody.status_code, "Select at least one interpreter" in nobody.text) == (422, True)
    unfit = coordinator.send(form, interpreter_ids=[first, second], expires_in_minutes="15")
    assert (unfit.status_code, "Enter a reason" in unfit.text) == (422, True)
    kept = form_to(unfit.text, f"{path}/offer").fields
    assert [value for name, value in kept if name == "interpreter_ids"] == [first, second]
    assert ("expires_in_minutes", "15") in kept
    done = coordinator.send(form, interpreter_ids=[first, second], expires_in_minutes="15", override="Agreed by phone")
    assert done.status_code == 303
    page = text(coordinator, path)
    assert "Offer sent to 2 interpreters." in page
    assert desk.world.booking(visit)["status"] == "offered"
    assert page.count("Offer sent</span>") == 3 and f'name="interpreter_ids" value="{first}"' not in page, (
        "nobody is asked twice"
    )
    offer = next(one for one in desk.world.booking(visit)["offers"] if one["interpreter_id"] == first)
    assert coordinator.send(form_to(page, f"{path}/offers/{offer['id']}/withdraw")).status_code == 303
    assert desk.world.offers(visit) == [("withdrawn", "withdrawn"), ("open", None)]
    assert "SATO Ken" in text(coordinator, "/interpreting/fragments/open")
    assert "answer by 09:15" in text(coordinator, "/interpreting/fragments/open")


def test_until_when_an_offer_is_open_names_the_day_where_it_is_another(desk: Desk) -> None:
    booking_id, who = desk.booking(Visit()), desk.interpreter()
    coordinator = desk.visitor("coordinator")
    path = f"/interpreting/bookings/{booking_id}"
    form = coordinator.form(path, f"{path}/offer")
    assert coordinator.send(form, interpreter_ids=[who], expires_in_minutes="1440").status_code == 303
    for page in (text(coordinator, path), text(coordinator, "/interpreting/")):
        assert "answer by Wed 25 Nov 09:00" in page


def test_a_page_that_is_older_than_the_booking_says_so(desk: Desk) -> None:
    visit = Visit()
    booking_id, who = desk.booking(visit), desk.interpreter()
    coordinator = desk.visitor("coordinator")
    desk.world.offer(visit, who)
    page = text(coordinator, f"/interpreting/bookings/{booking_id}")
    assert "This booking has changed since" not in page
    src = re.search(rf"/interpreting/fragments/bookings/{booking_id}[^\"]*", page)
    assert src and "This booking has changed since" not in text(coordinator, src[0])
    desk.call("POST", f"/bookings/{booking_id}/assign", {"interpreter_id": who})
    part = text(coordinator, src[0])
    assert "This booking has changed since" in part and "Confirmed" in part
    assert "Assigned by the coordinator" in part and "Assigned to you" not in part, (
        "the coordinator is not the one it was given to"
    )


def test_somebody_who_does_not_fit_is_assigned_with_a_reason(desk: Desk) -> None:
    visit = Visit()
    booking_id, who = desk.booking(visit), desk.interpreter(weekly_hours=NONE)
    coordinator = desk.visitor("coordinator")
    path = f"/interpreting/bookings/{booking_id}"
    form = coordinator.form(path, f"{path}/offer")
    form.action = f"{path}/assign"
    assert coordinator.send(form).status_code == 422
    refused = coordinator.send(form, interpreter_id=who)
    assert refused.status_code == 422
    assert 'class="errors"' in refused.text and 'href="#ask-override"' in refused.text, "said where it is missing"
    assert coordinator.send(form, interpreter_id=who, override="The ward asked").status_code == 303
    page = text(coordinator, path)
    assert "The ward asked" in page and "TANAKA Yuki is assigned." in page
    cancel = form_to(page, f"{path}/cancel")
    assert coordinator.send(cancel).status_code == 422
    assert coordinator.send(cancel, reason="provided_otherwise").status_code == 303
    assert desk.world.booking(visit)["status"] == "cancelled"
    history = text(coordinator, path)
    assert "Someone else interprets" in history and "Colleague" in history
    desk.world.consume(*[_account("acc-1", "mori")])
    assert "mori" in text(coordinator, path)


def _account(account_id: str, username: str, *roles: str) -> Any:
    return AccountCreated(account_id=account_id, username=username, roles=roles or ("coordinator",))


def test_an_interpreter_is_entered_changed_and_leaves(desk: Desk) -> None:
    account = new_id()
    desk.world.consume(_account(account, "yuki", "interpreter"), _account(new_id(), "mori"))
    coordinator = desk.visitor("coordinator")
    form = coordinator.form("/interpreting/roster/new", "/interpreting/roster/new")
    assert "yuki" in text(coordinator, "/interpreting/roster/new")
    typed: dict[str, Any] = {
        "name.latin": "TANAKA Yuki",
        "name.written": "田中 ゆき",
        "gender": "female",
        "languages.1.tag": "th",
        "languages.1.level": "native",
        "modalities": ["on_site", "video"],
        "preferred": "video",
        "hours.wed.0.from": "８：３０",
        "hours.wed.0.to": "1215",
        "hours.wed.1.from": "13:00",
        "hours.wed.1.to": "24:00",
        "email": "yuki@hospital.example",
        "account_id": account,
    }
    empty = coordinator.send(form)
    assert empty.status_code == 422
    wrong = coordinator.send(form, **(typed | {"hours.wed.1.to": "12:00"}))
    assert wrong.status_code == 422
    assert "Enter a time after the start" in wrong.text and 'value="田中 ゆき"' in wrong.text
    made = coordinator.send(form, **typed)
    assert made.status_code == 303, made.text[:3000]
    entry = desk.world.database.interpreters.find_one()
    assert entry["modalities"] == ["video", "on_site"]
    assert entry["weekly_hours"] == [
        {"day": "wed", "since": "08:30", "until": "12:15"},
        {"day": "wed", "since": "13:00", "until": "24:00"},
    ]
    path = f"/interpreting/roster/{entry['_id']}"
    change = coordinator.form(path, path)
    shown = {"name.latin": "TANAKA Yuki", "languages.0.tag": "th", "hours.wed.1.to": "24:00", "account_id": account}
    assert shown.items() <= change.values().items()
    assert coordinator.send(change, daily_maximum="3").status_code == 303
    assert desk.world.database.interpreters.find_one()["daily_maximum"] == 3
    assert coordinator.send(change, daily_maximum="4", idempotency_key="other").status_code == 412
    visit = Visit()
    desk.booking(visit)
    assert desk.world.booking(visit)["status"] == "confirmed"
    left = coordinator.send(form_to(text(coordinator, path), f"{path}/leave"))
    assert left.status_code == 303
    desk.world.retry_searches()
    assert desk.world.booking(visit)["status"] == "unfilled"
    text(coordinator, "/interpreting/roster")  # says that she left
    assert "TANAKA" not in text(coordinator, "/interpreting/roster")
    assert "TANAKA" in text(coordinator, "/interpreting/roster?state=inactive&language=th")
    assert coordinator.send(form_to(text(coordinator, path), f"{path}/return")).status_code == 303


def test_an_absence_that_costs_bookings_says_so_first(desk: Desk) -> None:
    who = desk.interpreter()
    visit = Visit()
    desk.booking(visit)
    coordinator = desk.visitor("coordinator")
    path = f"/interpreting/roster/{who}"
    form = coordinator.form(path, f"{path}/absences")
    sure = coordinator.send(form, first="R8.11.25", reason="training")
    assert sure.status_code == 200
    assert "1 confirmed booking no longer fits." in sure.text
    assert desk.world.database.interpreters.find_one()["exceptions"] == []
    assert coordinator.send(form_to(sure.text, f"{path}/absences")).status_code == 303
    (absence,) = desk.world.database.interpreters.find_one()["exceptions"]
    assert (absence["start"], absence["end"], absence["reason"]) == (at(0), at(0, 0, 26), "training")
    desk.world.retry_searches()
    assert desk.world.booking(visit)["status"] == "unfilled"
    over = form_to(text(coordinator, path), f"{path}/absences/over")
    assert coordinator.send(over).status_code == 303
    assert desk.world.database.interpreters.find_one()["exceptions"] == []
    backwards = coordinator.send(form, first="2026/11/25", last="2026/11/24")
    assert (backwards.status_code, "time after the start" in backwards.text) == (422, True)


def interpreter(desk: Desk, name: str = "TANAKA Yuki", **more: Any) -> tuple[Visitor, str]:
    account = new_id()
    who = desk.interpreter(name={"latin": name}, account_id=account, **more)
    return desk.visitor("interpreter", account=account), who


def offered(desk: Desk, visit: Visit, *people: str) -> dict[str, str]:
    desk.booking(visit)
    return desk.world.offer(visit, *people, override="Agreed by phone")


def test_an_interpreter_answers_and_is_always_told_the_outcome(desk: Desk) -> None:
    yuki, first = interpreter(desk, weekly_hours=NONE)
    ken, second = interpreter(desk, "SATO Ken", weekly_hours=NONE)
    visit = Visit()
    made = offered(desk, visit, first, second)
    path = f"/interpreting/mine/offers/{visit.booking_id}"
    page = text(yuki, "/interpreting/mine")
    assert "R-26-00427-K" not in page and visit.case_id not in page
    mine, theirs = (
        form_to(page, f"{path}/{made[first]}/accept"),
        ken.form("/interpreting/mine", f"{path}/{made[second]}/accept"),
    )
    assert yuki.send(mine).status_code == 303
    page = text(yuki, "/interpreting/mine")
    assert "Offer accepted. The booking is yours." in page and "R-26-00427-K" in page
    late = ken.send(theirs)
    assert late.status_code == 303
    page = text(ken, "/interpreting/mine")
    assert "Another interpreter accepted this offer first" in page and "Accepted by someone else" in page
    assert "R-26-00427-K" not in page
    assert yuki.send(mine).status_code == 303, "a second tap"
    assert desk.world.booking(visit)["interpreter_id"] == first


def test_declined_and_busy_from_the_page(desk: Desk) -> None:
    yuki, who = interpreter(desk, weekly_hours=NONE)
    first, second = Visit(), Visit(start=at(10, 30), end=at(11, 30))
    one, two = offered(desk, first, who), offered(desk, second, who)
    page = text(yuki, "/interpreting/mine")
    accept = [
        form_to(page, f"/interpreting/mine/offers/{visit.booking_id}/{made[who]}/accept")
        for visit, made in ((first, one), (second, two))
    ]
    yuki.send(accept[0])
    yuki.send(accept[1])
    page = text(yuki, "/interpreting/mine")
    assert "you are already booked at that time" in page and "You cannot accept this offer. Reason:" in page
    assert (
        yuki.send(form_to(page, f"/interpreting/mine/offers/{second.booking_id}/{two[who]}/decline")).status_code == 303
    )
    assert "Offer declined." in text(yuki, "/interpreting/mine")
    assert desk.world.booking(second)["status"] == "unfilled"


def window(who: Visitor, page: str) -> Callable[[str, int], TestResponse]:
    """A page that stays open: presses a button made at a version, each time under a key of its own."""
    form = next(f for f in forms_of(text(who, page)) if "csrf" in f.values() and "/interpreting/" in f.action)

    def press(path: str, version: int) -> TestResponse:
        form.action = path
        return who.send(form, version=str(version), idempotency_key=new_id())

    return press


@pytest.mark.parametrize("role", ["interpreter", "front_desk"])
@pytest.mark.parametrize(("command", "before"), [("start", []), ("complete", ["start"]), ("correct", ["start"])])
def test_the_same_word_at_work_said_twice_is_already_recorded(
    desk: Desk, command: str, before: list[str], role: str
) -> None:
    """From another window, with the version the first press had."""
    desk.world.now = at(9, 55)
    yuki, _ = interpreter(desk)
    visit = Visit()
    desk.booking(visit)
    mine, theirs = "/interpreting/mine", f"/interpreting/bookings/{visit.booking_id}"
    reader, page, base = (
        (yuki, mine, f"{mine}/bookings/{visit.booking_id}")
        if role == "interpreter"
        else (desk.visitor(role), theirs, f"{theirs}/at-work")
    )
    press = window(reader, page)

    def version() -> int:
        return int(desk.world.booking(visit)["version"])

    for word in before:
        assert press(f"{base}/{word}", version()).status_code == 303
    seen = version()
    assert press(f"{base}/{command}", seen).status_code == 303
    text(reader, page)  # what the first press said is read
    recorded = version()
    again = press(f"{base}/{command}", seen)
    assert (again.status_code, again.headers["Location"].partition("?")[0]) == (303, page)
    assert "Already recorded" in text(reader, again.headers["Location"])
    assert version() == recorded > seen
    other, _ = interpreter(desk, "SATO Ken")
    assert window(other, mine)(f"{mine}/bookings/{visit.booking_id}/{command}", seen).status_code == 404


def test_another_word_at_work_is_a_clash(desk: Desk) -> None:
    desk.world.now = at(9, 55)
    yuki, _ = interpreter(desk)
    visit = Visit()
    desk.booking(visit)
    press, seen = window(yuki, "/interpreting/mine"), desk.world.booking(visit)["version"]
    path = f"/interpreting/mine/bookings/{visit.booking_id}"
    assert press(f"{path}/start", seen).status_code == 303
    clash = press(f"{path}/complete", seen)
    assert clash.status_code == 412 and "Interpreting started" in clash.text


def test_what_was_accepted_for_a_far_day_stays_on_the_page(desk: Desk) -> None:
    yuki, who = interpreter(desk, weekly_hours=NONE)
    far = at(10) + timedelta(days=200)
    visit = Visit(start=far, end=far + timedelta(hours=1))
    made = offered(desk, visit, who)
    path = f"/interpreting/mine/offers/{visit.booking_id}/{made[who]}/accept"
    assert yuki.send(yuki.form("/interpreting/mine", path)).status_code == 303
    for page in (text(yuki, "/interpreting/mine"), text(yuki, "/interpreting/fragments/mine")):
        assert "1 later booking" in page and "R-26-00427-K" in page
    desk.world.database.bookings.update_one({"_id": visit.booking_id}, {"$set": {"status": "requested"}})
    assert "R-26-00427-K" not in text(yuki, "/interpreting/mine"), "nor what is theirs no more"


@pytest.mark.parametrize(("language", "words"), [("ja", "担当に確定しました"), ("en", "The booking is yours")])
def test_a_signed_link_is_answered_without_sign_in(desk: Desk, language: str, words: str) -> None:
    _, first = interpreter(desk, weekly_hours=NONE)
    _, second = interpreter(desk, "SATO Ken", weekly_hours=NONE)
    visit = Visit()
    made = offered(desk, visit, first, second)
    links = desk.world.links()
    path, other = (f"/interpreting/offers/{links[made[who]]}" for who in (first, second))
    anyone = desk.visitor(language=language)
    page = text(anyone, path)
    for hidden in ("R-26-00427-K", visit.case_id, "SATO", "TANAKA"):
        assert hidden not in page
    late = anyone.form(other, f"{other}/accept")
    assert anyone.send(form_to(page, f"{path}/accept")).status_code == 303
    assert words in text(anyone, path)
    assert anyone.send(late).status_code == 303
    page = text(anyone, other)
    assert ("ほかの通訳が先に" if language == "ja" else "Another interpreter accepted this offer first") in page
    assert not [form for form in forms_of(page) if "/interpreting/" in form.action]
    nothing = anyone.get(f"/interpreting/offers/{'x' * 72}")
    assert nothing.status_code == 404
    assert ("リンクは無効か" if language == "ja" else "This link is not valid") in nothing.text
    forged = form_to(text(desk.visitor(language=language), path), "/accounts/language")
    assert anyone.client.post(f"{path}/decline", data={"csrf": forged.values()["csrf"]}).status_code == 403


def test_own_hours_absences_and_calendar(desk: Desk) -> None:
    yuki, _who = interpreter(desk, weekly_hours=BODY["weekly_hours"])
    visit = Visit()
    desk.booking(visit)
    form = yuki.form("/interpreting/mine/hours", "/interpreting/mine/hours")
    assert form.values()["hours.wed.0.from"] == "08:30"
    sure = yuki.send(form, **{"hours.wed.0.to": "10:30"})
    assert "1 confirmed booking no longer fits." in sure.text
    assert yuki.send(form_to(sure.text, "/interpreting/mine/hours")).status_code == 303
    assert desk.world.database.interpreters.find_one()["weekly_hours"] == [
        {"day": "wed", "since": "08:30", "until": "10:30"}
    ]
    away = yuki.form("/interpreting/mine", "/interpreting/mine/absences")
    assert yuki.send(away, first="20261126", first_time="9:00", last_time="12:00").status_code == 303
    page = text(yuki, "/interpreting/mine")
    assert "09:00–12:00" in page
    made = yuki.send(form_to(page, "/interpreting/mine/calendar"))
    address = made.text.partition("http://127.0.0.1:8000/interpreting/calendar/")[2].partition('"')[0]
    assert desk.anyone("GET", f"/calendar/{address}").status_code == 200
    page = text(yuki, "/interpreting/mine")
    assert address not in page
    assert yuki.send(form_to(page, "/interpreting/mine/calendar/end")).status_code == 303
    assert desk.anyone("GET", f"/calendar/{address}").status_code == 404


def test_whoever_is_not_on_the_roster_is_told_so(desk: Desk) -> None:
    stranger = desk.visitor("interpreter", account=new_id())
    answer = stranger.get("/interpreting/mine")
    assert (answer.status_code, "Contact the coordinator." in answer.text) == (404, True)


def test_free_times_for_whoever_books(desk: Desk) -> None:
    desk.interpreter()
    clerk = desk.visitor("front_desk")
    page = text(clerk, "/interpreting/fragments/free-slots?language=th&from=2026-11-24T00:00:00Z&limit=2")
    assert 'data-start="2026-11-24T23:30:00.000Z"' in page
    assert 'data-day="2026-11-25" data-time="08:30"' in page
    assert "No interpreter is available" in text(
        clerk, "/interpreting/fragments/free-slots?language=fr&from=2026-11-24T00:00:00Z"
    )


@pytest.mark.parametrize(
    ("asked", "first"),
    [
        ("day=2026-12-02", "2026-12-02"),
        ("day=R8.12.2", "2026-12-02"),
        ("day=2026/11/26&opens=930&closes=17:15", "2026-12-02"),
        ("day=2020-01-01", "2026-11-25"),
    ],
)
def test_free_times_begin_with_the_day_that_was_typed(desk: Desk, asked: str, first: str) -> None:
    desk.interpreter()
    page = text(
        desk.visitor("front_desk"),
        f"/interpreting/fragments/free-slots?language=th&from=2026-11-24T00:00:00Z&limit=1&{asked}",
    )
    assert f'data-day="{first}"' in page


@pytest.mark.parametrize(
    ("hours", "times"),
    [
        ("opens=08:30&closes=17:15", {"08:30", "16:00"}),
        ("opens=13:00&closes=15:00", {"13:00", "14:00"}),
        ("closes=09:30", {"00:00", "08:30"}),
        ("opens=22:30&closes=24:00", {"22:30", "23:00"}),
        ("", {"00:00", "23:00"}),
    ],
)
def test_free_times_lie_within_the_hours_of_the_department(desk: Desk, hours: str, times: set[str]) -> None:
    desk.interpreter(weekly_hours=[{"day": "wed", "from": "00:00", "to": "24:00"}])
    address = "/interpreting/fragments/free-slots?language=th&from=2026-11-24T15:00:00Z&limit=100&day=2026-11-25"
    page = text(desk.visitor("front_desk"), f"{address}&{hours}")
    found = sorted(set(re.findall(r'data-day="2026-11-25" data-time="([\d:]+)"', page)))
    assert {found[0], found[-1]} == times


@pytest.mark.parametrize("wrong", ["day=tomorrow", "day=9999-12-31", "opens=25:00", "closes=late"])
def test_a_day_or_an_hour_that_is_none_is_refused(desk: Desk, wrong: str) -> None:
    address = f"/interpreting/fragments/free-slots?language=th&from=2026-11-24T15:00:00Z&{wrong}"
    assert desk.visitor("front_desk").get(address).status_code == 422


def test_a_part_that_did_not_change_is_not_sent_again(desk: Desk) -> None:
    desk.interpreter()
    visit = Visit()
    desk.booking(visit)
    coordinator = desk.visitor("coordinator")
    for path in (
        "/interpreting/fragments/open",
        "/interpreting/fragments/day?date=2026-11-25",
        f"/interpreting/fragments/bookings/{visit.booking_id}",
    ):
        first = coordinator.get(path, HX_Request="true")
        assert first.status_code == 200
        assert (
            coordinator.get(path, **{"HX-Request": "true", "If-None-Match": first.headers["ETag"]}).status_code == 304
        )
    day = text(coordinator, "/interpreting/fragments/day?date=2026-11-25")
    assert "10:00" in day and "–11:00" in day and "Travel" in day
