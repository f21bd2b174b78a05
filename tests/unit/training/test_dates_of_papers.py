"""Papers x dates x moved stays: what is old, over, undated or dated ahead serves nobody, whatever its rule; what a move asks for is said."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.training.rules import readiness
from services.training.rules.documents import duties, passports, requirements, stored_documents, validity
from services.training.rules.documents.requirements import Requirement
from services.training.rules.documents.usual_documents import usual_documents
from services.training.rules.documents.validity import SubmittedDocument, Validity, Visit
from services.training.rules.readiness import DecryptedApplication

TODAY = date(2026, 11, 26)
VISIT = Visit(date(2027, 1, 12), date(2027, 3, 31), nationality="VN")
CLEARANCE = duties.screening_duty(None)
LONG = Visit(date(2027, 1, 12), date(2027, 4, 13), nationality="VN")
USUAL = [stored_documents.requirement_of({k: v for k, v in one.items() if k != "ticked"}) for one in usual_documents()]
RULES = {
    "tb clearance": CLEARANCE.validity,
    "titre": Validity(doses=2, interval_days=28, or_titre=True),
    "vaccination": Validity(doses=2, interval_days=28),
    "police certificate": Validity(within_days_of_start=180),
    "insurance": Validity(covers_visit=True, from_start=True),
    "passport": Validity(covers_visit=True),
    "visa paper": Validity(this_stay=True),
    "letter": Validity(),
    "test": Validity(within_days_of_start=365),
}


def day(text: str) -> date:
    return date.fromisoformat(text)


def good(rule: Validity, visit: Visit, today: date) -> SubmittedDocument:
    """A paper that fits."""
    doses = (today - timedelta(days=60), today - timedelta(days=10)) if rule.doses else ()
    stay = (visit.first_day, visit.last_day)
    return SubmittedDocument(
        "paper", "accepted", today - timedelta(days=5), visit.first_day, visit.last_day, doses, stay=stay
    )


def first_reason(paper: SubmittedDocument, rule: Validity, visit: Visit = VISIT, today: date = TODAY) -> str | None:
    reason = next(validity.misfits(paper, rule, visit, today), None)
    return reason.code if reason else None


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_what_is_in_order_fits(rule: Validity) -> None:
    assert first_reason(good(rule, VISIT, TODAY), rule) is None


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
@pytest.mark.parametrize("ahead", [1, 30, 400])
def test_what_is_dated_ahead_serves_nobody(rule: Validity, ahead: int) -> None:
    later = TODAY + timedelta(days=ahead)
    for changes in ({"issued_on": later}, {"titre_on": later}, {"doses": (TODAY - timedelta(days=90), later)}):
        paper = replace(good(rule, VISIT, TODAY), **changes)
        assert "dated_ahead" in {reason.code for reason in validity.misfits(paper, rule, VISIT, TODAY)}
        assert "dated_ahead" in {reason.code for reason in validity.unfit_for_any(paper, TODAY)}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
@pytest.mark.parametrize("before", [1, 40, 3000])
def test_what_is_over_serves_nobody(rule: Validity, before: int) -> None:
    paper = replace(good(rule, VISIT, TODAY), valid_until=VISIT.first_day - timedelta(days=before), valid_from=None)
    codes = {reason.code for reason in validity.misfits(paper, rule, VISIT, TODAY)}
    assert codes & {"expired", "ends_before_visit_ends"}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_what_is_undated_serves_nobody_whose_rule_has_dates(rule: Validity) -> None:
    bare = SubmittedDocument("paper", "accepted")
    assert bool(list(validity.misfits(bare, rule, VISIT, TODAY))) == (rule != validity.ALWAYS)


@pytest.mark.parametrize(
    ("x_ray", "until", "applied_on", "reason"),
    [
        pytest.param("2026-07-16", None, None, None, id="180 days to the first day"),
        pytest.param("2026-07-15", None, None, "used_up", id="181 days"),
        pytest.param("2025-11-26", None, None, "used_up", id="a year old"),
        pytest.param(None, None, None, "date_missing", id="undated"),
        pytest.param(None, "2027-05-01", None, "date_missing", id="with an end, but no X-ray"),
        pytest.param("2026-11-27", None, None, "dated_ahead", id="of tomorrow"),
        pytest.param("2026-10-01", "2026-12-30", None, "expired", id="after close contact: its own end is earlier"),
        pytest.param("2026-07-15", "2027-12-31", None, "used_up", id="an end printed on it lends it no days"),
        pytest.param("2026-05-20", None, "2026-11-16", None, id="180 days to the application for the visa"),
        pytest.param("2026-05-19", None, "2026-11-16", "used_up", id="181 days to it"),
        pytest.param("2026-08-20", "2026-11-18", "2026-11-16", None, id="its own end after the application"),
        pytest.param("2026-08-20", "2026-11-15", "2026-11-16", "expired", id="its own end the day before"),
    ],
)
def test_a_clearance_counts_from_its_x_ray(
    x_ray: str | None, until: str | None, applied_on: str | None, reason: str | None
) -> None:
    visit = replace(VISIT, applied_on=day(applied_on) if applied_on else None)
    paper = SubmittedDocument(
        "tb_clearance", "accepted", day(x_ray) if x_ray else None, valid_until=day(until) if until else None
    )
    assert first_reason(paper, CLEARANCE.validity, visit) == reason


@pytest.mark.parametrize(
    ("titre_on", "doses", "reason"),
    [
        pytest.param("2026-10-01", (), None, id="a titre"),
        pytest.param(None, ("2026-08-01", "2026-09-01"), None, id="a record"),
        pytest.param(None, ("2026-08-01",), "doses_missing", id="half a record"),
        pytest.param("2026-10-01", ("2026-08-01",), None, id="half a record and a titre"),
        pytest.param("2026-12-01", (), "dated_ahead", id="a titre to come"),
        pytest.param(None, (), "doses_missing", id="neither"),
    ],
)
def test_a_titre_or_a_record(titre_on: str | None, doses: tuple[str, ...], reason: str | None) -> None:
    paper = SubmittedDocument(
        "varicella", "accepted", titre_on=day(titre_on) if titre_on else None, doses=tuple(map(day, doses))
    )
    assert first_reason(paper, RULES["titre"]) == reason


def test_the_usual_papers_take_a_titre_where_their_text_says_so() -> None:
    assert (
        {one.code for one in USUAL if one.validity.or_titre}
        == {one.code for one in USUAL if "antibody test" in one.name["en"].lower() or "抗体検査" in one.name["ja"]}
        >= {"varicella", "hepatitis_b"}
    )
    assert all("hands_on" in one["ticked"] for one in usual_documents() if one["code"] == "varicella")


def at(visit: Visit, **more: Any) -> dict[str, Any]:
    """An application for these days."""
    return {
        "status": "confirmed", "direction": "in", "kind": "observation", "nationality": "VN", "residence": "VN", "department": "surgery",
        "first_day": visit.first_day.isoformat(), "last_day": visit.last_day.isoformat(), "rotations": [], "conditions": [], **more,
    }  # fmt: skip


def broken(
    old: Visit, new: Visit, papers: list[SubmittedDocument], rules: list[Mapping[str, Any]] = []
) -> dict[str, str]:
    programme = {"requirements": rules}
    asked = [readiness.requirements_of(programme, at(visit), visit) for visit in (old, new)]
    return {row.code: row.after.state for row in requirements.worsened_by_move(*asked, papers, old, new, TODAY)}


def test_a_stay_that_grows_beyond_three_months_asks_for_the_clearance() -> None:
    own = [{"code": "stay_plan", "name": {"ja": "計画", "en": "Plan"}, "applies_to": {"min_days": 91}}]
    assert broken(VISIT, LONG, [], own) == {"tb_clearance": "missing", "stay_plan": "missing"}
    assert broken(VISIT, replace(VISIT, last_day=date(2027, 4, 12)), []) == {}, "three months to the day"
    assert broken(LONG, VISIT, []) == {}
    screened = SubmittedDocument("tb_clearance", "accepted", issued_on=TODAY)
    assert broken(VISIT, LONG, [screened]) == {}, "asked for by the move, and here already"


def test_visa_papers_break_when_the_stay_moves_by_a_day() -> None:
    for code in sorted(duties.VISA_DOCUMENTS):
        rule = {"code": code, "name": {"ja": "査証", "en": "Visa"}, "owner": "training", "stage": "post_decision"}
        made = SubmittedDocument(code, "accepted", stay=(VISIT.first_day, VISIT.last_day))
        for changes in (
            {"first_day": date(2027, 1, 13)},
            {"last_day": date(2027, 3, 30)},
            {"last_day": date(2027, 4, 1)},
        ):
            assert broken(VISIT, replace(VISIT, **changes), [made], [rule]) == {code: "expires"}
        assert broken(VISIT, replace(VISIT), [made], [rule]) == {}


DAYS = st.dates(date(2026, 1, 1), date(2028, 12, 31))
STAYS = st.builds(
    lambda first, days: Visit(first, first + timedelta(days=days), nationality="VN"), DAYS, st.integers(0, 400)
)
DATED = st.builds(
    lambda code, days, dose: SubmittedDocument(
        code, "accepted", days[0], days[1], days[2], tuple(dose), titre_on=days[3]
    ),
    st.sampled_from([one.code for one in USUAL] + ["tb_clearance"]),
    st.tuples(*[st.none() | DAYS] * 4),
    st.lists(DAYS, max_size=3),
)


@given(STAYS, STAYS, st.lists(DATED, max_size=8), DAYS)
def test_a_move_says_all_that_it_leaves_unsettled(
    old: Visit, new: Visit, papers: list[SubmittedDocument], today: date
) -> None:
    """What was settled or not asked for, and is open after the move, is said; nothing else than what stands worse is."""
    programme = {"requirements": [{k: v for k, v in one.items() if k != "ticked"} for one in usual_documents()]}
    asked = [readiness.requirements_of(programme, at(visit), visit) for visit in (old, new)]
    told = {row.code for row in requirements.worsened_by_move(*asked, papers, old, new, today)}
    before, after = (
        {row.code: row for row in requirements.statuses(rules, papers, visit, today)}
        for rules, visit in zip(asked, (old, new), strict=True)
    )
    fresh = {
        code
        for code, row in after.items()
        if row.state not in requirements.SETTLED and (code not in before or before[code].state in requirements.SETTLED)
    }
    assert fresh <= told <= {code for code, row in after.items() if row.state not in requirements.SETTLED}
    assert ("tb_clearance" in after) == (not passports.within_months(new.first_day, new.last_day, 3))


@given(STAYS, DATED, DAYS)
def test_nothing_accepted_is_dated_ahead_or_over_before_the_stay(
    visit: Visit, paper: SubmittedDocument, today: date
) -> None:
    rule = next((one for one in [*USUAL, CLEARANCE] if one.code == paper.requirement), None)
    assert isinstance(rule, Requirement)
    if requirements.status_of(rule, [paper], visit, today).state == "accepted":
        done = [known for known in (paper.issued_on, paper.titre_on, *paper.doses) if known]
        assert all(known <= today for known in done)
        assert paper.valid_until is None or paper.valid_until >= visit.first_day


@given(STAYS, st.none() | DAYS)
def test_a_passport_is_told_whenever_it_would_refuse_the_start(visit: Visit, until: date | None) -> None:
    identity = {"passport": {"expires_on": until.isoformat()}} if until else {}
    for direction in ("in", "out"):
        told = readiness.foreseeable_faults({"requirements": []}, DecryptedApplication(at(visit, direction=direction, agreement_waiver={}), identity, []), None, None, visit.first_day)  # fmt: skip
        assert any(code.startswith("passport_") for code in told) == (until is None or until < visit.last_day)


@pytest.mark.parametrize(
    ("claimed", "seen", "state", "reason"),
    [
        pytest.param(None, None, "missing", None, id="nothing claimed"),
        pytest.param("jica_trainee", None, "to_check", "exemption_unverified", id="claimed"),
        pytest.param("jds", "jica_trainee", "to_check", "exemption_unverified", id="proof of another"),
        pytest.param("jica_trainee", "jica_trainee", None, None, id="verified"),
        pytest.param(None, "jds", "missing", None, id="taken back"),
    ],
)
def test_an_exemption_counts_once_it_is_verified(
    claimed: str | None, seen: str | None, state: str | None, reason: str | None
) -> None:
    application = at(LONG, exempt_scheme=claimed, screening={"verified": {"scheme": seen}} if seen else None, papers=[])
    rows = readiness.statuses({"requirements": []}, DecryptedApplication(application, {}, []), TODAY)
    found = [(row.state, row.reason.code if row.reason else None, row.turn) for row in rows]
    whose = "hospital" if state == "to_check" else "applicant"
    assert found == ([(state, reason, whose)] if state else [])


@pytest.mark.parametrize(
    ("kind", "direction", "code", "stage"),
    [
        ("hands_on", "in", duties.LIABILITY, "post_decision"),
        ("overseas", "out", duties.INSURANCE, "decision"),
    ],
)
@pytest.mark.parametrize("own", [{}, {"within_days_of_start": 90}, {"covers_visit": True, "margin_days": 30}])
def test_what_law_and_house_ask_for_is_asked_whatever_a_programme_says(
    kind: str, direction: str, code: str, stage: str, own: dict[str, Any]
) -> None:
    """A programme's own row is made as strict, and keeps what it asks besides."""
    visit = replace(VISIT, kind=kind)
    rows: list[list[dict[str, Any]]] = [[], [{"code": code, "name": {"ja": "証", "en": "Proof"}, "validity": own, "stage": "post_decision", "applies_to": {"nationalities": ["TH"]}}]]  # fmt: skip
    for listed in rows:
        (asked,) = readiness.requirements_of({"requirements": listed}, at(visit, kind=kind, direction=direction), visit)
        assert (asked.code, asked.stage, asked.validity.covers_visit, asked.validity.from_start) == (
            code,
            stage,
            True,
            True,
        )
        assert requirements.is_needed(asked, visit)
        if listed:
            assert asked.validity.within_days_of_start == own.get("within_days_of_start")
