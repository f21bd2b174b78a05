"""The day closed: exceptions taken out, a typed count, each visit a command of its own; what could not be done is told; and back again."""

import re
from collections import Counter

import pytest
from pymongo.errors import AutoReconnect

from services.intake.actions import day_close
from tests.integration.intake_front import Clerk, Front, front
from tests.visitor import Form, form_to, forms_of

CLOSE = "/intake/close"


@pytest.fixture
def desk(mongo_url, database, tmp_path) -> Front:
    return front(mongo_url, database, tmp_path)


def ticked(form: Form) -> list[str]:
    return [value for name, value in form.fields if name == "complete"]


def closed(clerk: Clerk, form: Form, **typed):
    answer = clerk.send(form, **typed)
    return answer, clerk.follow(answer) if answer.status_code == 303 else answer.text


def test_all_who_are_here_are_completed_but_the_exception_and_it_is_taken_back(desk):
    here = [desk.visit(clock, status="arrived") for clock in ("09:00", "09:30", "10:00")]
    done, to_come = desk.visit("08:30", status="completed"), desk.visit("15:00")
    clerk = desk.sit()
    form = clerk.form(CLOSE, CLOSE)
    assert ticked(form) == here, "all are ticked, in time; nobody else"
    _, html = closed(clerk, form, complete=[here[0], here[2]], count="2")
    assert [desk.status(visit_id) for visit_id in (*here, done, to_come)] == [
        "completed", "arrived", "completed", "completed", "booked",
    ]  # fmt: skip
    assert "2 visits recorded." in html and "Result: 2 visits recorded" in html
    undo = next(form for form in forms_of(html) if form.action == f"{CLOSE}/undo")
    html = clerk.follow(clerk.send(undo))
    assert "2 visits restored." in html
    assert [desk.status(visit_id) for visit_id in (*here, done)] == ["arrived", "arrived", "arrived", "completed"]
    assert ticked(form_to(html, CLOSE)) == here
    case = desk.case_of(here[0])
    assert case["visits"][0]["arrived_at"] == desk.office.now.replace(hour=9, minute=0), "waiting goes on from then"
    said = Counter(entry["type"].split(".", 1)[1] for entry in case["outbox"])
    assert (said["visit.completed.v1"], said["visit.corrected.v1"]) == (1, 1)


def test_who_never_came_is_marked_apart_and_awaited_again_when_taken_back(desk):
    here, absent = desk.visit("09:00", status="arrived"), desk.visit("10:00")
    to_come = desk.visit("14:00")
    clerk = desk.sit()
    form = clerk.form(CLOSE, CLOSE)
    html = clerk.get(CLOSE).text
    assert "Not checked in (1)" in html and f'value="{to_come}"' not in html
    assert "no_show" not in form.values(), "nobody is absent by default"
    _, html = closed(clerk, form, no_show=[absent], count="2")
    assert (desk.status(here), desk.status(absent)) == ("completed", "no_show")
    clerk.send(next(form for form in forms_of(html) if form.action == f"{CLOSE}/undo"))
    assert (desk.status(here), desk.status(absent)) == ("arrived", "booked")
    assert desk.case_of(absent)["status"] == "scheduled"


@pytest.mark.parametrize(
    ("count", "words"), [("3", "2 visits are selected. Type 2"), ("many", "whole number"), ("", "Fill in this field")]
)
def test_without_the_right_count_nothing_is_done_and_all_stays_as_it_was(desk, count, words):
    here = [desk.visit(clock, status="arrived") for clock in ("09:00", "09:30", "10:00")]
    clerk = desk.sit()
    answer = clerk.send(clerk.form(CLOSE, CLOSE), complete=here[:2], count=count)
    assert answer.status_code == 422
    assert words in answer.text
    assert ticked(form_to(answer.text, CLOSE)) == here[:2]
    assert {desk.status(visit_id) for visit_id in here} == {"arrived"}


def test_nothing_ticked_is_nothing_to_do(desk):
    desk.visit("09:00", status="arrived")
    clerk = desk.sit()
    answer = clerk.send(clerk.form(CLOSE, CLOSE), complete=None, count="0")
    assert answer.status_code == 422 and "Select at least one visit" in answer.text


def test_what_somebody_else_changed_first_is_told_and_the_rest_is_done(desk):
    gone, here = desk.visit("09:00", status="arrived"), desk.visit("10:00", status="arrived")
    clerk = desk.sit()
    form = clerk.form(CLOSE, CLOSE)
    desk.office.command(f"/visits/{gone}/leave")
    _, html = closed(clerk, form, count="2")
    assert (desk.status(gone), desk.status(here)) == ("left", "completed")
    assert "1 visit recorded." in html and "1 visit was not recorded because someone else changed it first." in html
    assert desk.case_of(gone)["reference"] in html and "Left without being seen" in html


