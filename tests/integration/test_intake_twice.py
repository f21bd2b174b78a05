"""Every command of intake's pages that changes a state, sent again from a page of before: it is already recorded, and no clash."""

from typing import Any

import pytest

from shared.ids import new_id
from tests.integration.intake_front import Clerk, Front, front
from tests.integration.test_intake_case_page import case_in, stored
from tests.visitor import Form, forms_of

MESSAGE = {"message": "By phone."}
CASES, TRIAGE, VISITS = "/intake/cases/<case_id>/", "/intake/triage/<case_id>/", "/intake/visits/<visit_id>/"
BOARD = "/intake/board/visits/<visit_id>/"
WHICH_ONE = "another one is another act"
FIELDS = "what one changed is merged with theirs, field by field"
NO_STATE = {  # whose second sending is a clash, or another act
    TRIAGE + "message": WHICH_ONE,
    CASES + "visits": WHICH_ONE,
    CASES + "edit": FIELDS,
    VISITS + "reschedule": FIELDS,
    VISITS + "change": FIELDS,
    VISITS + "take-back": "what it is published as goes by what it undoes",
}
TWICE = [
    (CASES + "review", "received", {}),
    (CASES + "accept", "in_review", {"patient_id": "new"}),
    (CASES + "decline", "received", {"reason": "no_capacity", "message": "We are full."}),
    (CASES + "request-information", "in_review", MESSAGE),
    (CASES + "record-information", "awaiting_information", MESSAGE),
    (CASES + "cancel", "scheduled", {"reason": "travel", "wanted_by": "patient"}),
    (CASES + "cancel", "to_cancel", {"reason": "travel", "wanted_by": "agency"}),
    (CASES + "refuse-cancellation", "to_cancel", MESSAGE),
    (CASES + "complete", "in_care", {"outcome": "treated"}),
    (CASES + "take-back", "declined", {}),
    (CASES + "take-back", "completed", {}),
    (CASES + "take-back-registration", "registered", {}),
    (CASES + "no-reply-needed", "unanswered", {}),
    (CASES + "reopen", "cancelled", {"reason": "They come after all."}),
    (TRIAGE + "review", "received", {}),
    (TRIAGE + "accept", "received", {"patient_id": "new"}),
    (TRIAGE + "ask", "received", MESSAGE),
    (TRIAGE + "record", "awaiting_information", MESSAGE),
    (TRIAGE + "decline", "in_review", {"reason": "no_capacity", "message": "We are full."}),
    (TRIAGE + "reopen", "declined", {}),
    (TRIAGE + "no-reply-needed", "unanswered", {}),
    (TRIAGE + "cancel", "to_cancel", {}),
    (TRIAGE + "refuse", "to_cancel", MESSAGE),
    (VISITS + "cancel", "scheduled", {"reason": "travel", "wanted_by": "patient"}),
    (VISITS + "correct", "in_care", {"to": "booked", "reason": "Somebody else."}),
    (VISITS + "<command>:arrive", "scheduled", {}),
    (VISITS + "<command>:leave", "in_care", {}),
    (BOARD + "<move>:no-show", "scheduled", {}),
    (BOARD + "<move>:cancel-patient", "scheduled", {}),
]


@pytest.fixture
def desk(mongo_url: str, database: Any, tmp_path: Any) -> Front:
    return front(mongo_url, database, tmp_path)


def made(desk: Front, state: str) -> str:
    """A case in a state, or where its agency waits for something, or registered just now."""
    if state == "registered":
        body = {"patient": {"name": {"latin": "SOMCHAI Jaidee"}, "birth_date": "1961-04-02", "sex": "male"}}
        body |= {"languages": [{"tag": "th", "level": "native"}], "payer": {"kind": "self"}}
        body |= {"request": {"department": "cardiology", "reason": "Pain", "urgency": "routine"}}
        return str(desk.office.command("/cases", body)["id"])
    case_id = case_in(desk, {"to_cancel": "scheduled", "unanswered": "accepted"}.get(state, state))
    agency = desk.office.as_agency(1)
    if state == "to_cancel":
        desk.office.post(f"/referrals/{case_id}/cancellation", agency, {"reason": "travel"})
    if state == "unanswered":
        desk.office.post(f"/referrals/{case_id}/messages", agency, {"text": "When?"})
    return case_id


def a_form(clerk: Clerk) -> Form:
    """What every form of the desk carries."""
    return next(f for f in forms_of(clerk.get("/intake/register").text) if f.action.startswith("/intake/"))


@pytest.mark.parametrize(("rule", "state", "typed"), TWICE, ids=[f"{rule}-{state}" for rule, state, _ in TWICE])
def test_sent_again_from_a_page_of_before(desk: Front, rule: str, state: str, typed: dict[str, str]) -> None:
    case_id = made(desk, state)
    case = stored(desk, case_id)
    path, _, name = rule.partition(":")
    for part, value in {
        "<case_id>": case_id,
        "<visit_id>": (case["visits"] or [{"id": ""}])[0]["id"],
        "<command>": name,
        "<move>": name,
    }.items():
        path = path.replace(part, value)
    clerk = desk.sit()
    carried = {key: value for key, value in a_form(clerk).fields if key == "csrf"}

    def send() -> Any:
        fields = carried | typed | {"version": str(case["version"]), "idempotency_key": new_id()}
        headers = {"Accept": "text/html", "Accept-Language": "en", "Origin": "http://localhost"}
        return clerk.client.post(path, data=fields, headers=headers)

    first = send()
    assert first.status_code == 303, first.text
    clerk.follow(first)
    done = stored(desk, case_id)["version"]
    assert done == case["version"] + 1
    again = send()
    if not typed:
        assert "Already recorded" in clerk.follow(again)
    else:  # what was typed is shown, too
        assert again.status_code == 200 and "Already recorded" in again.text
    assert stored(desk, case_id)["version"] == done


def test_every_command_is_tried_here_or_said_why_not(desk: Front) -> None:
    app = desk.office.app
    plans = {
        rule.rule: getattr(app.view_functions[rule.endpoint], "form_plan", None) for rule in app.url_map.iter_rules()
    }
    told = {rule: plan for rule, plan in plans.items() if plan and plan.clash}
    tried = {rule.partition(":")[0] for rule, _, _ in TWICE}
    assert tried | set(NO_STATE) == set(told) and not tried & set(NO_STATE)
    assert {rule for rule, plan in told.items() if not plan.event} == set(NO_STATE)


def test_an_edit_is_not_taken_for_an_answer(desk: Front) -> None:
    """Both are updates of the case; only the one says that nothing is to be answered."""
    case_id = made(desk, "unanswered")
    seen = stored(desk, case_id)["version"]
    edited = desk.office.client.patch(
        f"/intake/api/v1/cases/{case_id}", json={"request": {"reason": "Another"}}, headers=desk.office.as_desk()
    )
    assert edited.status_code == 200
    clerk = desk.sit()
    form = a_form(clerk)
    form.action, form.fields = f"/intake/cases/{case_id}/no-reply-needed", [("csrf", form.values()["csrf"])]
    clash = clerk.send(form, version=str(seen), idempotency_key=new_id())
    assert clash.status_code == 412 and "Already recorded" not in clash.text
    assert stored(desk, case_id).get("unanswered")
