"""Rules of the training office: lists of nominated people, stays counted, days and weeks drawn, who is where."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.training.rules import charts, letters, nominations, stay_counts, whereabouts
from services.training.rules.faults import LetterNotAvailable

HEADS = "Name,Date of birth,Nationality,Passport,Passport expires,E-mail"


def stay(direction: str = "in", first: str = "2027-02-01", attended: int = 2, **more: Any) -> dict[str, Any]:
    days = [{"day": f"2027-02-0{n}", "attended": "present", "department": "cardiology"} for n in range(1, attended + 1)]
    known = {"direction": direction, "first_day": first, "kind": "observation", "department": "cardiology"}
    return {**known, "residence": "TH", "host_country": None, "organization_id": None, "attendance": days, **more}


def test_a_list_is_read_in_any_order_and_width_of_its_headings():
    text = "国籍\t生年月日\tＮａｍｅ\nタイ\tH2.5.17\tSOMCHAI Jaidee\n"
    (person,) = nominations.parse_list(text).people
    assert person == {"name": {"latin": "SOMCHAI Jaidee"}, "birth_date": "1990-05-17", "nationality": "TH"}


def test_quoted_cells_semicolons_and_a_byte_order_mark():
    text = '\ufeffName;Birthday;Country\n"NGUYEN; Hoa";1990/5/17;Viet Nam\n'
    (person,) = nominations.parse_list(text).people
    assert person["name"]["latin"] == "NGUYEN; Hoa" and person["nationality"] == "VN"


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (",1990-01-01,TH,,,", ("latin", "missing")),
        ("A,1990-02-30,TH,,,", ("birth_date", "no_day")),
        ("A,1990-01-01,Atlantis,,,", ("nationality", "no_nationality")),
        ("A,1990-01-01,TH,!,,", ("passport", "no_passport")),
        ("A,1990-01-01,TH,C1234567,soon,", ("expires_on", "no_day")),
        ("A,1990-01-01,TH,,,nobody", ("email", "no_email")),
    ],
)
def test_a_wrong_cell_is_named_with_its_line(row, fault):
    assert nominations.parse_list(f"{HEADS}\n\n{row}\n").faults == [(3, *fault)]


def test_headings_that_are_missing_and_lists_of_nobody():
    assert nominations.parse_list("").faults == [(1, "", "empty")]
    assert nominations.parse_list(HEADS).faults == [(1, "", "empty")]
    assert {code for _, _, code in nominations.parse_list("a,b\n1,2").faults} == {"no_column"}


def test_the_same_person_twice_and_one_who_is_there_already():
    rows = f"{HEADS}\nA B,1990-01-01,TH,,,\nB a,1990-01-01,TH,,,\nC,1990-01-01,TH,,,\n"
    known = [nominations.person_key({"name": {"latin": "c"}, "birth_date": "1990-01-01"})]
    assert nominations.parse_list(rows, known).faults == [(3, "latin", "twice"), (4, "latin", "in_group")]


@given(st.text(max_size=300))
def test_no_text_breaks_the_reading(text):
    listed = nominations.parse_list(text)
    assert listed.people or listed.faults


@given(st.text(max_size=80))
def test_no_cell_breaks_a_row_and_none_is_lost(cell):
    listed = nominations.parse_list(f'Name,Date of birth,Nationality\n"{cell.replace(chr(34), "")}",1990-01-01,TH\n')
    assert listed.people or listed.faults


def test_a_fiscal_year_begins_in_april():
    assert [stay_counts.year_of(day, "fiscal") for day in ("2027-03-31", "2027-04-01")] == [2026, 2027]
    assert stay_counts.days_of(2026, "fiscal") == ("2026-04-01", "2027-03-31")
    assert stay_counts.year_of("2027-03-31", "calendar") == 2027


def test_balance_is_who_went_less_who_came():
    rows = stay_counts.counts_by([stay(), stay("out", host_country="TH", attended=5), stay("own")], "country")
    assert rows == [{"key": "TH", "in_people": 1, "in_days": 2, "out_people": 1, "out_days": 5, "balance_people": 0, "balance_days": 3}]  # fmt: skip


def test_two_departments_are_two_rows_and_one_person_in_all():
    rotations = [{"department": "cardiology"}, {"department": "surgery"}]
    stays = [stay(rotations=rotations)]
    assert {row["key"]: (row["in_people"], row["in_days"]) for row in stay_counts.counts_by(stays, "department")} == {"cardiology": (1, 2), "surgery": (1, 0)}  # fmt: skip
    assert stay_counts.total(stays)["in_people"] == 1
    assert stay_counts.total([])["in_people"] == 0


def test_weeks_are_cut_at_the_ends_and_cover_every_day_once():
    found = charts.weeks(date(2027, 2, 3), date(2027, 3, 2))
    assert found[0] == (date(2027, 2, 3), date(2027, 2, 7)) and found[-1] == (date(2027, 3, 1), date(2027, 3, 2))
    assert sum((last - first).days + 1 for first, last in found) == 28
    assert charts.month_after(date(2026, 12, 1), 1) == date(2027, 1, 1)
    assert charts.month_after(date(2027, 1, 1), -3) == date(2026, 10, 1)


def test_people_are_counted_once_a_day_and_held_days_outside_are_left_out():
    held = [
        {"application_id": "a", "first": "2027-01-30", "last": "2027-02-02"},
        {"application_id": "a", "first": "2027-02-02", "last": "2027-02-03"},
        {"application_id": "b", "first": "2027-02-03", "last": "2027-02-09"},
    ]
    assert charts.people_by_day(held, date(2027, 2, 1), date(2027, 2, 4)) == [1, 1, 2, 1]


@pytest.mark.parametrize(
    ("people", "limit", "load"),
    [
        (0, 2, "none"),
        (1, None, "some"),
        (1, 3, "some"),
        (2, 3, "nearly"),
        (3, 3, "full"),
        (4, 3, "over"),
        (1, 1, "full"),
    ],
)
def test_how_full_a_day_is(people, limit, load):
    assert charts.load(people, limit) == load


@pytest.mark.parametrize(("direction", "there"), [("in", False), ("out", True)])
def test_a_guest_past_the_last_day_is_gone_and_of_ours_nobody_knows(direction, there):
    begun = {"status": "active", "direction": direction, "first_day": "2027-02-01", "last_day": "2027-02-10"}
    assert whereabouts.is_there(begun, "2027-02-10") and whereabouts.is_there(begun, "2027-02-11") is there


def test_who_is_confirmed_and_due_is_looked_for_though_nobody_pressed_start():
    due = {"status": "confirmed", "first_day": "2027-02-01", "last_day": "2027-02-10"}
    assert whereabouts.is_there(due, "2027-02-01") and not whereabouts.is_there(due, "2027-01-31")
    assert not whereabouts.is_there(due, "2027-02-11") and whereabouts.is_there(
        due | {"status": "active"}, "2027-02-11"
    )


def test_a_guest_is_where_the_rotation_of_the_day_is():
    rotations = [{"department": "surgery", "first_day": "2027-02-01", "last_day": "2027-02-05"}]
    guest = {"direction": "in", "department": "cardiology", "rotations": rotations}
    assert [whereabouts.place_of(guest, f"2027-02-0{day}") for day in (5, 6)] == ["surgery", "cardiology"]


@pytest.mark.parametrize(
    ("changes", "kind", "why"),
    [
        ({"first_day": None}, "badge", "dates"),
        ({"status": "waitlisted"}, "badge", "no_place"),
        ({"decision": {"announced_at": None}}, "letter", "no_place"),
        ({}, "certificate", "not_completed"),
        ({"direction": "out"}, "invitation", "goes_abroad"),
    ],
)
def test_why_a_letter_cannot_be_written_yet(changes, kind, why):
    known = {"status": "confirmed", "direction": "in", "first_day": "2027-02-01", "last_day": "2027-02-02"}
    application = {**known, "decision": {"announced_at": "then"}, **changes}
    with pytest.raises(LetterNotAvailable) as refused:
        letters.check(application, kind)
    assert refused.value.why == why
    letters.check({**known, "decision": {"announced_at": "then"}}, "badge")