def test_the_same_form_twice_is_one_close_with_one_answer(desk):
    here = [desk.visit(clock, status="arrived") for clock in ("09:00", "09:30")]
    clerk = desk.sit()
    form = clerk.form(CLOSE, CLOSE)
    first, again = (clerk.send(form, count="2") for _ in range(2))
    assert first.headers["Location"] == again.headers["Location"]
    assert "refused" not in again.headers["Location"]
    for visit_id in here:
        types = [entry["type"] for entry in desk.case_of(visit_id)["outbox"]]
        assert types.count("intake.visit.completed.v1") == 1


def test_two_clerks_close_the_same_day_and_each_visit_is_completed_once(desk):
    here = [desk.visit(clock, status="arrived") for clock in ("09:00", "09:30")]
    first, second = desk.sit(), desk.sit()
    forms = [clerk.form(CLOSE, CLOSE) for clerk in (first, second)]
    _, html = closed(first, forms[0], count="2")
    _, other = closed(second, forms[1], count="2")
    assert "2 visits recorded." in html
    assert "0 visits recorded." in other and "2 visits were not recorded" in other
    assert {desk.status(visit_id) for visit_id in here} == {"completed"}


def test_taken_back_is_only_what_nobody_went_on_with(desk):
    here = [desk.visit(clock, status="arrived") for clock in ("09:00", "09:30")]
    clerk = desk.sit()
    _, html = closed(clerk, clerk.form(CLOSE, CLOSE), count="2")
    desk.office.command(f"/visits/{here[0]}/correct", {"to": "arrived", "reason": "still with the doctor"})
    desk.office.command(f"/visits/{here[0]}/complete")
    html = clerk.follow(clerk.send(next(form for form in forms_of(html) if form.action == f"{CLOSE}/undo")))
    assert "1 visit restored." in html
    assert [desk.status(visit_id) for visit_id in here] == ["completed", "arrived"]


def test_a_server_that_goes_away_half_way_is_told_and_the_rest_done_next_time(desk, monkeypatch):
    here = [desk.visit(clock, status="arrived") for clock in ("09:00", "09:30", "10:00")]
    clerk = desk.sit()
    form, real, asked = clerk.form(CLOSE, CLOSE), day_close.close_one, []

    def failing(*given):
        asked.append(given)
        if len(asked) == 2:
            raise AutoReconnect("away")
        return real(*given)

    monkeypatch.setattr(day_close, "close_one", failing)
    answer, html = closed(clerk, form, count="3")
    assert "left=2" in answer.headers["Location"]
    assert "1 visit recorded." in html and "2 visits could not be processed in time. Try again." in html
    assert [desk.status(visit_id) for visit_id in here] == ["completed", "arrived", "arrived"]
    _, html = closed(clerk, form_to(html, CLOSE), count="2")
    assert {desk.status(visit_id) for visit_id in here} == {"completed"}


def test_no_time_left_is_told_too(desk, monkeypatch):
    here = [desk.visit(clock, status="arrived") for clock in ("09:00", "09:30")]
    monkeypatch.setattr("services.intake.pages.day_close.SECONDS", 0.0)
    clerk = desk.sit()
    _, html = closed(clerk, clerk.form(CLOSE, CLOSE), count="2")
    assert "2 visits could not be processed in time" in html and "Some visits were not recorded" in html
    assert {desk.status(visit_id) for visit_id in here} == {"arrived"}


def test_an_earlier_day_is_closed_too_and_a_day_to_come_is_not(desk):
    left_open = desk.visit("10:00", day=25, status="arrived")
    clerk = desk.sit()
    html = clerk.get(f"{CLOSE}?day=2026-11-25").text
    assert "Wed 25 Nov 2026" in html
    closed(clerk, form_to(html, CLOSE), count="1")
    assert desk.status(left_open) == "completed"
    assert "Thu 26 Nov 2026" in clerk.get(f"{CLOSE}?day=2026-11-27").text, "at most today"


def test_it_speaks_japanese(desk):
    desk.visit("09:00", status="arrived")
    clerk = desk.sit(language="ja")
    html = clerk.get(CLOSE).text
    assert re.search(r"来院受付済み（1件）", html)
    assert "選択は1件です。1と入力するか" in clerk.send(form_to(html, CLOSE), count="4").text


@pytest.mark.parametrize("day", ["0001-01-01", "1849-12-31", "9999-12-31", "2200/1/1"])
def test_a_close_of_a_day_that_is_none_of_ours_is_refused_on_the_page(desk, day):
    desk.visit("10:00", status="arrived")
    clerk = desk.sit()
    form = clerk.form("/intake/close", "/intake/close")
    answer = clerk.send(form, day=day)
    assert answer.status_code == 422 and "Enter a date between 1850/01/01 and 2199/12/31" in answer.text
