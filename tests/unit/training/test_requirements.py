"""Required papers: dates against rules, moved visits, and what may never happen."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.training.rules.documents import requirements as r
from services.training.rules.documents import stored_documents
from services.training.rules.documents.requirements import Requirement
from services.training.rules.documents.validity import SubmittedDocument, Visit
from services.training.rules.readiness import DecryptedApplication, start_faults

NAME = {"en": "A paper", "ja": "書類"}
TODAY = date(2026, 11, 26)
WINTER = {"season": {"from": "11-01", "to": "04-30", "valid_from": "09-01"}}
SUMMER = {"season": {"from": "06-01", "to": "09-30", "valid_from": "05-01"}}
LEAP = {"season": {"from": "12-01", "to": "02-29", "valid_from": "10-01"}}


def day(text: str) -> date:
    return date.fromisoformat(text)


def visit(first: str = "2027-01-12", last: str = "2027-03-31", **more: Any) -> Visit:
    return Visit(day(first), day(last), **more)


def asked(rule: dict[str, Any] | None = None, code: str = "paper", **more: Any) -> Requirement:
    return stored_documents.requirement_of({"code": code, "name": NAME, "validity": rule or {}, **more})


def paper(status: str = "accepted", **more: Any) -> SubmittedDocument:
    return stored_documents.document_of({"requirement": "paper", "status": status, **more})


def issued(on: str, status: str = "accepted") -> SubmittedDocument:
    return paper(status, issued_on=on)


def until(valid_until: str, since: str | None = None) -> SubmittedDocument:
    return paper(valid_until=valid_until, valid_from=since)


def row(
    name: str,
    rule: dict[str, Any],
    first: str,
    last: str,
    one: SubmittedDocument | None,
    state: str,
    reason: str | None = None,
) -> Any:
    return pytest.param(rule, first, last, one, state, reason, id=name)


YEAR = {"within_days_of_start": 365}
COVER = {"covers_visit": True}
MARGIN = {"covers_visit": True, "margin_days": 30}
WHOLE = {"covers_visit": True, "from_start": True}
HEPATITIS = {"doses": 2, "interval_days": 28}


@pytest.mark.parametrize(
    ("rule", "first", "last", "one", "state", "reason"),
    [
        row("no rule, nothing handed in", {}, "2027-01-12", "2027-03-31", None, "missing"),
        row("no rule, waits for its check", {}, "2027-01-12", "2027-03-31", paper("to_check"), "to_check"),
        row("no rule, refused", {}, "2027-01-12", "2027-03-31", paper("refused", why="blurred"), "refused", "refused"),
        row("no rule, accepted for good", {}, "2027-01-12", "2027-03-31", paper(), "accepted"),
        # within days of the start
        row("test on the first day it may be", YEAR, "2027-01-12", "2027-03-31", issued("2026-01-12"), "accepted"),
        row("test a day too early", YEAR, "2027-01-12", "2027-03-31", issued("2026-01-11"), "expires", "too_old"),
        row("that test, visit a day earlier", YEAR, "2027-01-11", "2027-03-31", issued("2026-01-11"), "accepted"),
        row("good test, visit a month later", YEAR, "2027-02-12", "2027-04-30", issued("2026-01-12"), "expires", "too_old"),
        row("365 days over 29 February", YEAR, "2028-03-01", "2028-03-31", issued("2027-03-02"), "accepted"),
        row("366 days over 29 February", YEAR, "2028-03-01", "2028-03-31", issued("2027-03-01"), "expires", "too_old"),
        row("test on the first day itself", YEAR, "2027-01-12", "2027-03-31", issued("2027-01-12"), "accepted"),
        row("test made late is late, not old", YEAR, "2027-01-12", "2027-03-31", issued("2027-01-15"), "accepted"),
        row("zero days: the day itself", {"within_days_of_start": 0}, "2027-01-12", "2027-03-31", issued("2027-01-12"), "accepted"),
        row("zero days: the day before", {"within_days_of_start": 0}, "2027-01-12", "2027-03-31", issued("2027-01-11"), "expires", "too_old"),
        row("accepted without its date", YEAR, "2027-01-12", "2027-03-31", paper(), "expires", "date_missing"),
        row("old test waits for its check", YEAR, "2027-01-12", "2027-03-31", issued("2025-01-01", "to_check"), "to_check", "too_old"),
        row("old test was refused anyway", YEAR, "2027-01-12", "2027-03-31", issued("2025-01-01", "refused"), "refused", "refused"),
        # covers the visit
        row("ends on the last day", COVER, "2027-01-12", "2027-03-31", until("2027-03-31"), "accepted"),
        row("ends the day before the last", COVER, "2027-01-12", "2027-03-31", until("2027-03-30"), "expires", "ends_before_visit_ends"),
        row("enough, until the visit grows a day", COVER, "2027-01-12", "2027-04-01", until("2027-03-31"), "expires", "ends_before_visit_ends"),
        row("ended before today", COVER, "2027-01-12", "2027-03-31", until("2026-11-01"), "expires", "ends_before_visit_ends"),
        row("no end known", COVER, "2027-01-12", "2027-03-31", paper(), "expires", "date_missing"),
        row("margin met on its day", MARGIN, "2027-01-12", "2027-03-31", until("2027-04-30"), "accepted"),
        row("margin missed by a day", MARGIN, "2027-01-12", "2027-03-31", until("2027-04-29"), "expires", "ends_before_visit_ends"),
        row("starts on the first day", WHOLE, "2027-01-12", "2027-03-31", until("2027-03-31", "2027-01-12"), "accepted"),
        row("starts a day late", WHOLE, "2027-01-12", "2027-03-31", until("2027-03-31", "2027-01-13"), "expires", "starts_after_visit_starts"),
        row("visit a week earlier than its insurance", WHOLE, "2027-01-05", "2027-03-24", until("2027-03-31", "2027-01-12"), "expires", "starts_after_visit_starts"),
        row("no start known", WHOLE, "2027-01-12", "2027-03-31", until("2027-03-31"), "expires", "date_missing"),
        # seasons
        row("summer visit needs no influenza vaccine", WINTER, "2027-05-01", "2027-10-31", None, "not_needed", "out_of_season"),
        row("last day is the season's first", WINTER, "2026-10-01", "2026-11-01", None, "missing"),
        row("last day is the day before the season", WINTER, "2026-10-01", "2026-10-31", None, "not_needed", "out_of_season"),
        row("first day is the season's last", WINTER, "2027-04-30", "2027-06-30", None, "missing"),
        row("first day is the day after the season", WINTER, "2027-05-01", "2027-06-30", None, "not_needed", "out_of_season"),
        row("visit in January, vaccine in autumn before", WINTER, "2027-01-12", "2027-03-31", issued("2026-10-15"), "accepted"),
        row("vaccine on the first day it may be", WINTER, "2027-01-12", "2027-03-31", issued("2026-09-01"), "accepted"),
        row("vaccine a day before that", WINTER, "2027-01-12", "2027-03-31", issued("2026-08-31"), "expires", "outside_season"),
        row("vaccine of the winter before", WINTER, "2027-01-12", "2027-03-31", issued("2025-10-15"), "expires", "outside_season"),
        row("vaccine in December, visit in December", WINTER, "2026-12-01", "2026-12-20", issued("2026-11-20"), "accepted"),
        row("vaccine after the season", WINTER, "2027-01-12", "2027-03-31", issued("2027-05-01"), "expires", "outside_season"),
        row("moved to next winter", WINTER, "2028-01-11", "2028-03-31", issued("2026-10-15"), "expires", "outside_season"),
        row("moved out of winter", WINTER, "2027-06-01", "2027-08-31", issued("2026-10-15"), "not_needed", "out_of_season"),
        row("over the new year", WINTER, "2026-12-20", "2027-01-20", issued("2026-09-30"), "accepted"),
        row("two winters, this one is first", WINTER, "2026-12-01", "2027-12-31", issued("2026-10-15"), "accepted"),
        row("vaccine without its date", WINTER, "2027-01-12", "2027-03-31", paper(), "expires", "date_missing"),
        row("season within a year", SUMMER, "2027-07-01", "2027-07-31", issued("2027-05-01"), "accepted"),
        row("season within a year, not met", SUMMER, "2027-10-01", "2028-05-31", None, "not_needed", "out_of_season"),
        row("season ends on 28 February in other years", LEAP, "2027-03-01", "2027-03-31", None, "not_needed", "out_of_season"),
        row("season ends on 28 February, met", LEAP, "2027-02-28", "2027-03-31", None, "missing"),
        row("season ends on 29 February in leap years", LEAP, "2028-02-29", "2028-03-31", None, "missing"),
        # years
        row("five years end on the last day", {"years_valid": 5}, "2027-01-12", "2027-03-31", issued("2022-03-31"), "accepted"),
        row("five years end a day early", {"years_valid": 5}, "2027-01-12", "2027-03-31", issued("2022-03-30"), "expires", "ends_before_visit_ends"),
        row("a year from 29 February ends on the 28th", {"years_valid": 1}, "2025-02-01", "2025-02-28", issued("2024-02-29"), "accepted"),
        row("a year from 29 February, a day longer", {"years_valid": 1}, "2025-02-01", "2025-03-01", issued("2024-02-29"), "expires", "ends_before_visit_ends"),
        row("four years from 29 February to 29 February", {"years_valid": 4}, "2028-02-01", "2028-02-29", issued("2024-02-29"), "accepted"),
        row("years without a date", {"years_valid": 5}, "2027-01-12", "2027-03-31", paper(), "expires", "date_missing"),
        # doses
        row("two doses four weeks apart", HEPATITIS, "2027-01-12", "2027-03-31", paper(doses=["2026-09-01", "2026-09-29"]), "accepted"),
        row("two doses a day too close", HEPATITIS, "2027-01-12", "2027-03-31", paper(doses=["2026-09-01", "2026-09-28"]), "expires", "doses_missing"),
        row("a third one makes up for it", HEPATITIS, "2027-01-12", "2027-03-31", paper(doses=["2026-09-01", "2026-09-28", "2026-09-29"]), "accepted"),
        row("one dose", HEPATITIS, "2027-01-12", "2027-03-31", paper(doses=["2026-09-01"]), "expires", "doses_missing"),
        row("no dose told", HEPATITIS, "2027-01-12", "2027-03-31", paper(), "expires", "doses_missing"),
        row("one day told twice is one dose", {"doses": 2}, "2027-01-12", "2027-03-31", paper(doses=["2026-09-01", "2026-09-01"]), "expires", "doses_missing"),
        row("doses in any order", HEPATITIS, "2027-01-12", "2027-03-31", paper(doses=["2026-10-29", "2026-09-01"]), "accepted"),
        # two rules at once
        row("both rules hold", YEAR | COVER, "2027-01-12", "2027-03-31", paper(issued_on="2026-06-01", valid_until="2027-06-01"), "accepted"),
        row("the first of two fails", YEAR | COVER, "2027-01-12", "2027-03-31", paper(issued_on="2025-06-01", valid_until="2027-06-01"), "expires", "too_old"),
        row("the second of two fails", YEAR | COVER, "2027-01-12", "2027-03-31", paper(issued_on="2026-06-01", valid_until="2027-03-01"), "expires", "ends_before_visit_ends"),
    ],
)  # fmt: skip
def test_dates_against_rules(
    rule: dict[str, Any], first: str, last: str, one: SubmittedDocument | None, state: str, reason: str | None
) -> None:
    done = (one.issued_on or TODAY, *one.doses) if one else ()
    standing = r.status_of(asked(rule), [one] if one else [], visit(first, last), max([TODAY, *done]))
    assert (standing.state, standing.reason.code if standing.reason else None) == (state, reason)


@pytest.mark.parametrize(
    ("applies_to", "about", "reason"),
    [
        pytest.param({}, {}, None, id="everybody"),
        pytest.param({"kinds": ["hands_on"]}, {"kind": "hands_on"}, None, id="this kind"),
        pytest.param({"kinds": ["hands_on"]}, {"kind": "observation"}, "other_kind", id="another kind"),
        pytest.param({"professions": ["doctor", "nurse"]}, {"profession": "nurse"}, None, id="one of the professions"),
        pytest.param({"professions": ["doctor"]}, {"profession": "nurse"}, "other_profession", id="another profession"),
        pytest.param({"professions": ["doctor"]}, {}, None, id="profession not known: meant"),
        pytest.param({"nationalities": ["VN"]}, {"nationality": "VN"}, None, id="this nationality"),
        pytest.param({"nationalities": ["VN"]}, {"nationality": "TH"}, "other_nationality", id="another nationality"),
        pytest.param({"nationalities": ["VN"]}, {}, None, id="nationality not known: meant"),
        pytest.param({"departments": ["surgery"]}, {"departments": ("surgery", "eye")}, None, id="rotates there"),
        pytest.param(
            {"departments": ["surgery"]}, {"departments": ("eye",)}, "other_department", id="rotates elsewhere"
        ),
        pytest.param({"min_days": 79}, {}, None, id="79 days, from 79 on"),
        pytest.param({"min_days": 80}, {}, "short_stay", id="79 days, from 80 on"),
    ],
)
def test_whom_it_is_asked_of(applies_to: dict[str, Any], about: dict[str, Any], reason: str | None) -> None:
    standing = r.status_of(asked(applies_to=applies_to), [], visit(**about), TODAY)
    assert standing.state == ("not_needed" if reason else "missing")
    assert (standing.reason.code if standing.reason else None) == reason


def test_the_best_of_several_counts() -> None:
    refused, old, new = (
        paper("refused", id="a"),
        replace(issued("2025-01-01"), id="b"),
        replace(issued("2026-10-01"), id="c"),
    )
    checking, bad = paper("to_check", issued_on="2026-10-01", id="d"), paper("to_check", issued_on="2020-01-01", id="e")

    def best(*papers: SubmittedDocument) -> tuple[str, str | None]:
        standing = r.status_of(asked(YEAR), papers, visit(), TODAY)
        return standing.state, standing.paper

    assert best(refused, old) == best(old, refused) == ("expires", "b")
    assert best(refused, old, checking, bad) == ("to_check", "d")
    assert best(bad, old) == ("to_check", "e")
    assert best(checking, new, refused) == ("accepted", "c")
    assert best(new, replace(new, id="last")) == ("accepted", "last")


def test_whose_turn_and_until_when() -> None:
    mine = asked(YEAR, "tb_test", owner="partner", stage="post_decision")
    missing = r.status_of(mine, [], visit(), TODAY)
    assert (missing.turn, missing.due, missing.overdue) == ("partner", day("2026-12-29"), False)
    assert missing.wanted == {"issued_from": day("2026-01-12")}
    assert r.status_of(mine, [], visit(), day("2026-12-29")).overdue is False
    assert r.status_of(mine, [], visit(), day("2026-12-30")).overdue is True
    assert r.status_of(mine, [issued("2026-10-01", "to_check")], visit(), TODAY).turn == "hospital"
    settled = r.status_of(mine, [issued("2026-10-01")], visit(), TODAY)
    assert (settled.turn, settled.due, settled.overdue) == (None, None, False)


def test_a_vaccine_due_in_the_season_does_not_hold_up_a_start_in_summer() -> None:
    flu = asked(WINTER, "influenza_vaccine", stage="post_decision")
    known = r.statuses([flu], [], visit("2027-06-01", "2027-12-31"), TODAY)
    assert (known[0].state, known[0].due) == ("missing", day("2027-10-18"))
    assert known[0].wanted == {"issued_from": day("2027-09-01")}
    days = {"first_day": "2027-06-01", "last_day": "2027-12-31"}
    application = {"kind": "observation", "direction": "in", "conditions": [], **days}

    def refuses(on: str) -> bool:
        one = DecryptedApplication(application, {"passport": {"expires_on": "2031-01-01"}}, [])
        return "paper:influenza_vaccine" in start_faults({}, one, known, None, None, day(on))

    assert [refuses(on) for on in ("2027-06-01", "2027-10-17", "2027-10-18", "2027-12-31")] == [
        False,
        False,
        True,
        True,
    ]


def test_when_one_winter_is_over_the_next_is_asked_for() -> None:
    flu, long, shot = asked(WINTER), visit("2026-12-01", "2027-12-31"), issued("2026-10-15")
    assert r.status_of(flu, [shot], long, day("2027-04-30")).state == "accepted"
    after = r.status_of(flu, [shot], long, day("2027-05-01"))
    assert (after.state, after.due, after.wanted) == ("expires", day("2027-10-18"), {"issued_from": day("2027-09-01")})


def test_what_a_paper_must_show() -> None:
    everything = {
        "within_days_of_start": 365,
        "years_valid": 1,
        "covers_visit": True,
        "from_start": True,
        "margin_days": 1,
        **HEPATITIS,
    }
    standing = r.status_of(asked(everything), [], visit("2028-01-10", "2028-02-29"), TODAY)
    assert standing.wanted == {
        "issued_from": day("2027-03-01"), "valid_from": day("2028-01-10"), "valid_until": day("2028-03-01"), "doses": 2, "interval_days": 28,
    }  # fmt: skip


def test_the_first_issue_and_the_next_dose_are_told() -> None:
    assert r.status_of(asked({"years_valid": 5}), [], visit(), TODAY).wanted == {"issued_from": day("2022-03-31")}
    once = r.status_of(asked(HEPATITIS), [paper(doses=["2026-09-01"])], visit(), TODAY)
    assert once.reason == ("doses_missing", {"given": 1, "needed": 2, "next_from": day("2026-09-29")})


def test_a_season_of_one_day_and_without_a_day_before() -> None:
    fair = {"season": {"from": "12-01", "to": "12-01"}}
    assert r.status_of(asked(fair), [], visit("2026-12-02", "2027-11-30"), TODAY).state == "not_needed"
    met = r.status_of(asked(fair), [], visit("2026-12-01", "2026-12-31"), TODAY)
    assert met.wanted == {"issued_from": day("2026-12-01")}


REQUIRED = [
    asked(YEAR, "tb_test"),
    asked(WINTER, "influenza_vaccine", stage="post_decision"),
    asked(COVER, "passport_copy"),
    asked(WHOLE, "liability_insurance", stage="post_decision", due_days_before_start=30),
    asked({}, "ministry_permission", applies_to={"min_days": 91}),
]
HANDED_IN = [
    stored_documents.document_of({"requirement": code, "status": "accepted", **dates})
    for code, dates in {
        "tb_test": {"issued_on": "2026-02-01"},
        "influenza_vaccine": {"issued_on": "2026-10-15"},
        "passport_copy": {"valid_until": "2027-06-30"},
        "liability_insurance": {"valid_from": "2027-01-01", "valid_until": "2027-04-30"},
    }.items()
]


@pytest.mark.parametrize(
    ("first", "last", "broken"),
    [
        pytest.param("2027-01-12", "2027-03-31", [], id="not moved"),
        pytest.param("2027-01-19", "2027-04-07", [], id="a week later"),
        pytest.param("2027-02-02", "2027-04-21", ["tb_test"], id="three weeks later: the test is too old"),
        pytest.param("2027-01-12", "2027-04-12", ["ministry_permission"], id="longer: 91 days"),
        pytest.param("2026-12-28", "2027-03-15", ["liability_insurance"], id="earlier than the insurance"),
        pytest.param("2027-04-12", "2027-06-30", ["liability_insurance", "tb_test"], id="to spring"),
        pytest.param("2027-06-01", "2027-07-31", ["liability_insurance", "passport_copy", "tb_test"], id="to summer: no season"),
        pytest.param("2028-01-11", "2028-03-31", ["liability_insurance", "influenza_vaccine", "passport_copy", "tb_test"], id="a year later"),
    ],
)  # fmt: skip
def test_what_breaks_when_a_visit_moves(first: str, last: str, broken: list[str]) -> None:
    found = r.worsened_by_move(REQUIRED, REQUIRED, HANDED_IN, visit(), visit(first, last), TODAY)
    assert [row.code for row in found] == broken
    assert all(row.before.state != row.after.state for row in found)


def test_moving_earlier_may_leave_too_little_time() -> None:
    found = r.worsened_by_move(
        [asked(code="fee")], [asked(code="fee")], [], visit(), visit("2026-12-01", "2027-02-28"), TODAY
    )
    assert [(row.code, row.before.overdue, row.after.overdue) for row in found] == [("fee", False, True)]


def test_stored_and_sent_with_iso_days() -> None:
    standing = r.status_of(asked(YEAR), [replace(issued("2026-01-01"), id="p1")], visit(), TODAY)
    assert stored_documents.status_to_json(standing) == {
        "code": "paper", "state": "expires", "stage": "application", "owner": "applicant", "turn": "applicant", "due": "2026-12-29",
        "overdue": False, "paper": "p1", "wanted": {"issued_from": "2026-01-12"},
        "reason": {"code": "too_old", "params": {"issued_on": "2026-01-01", "not_before": "2026-01-12", "days": 365}},
    }  # fmt: skip
    assert stored_documents.status_to_json(r.status_of(asked(), [paper()], visit(), TODAY))["due"] is None


@pytest.mark.parametrize(
    ("changes", "pointers"),
    [
        pytest.param({}, [], id="as it should be"),
        pytest.param(
            {"validity": {"doses": 1, "years_valid": 1, "within_days_of_start": 0}}, [], id="smallest numbers"
        ),
        pytest.param({"code": "TB-test"}, ["#/code"], id="code"),
        pytest.param({"owner": "nobody", "stage": "later"}, ["#/owner", "#/stage"], id="owner and stage"),
        pytest.param(
            {"validity": {"season": {"from": "13-01", "to": "04-31"}}}, ["#/validity/season/from"], id="season"
        ),
        pytest.param(
            {"validity": {"doses": 0, "years_valid": 0}}, ["#/validity/years_valid", "#/validity/doses"], id="numbers"
        ),
        pytest.param({"validity": {"margin_days": 3}}, ["#/validity/margin_days"], id="margin of nothing"),
    ],
)
def test_what_a_requirement_cannot_be(changes: dict[str, Any], pointers: list[str]) -> None:
    found = stored_documents.requirement_faults({"code": "tb_test", "name": NAME, **changes})
    assert [pointer for pointer, _ in found] == pointers


DAYS = st.dates(date(2024, 1, 1), date(2029, 12, 31))
LENGTHS = st.integers(0, 500)
VISITS = st.builds(lambda first, length: Visit(first, first + timedelta(days=length)), DAYS, LENGTHS)
RULES = st.fixed_dictionaries(
    {},
    optional={
        "within_days_of_start": st.integers(0, 800),
        "covers_visit": st.booleans(),
        "season": st.sampled_from([WINTER["season"], SUMMER["season"], LEAP["season"]]),
        "years_valid": st.integers(1, 6),
        "doses": st.integers(1, 3),
        "interval_days": st.integers(0, 60),
    },
)
PAPERS = st.builds(
    SubmittedDocument,
    st.just("paper"),
    st.sampled_from(["to_check", "accepted", "refused"]),
    st.none() | DAYS,
    st.none() | DAYS,
    st.none() | DAYS,
    st.lists(DAYS, max_size=4).map(tuple),
)


def worth(standing: r.RequirementStatus) -> tuple[int, bool]:
    return r.STATES.index(standing.state), standing.state != "to_check" or standing.reason is None


@given(RULES, PAPERS, VISITS, DAYS, st.integers(0, 900))
def test_an_older_paper_never_stands_better(
    rule: dict[str, Any], one: SubmittedDocument, when: Visit, today: date, days: int
) -> None:
    def earlier(known: date | None) -> date | None:
        return known - timedelta(days=days) if known else None

    if one.issued_on:
        one = replace(one, issued_on=min(one.issued_on, when.first_day, today))
    older = replace(one, issued_on=earlier(one.issued_on), valid_until=earlier(one.valid_until))
    before, after = (r.status_of(asked(rule), [known], when, today) for known in (one, older))
    assert worth(after) <= worth(before)


@given(RULES, st.lists(PAPERS, max_size=3), VISITS, DAYS)
def test_a_visit_that_does_not_move_breaks_nothing(
    rule: dict[str, Any], papers: list[SubmittedDocument], when: Visit, today: date
) -> None:
    assert r.worsened_by_move([asked(rule)], [asked(rule)], papers, when, replace(when), today) == []


@given(RULES, st.lists(PAPERS, max_size=3), VISITS, DAYS, st.integers(0, 400))
def test_what_is_settled_is_never_due(
    rule: dict[str, Any], papers: list[SubmittedDocument], when: Visit, today: date, least: int
) -> None:
    standing = r.status_of(asked(rule, applies_to={"min_days": least}), papers, when, today)
    open_ = standing.state not in r.SETTLED
    assert (standing.due is not None, standing.turn is not None) == (open_, open_)
    assert open_ or not standing.overdue


@given(RULES, st.lists(PAPERS, max_size=3), PAPERS, VISITS, DAYS)
def test_one_more_paper_never_stands_worse(
    rule: dict[str, Any], papers: list[SubmittedDocument], more: SubmittedDocument, when: Visit, today: date
) -> None:
    before, after = (r.status_of(asked(rule), known, when, today) for known in (papers, [*papers, more]))
    assert worth(after) >= worth(before)


@given(RULES, VISITS, DAYS)
def test_a_paper_that_shows_what_is_wanted_is_accepted(rule: dict[str, Any], when: Visit, today: date) -> None:
    """What the applicant is told to bring is what the rules then take (where a season and a term of years do not contradict)."""
    if "season" in rule:
        rule.pop("years_valid", None)
    today = max(today, r.status_of(asked(rule), [], when, today).wanted.get("issued_from", today))
    wanted: dict[str, Any] = r.status_of(asked(rule), [], when, today).wanted
    assume(wanted.get("issued_from", today) <= today)
    gap = timedelta(days=max(wanted.get("interval_days", 0), 1))
    doses = tuple(today - gap * number for number in range(wanted.get("doses", 0)))
    brought = SubmittedDocument(
        "paper", "accepted", wanted.get("issued_from"), wanted.get("valid_from"), wanted.get("valid_until"), doses
    )
    assert r.status_of(asked(rule), [brought], when, today).state in r.SETTLED
