"""A role of a department acts in the departments its account works in: every route of training that such a role opens, own and other."""

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database
from werkzeug.test import TestResponse

from services.training.actions import access
from services.training.rules import departments
from shared.web.access import plan_of
from tests.integration.training_office import API, TrainingOffice

CV = {"code": "cv", "name": {"ja": "履歴書", "en": "Curriculum vitae"}}
FIRST_DAY = "2027-02-01"
APPLICANT, WARD = "01990000-0000-7000-8000-0000000000a1", "01990000-0000-7000-8000-0000000000a2"
OWN, OTHER, BOTH = ("cardiology",), ("surgery",), ("paediatrics", "cardiology")
ELSEWHERE: list[tuple[str, ...]] = [OTHER, ("paediatrics", "surgery"), ()]
PRESENT = {"day": FIRST_DAY, "attended": "present"}
Call = Callable[[TrainingOffice, str, str, Collection[str]], TestResponse]


@pytest.fixture()
def office(mongo_url: str, database: Database, tmp_path: Path) -> TrainingOffice:
    return TrainingOffice(mongo_url, database, tmp_path)


def reviewed(office: TrainingOffice) -> str:
    """Under review, with a paper that a reviewer reads."""
    id_ = office.submitted(office.programme(requirements=[CV]))
    for command in ("check", "review"):
        office.done("POST", f"/applications/{id_}/{command}")
    return id_


def expected_today(office: TrainingOffice) -> str:
    id_ = office.confirmed(office.programme())
    office.on(FIRST_DAY)
    return id_


def here(office: TrainingOffice) -> str:
    return office.active(office.programme())


def attended(office: TrainingOffice) -> str:
    id_ = here(office)
    office.done("POST", f"/applications/{id_}/attendance", PRESENT)
    return id_


def api(method: str, path: str, body: Any = None) -> Call:
    def call(office: TrainingOffice, id_: str, role: str, work: Collection[str]) -> TestResponse:
        paper = next((one["id"] for one in office.stored(id_)["documents"]), "")
        return office.call(method, path.format(id=id_, paper=paper), body, role=role, departments=work, account=WARD)

    return call


def page(path: str) -> Call:
    def call(office: TrainingOffice, id_: str, role: str, work: Collection[str]) -> TestResponse:
        paper = next((one["id"] for one in office.stored(id_)["documents"]), "")
        address = path.format(id=id_, paper=paper)
        return office.visitor(role, departments=work, account=WARD).get(address)

    return call


def form(path: str, **typed: str) -> Call:
    def call(office: TrainingOffice, id_: str, role: str, work: Collection[str]) -> TestResponse:
        visitor = office.visitor(role, departments=work, account=WARD)
        sealed = office.visitor("training").form("/training/", "/training/")  # of the same session
        sealed.action = path.format(id=id_)
        sealed.fields = [field for field in sealed.fields if field[0] != "back"]
        return visitor.send(sealed, **{"version": str(office.stored(id_)["version"]), **typed})

    return call


APPLICATION, RULE = "/applications/{id}", "/training/api/v1/applications/<application_id>"
FILE, PAGE = "/training/applications/{id}", "/training/applications/<application_id>"
REVIEW = {"step": "department", "verdict": "approve"}
EVALUATION = {"of": "trainee", "scores": {"overall": 5}}
BOUND: dict[str, tuple[Callable[[TrainingOffice], str], Call]] = {
    f"GET {RULE}": (reviewed, api("GET", APPLICATION)),
    f"GET {RULE}/papers/<paper_id>": (reviewed, api("GET", APPLICATION + "/papers/{paper}")),
    f"POST {RULE}/give-review": (reviewed, api("POST", f"{APPLICATION}/give-review", REVIEW)),
    f"POST {RULE}/start": (expected_today, api("POST", f"{APPLICATION}/start")),
    f"POST {RULE}/attendance": (here, api("POST", f"{APPLICATION}/attendance", PRESENT)),
    f"POST {RULE}/evaluate": (here, api("POST", f"{APPLICATION}/evaluate", EVALUATION)),
    f"POST {RULE}/complete": (attended, api("POST", f"{APPLICATION}/complete")),
    f"GET {PAGE}": (here, page(FILE)),
    "GET /training/fragments/applications/<application_id>": (here, page("/training/fragments/applications/{id}")),
    "GET /training/fragments/board/<application_id>": (here, page("/training/fragments/board/{id}?version=1")),
    f"GET {PAGE}/papers/<paper_id>": (reviewed, page(FILE + "/papers/{paper}")),
    "POST /training/board/<application_id>/<command>": (expected_today, form("/training/board/{id}/start")),
    f"POST {PAGE}/do/<command>": (attended, form(f"{FILE}/do/complete")),
    f"POST {PAGE}/attendance": (here, form(f"{FILE}/attendance", **PRESENT)),
    f"POST {PAGE}/evaluate": (here, form(f"{FILE}/evaluate", **{"scores.overall": "5"})),
    "POST /training/reviews/<application_id>": (reviewed, form("/training/reviews/{id}", **REVIEW)),
}
"""By route: what there is, and how it is called. One's own answers, another's is 403."""
LISTS = {"GET /training/", "GET /training/fragments/board", "GET /training/reviews", "GET /training/places"}
"""What shows only one's own."""
HOUSES = {"GET /training/api/v1/programmes", "GET /training/api/v1/programmes/<programme_id>"}
"""What is no person's: programmes are there to be known."""


def roles_of(office: TrainingOffice) -> dict[str, frozenset[str]]:
    """By route: the roles of a department that its door lets in."""
    found = {}
    for rule in office.app.url_map.iter_rules():
        view = office.app.view_functions[rule.endpoint]
        roles = plan_of(view).roles & departments.DEPARTMENT_ROLES if hasattr(view, "plan") else frozenset()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"} if roles else ():
            found[f"{method} {rule.rule}"] = roles
    return found


def test_every_route_a_departments_role_opens_is_in_the_table(office: TrainingOffice) -> None:
    assert set(roles_of(office)) == set(BOUND) | LISTS | HOUSES


@pytest.mark.parametrize("route", BOUND)
def test_one_s_own_is_done_and_anothers_refused(office: TrainingOffice, route: str) -> None:
    """The refused come first: nothing of what they asked for happened."""
    there_is, call = BOUND[route]
    id_ = there_is(office)
    before = office.stored(id_)
    roles = sorted(roles_of(office)[route])
    for role in roles:
        for work in ELSEWHERE:
            answer = call(office, id_, role, work)
            assert answer.status_code == 403, (route, role, work, answer.status_code, answer.text[:500])
            assert "cardiology" in answer.text.lower(), (route, role, work, answer.text[:2000])
            assert office.stored(id_) == before
    done = call(office, id_, roles[0], BOTH)
    assert done.status_code < 400, (route, roles[0], done.status_code, done.text[:500])
    if not route.startswith("GET"):
        assert office.stored(id_)["version"] > before["version"], route


@pytest.mark.parametrize("route", [route for route in BOUND if "/api/" in route])
def test_the_problem_names_the_department_and_who_sets_it(office: TrainingOffice, route: str) -> None:
    there_is, call = BOUND[route]
    id_ = there_is(office)
    for role in roles_of(office)[route]:
        for work, told in ((OTHER, "works in surgery"), ((), "works in no department")):
            answer = call(office, id_, role, work)
            assert answer.status_code == 403 and answer.content_type == "application/problem+json"
            assert answer.json["type"].endswith("other-department")
            for words in ("works in cardiology", told, "An admin sets"):
                assert words in answer.json["detail"], answer.json


@pytest.mark.parametrize(("language", "words"), [("en", "This belongs to Cardiology"), ("ja", "cardiologyの担当です")])
def test_a_page_says_it_in_the_readers_language(office: TrainingOffice, language: str, words: str) -> None:
    id_ = here(office)
    text = office.visitor("department", departments=OTHER, language=language).get(FILE.format(id=id_)).text
    assert words in text, text


def test_lists_show_ones_own_and_count_as_many(office: TrainingOffice) -> None:
    mine = office.confirmed(office.programme())
    theirs = office.confirmed(office.programme(department="surgery"), **office.other_person(2))
    office.on(FIRST_DAY)
    for id_ in (mine, theirs):
        office.done("POST", f"/applications/{id_}/start")
    for work, seen in (
        (OWN, {mine}),
        (OTHER, {theirs}),
        ((*OWN, *OTHER), {mine, theirs}),
        (("paediatrics",), set()),
        ((), set()),
    ):
        ward = office.visitor("department", departments=work)
        for path in ("/training/", "/training/fragments/board"):
            text = ward.get(path).text
            assert {id_ for id_ in (mine, theirs) if f"a-{id_}" in text} == seen, (path, work)
            assert (f'<span class="figure">{len(seen)}</span>' in text) == bool(seen), (path, work)
        assert ("Your account has no department yet" in ward.get("/training/").text) == (not work)
        options = ward.get("/training/").text
        assert ('value="surgery"' in options) == ("surgery" in work)
    for role in ("training", "chief"):
        text = office.visitor(role, departments=()).get("/training/").text
        assert f"a-{mine}" in text and f"a-{theirs}" in text


def test_reviews_that_wait_are_those_of_ones_own_departments(office: TrainingOffice) -> None:
    mine = reviewed(office)
    theirs = office.submitted(office.programme(department="surgery"), **office.other_person(2))
    for command in ("check", "review"):
        office.done("POST", f"/applications/{theirs}/{command}")
    for role in ("reviewer", "department"):
        for work, seen in ((OWN, {mine}), (OTHER, {theirs}), ((*OWN, *OTHER), {mine, theirs}), ((), set())):
            text = office.visitor(role, departments=work).get("/training/reviews").text
            assert {id_ for id_ in (mine, theirs) if f'id="r-{id_}"' in text} == seen, (role, work)
            assert ("Your account has no department yet" in text) == (not work)


def test_places_are_those_of_ones_own_departments(office: TrainingOffice) -> None:
    for code in ("cardiology", "surgery"):
        office.programme(department=code, title={"en": f"Looking on in {code}", "ja": f"{code} 見学"})
    for role in ("department", "reviewer"):
        for work in (OWN, OTHER, (*OWN, *OTHER), ()):
            text = office.visitor(role, departments=work).get("/training/places?month=2027-02").text
            for code in ("cardiology", "surgery"):
                assert (f'id="d-{code}"' in text) == (code in work), (role, work, code)
                assert (f"Looking on in {code}" in text) == (code in work), (role, work, code)
    text = office.visitor("chief", departments=()).get("/training/places?month=2027-02").text
    assert 'id="d-cardiology"' in text and 'id="d-surgery"' in text


@pytest.mark.parametrize(
    "roles", [("training",), ("chief",), ("admin",), ("training", "department"), ("chief", "reviewer")]
)
def test_the_house_reads_in_every_department_whatever_the_account_works_in(
    office: TrainingOffice, roles: tuple[str, ...]
) -> None:
    id_ = here(office)
    for work in ((), OTHER, OWN):
        assert office.visitor(*roles, departments=work).get(FILE.format(id=id_)).status_code == 200
        header = {"Authorization": f"Bearer {office.token(*roles, departments=work)}"}
        assert office.client.get(f"{API}/applications/{id_}", headers=header).status_code == 200


@pytest.mark.parametrize(("roles", "allowed"), [(("training",), True), (("admin",), True), (("chief", "department"), False), (("training", "department"), True)])  # fmt: skip
def test_what_the_house_does_it_does_by_a_role_of_the_house(
    office: TrainingOffice, roles: tuple[str, ...], allowed: bool
) -> None:
    """A chief who is also a department's reads everything, and writes down attendance in their own department alone."""
    id_ = here(office)
    header = {"Authorization": f"Bearer {office.token(*roles, departments=OTHER)}"}
    answer = office.client.post(f"{API}/applications/{id_}/attendance", json=PRESENT, headers=header)
    assert answer.status_code == (200 if allowed else 403), answer.text


# rotations


def rotating(office: TrainingOffice) -> str:
    """A programme of cardiology: a week there by the plan, one in surgery, one in paediatrics, the rest in cardiology again."""
    rotations = [
        {"department": "surgery", "first_day": "2027-02-08", "last_day": "2027-02-12"},
        {"department": "paediatrics", "first_day": "2027-02-15", "last_day": "2027-02-19"},
    ]
    return office.active(office.programme(), rotations=rotations)


DAYS = {
    "2027-02-01": "cardiology",
    "2027-02-08": "surgery",
    "2027-02-12": "surgery",
    "2027-02-15": "paediatrics",
    "2027-02-22": "cardiology",
}


@pytest.mark.parametrize("work", ["cardiology", "surgery", "paediatrics", "dermatology"])
def test_a_day_is_written_down_by_the_department_of_that_day(office: TrainingOffice, work: str) -> None:
    id_ = rotating(office)
    office.on("2027-02-25")
    for day, department in DAYS.items():
        body = {"day": day, "attended": "present"}
        answer = office.call("POST", f"/applications/{id_}/attendance", body, role="department", departments=(work,))
        assert answer.status_code == (200 if work == department else 403), (day, work, answer.text)
        if work != department:
            assert f"works in {department};" in answer.json["detail"]
    seen = office.call("POST", f"/applications/{id_}/evaluate", EVALUATION, role="department", departments=(work,))
    assert seen.status_code == (403 if work == "dermatology" else 200)


def test_the_board_and_the_page_offer_what_one_s_department_may_do_today(office: TrainingOffice) -> None:
    id_ = rotating(office)
    for today, department in (("2027-02-02", "cardiology"), ("2027-02-09", "surgery"), ("2027-02-16", "paediatrics")):
        office.on(today)
        for work in ("cardiology", "surgery", "paediatrics"):
            ward = office.visitor("department", departments=(work,))
            board, whole = ward.get("/training/").text, ward.get(FILE.format(id=id_)).text
            assert f"a-{id_}" in board
            assert (f"/training/board/{id_}/present" in board) == (work == department), (today, work)
            assert (f'name="day" value="{today}"' in whole) == (work == department), (today, work)
        assert f"/training/board/{id_}/present" in office.visitor("training").get("/training/").text


def test_what_the_store_finds_is_what_the_rule_says(office: TrainingOffice) -> None:
    """Every mix of departments of an application and of where who goes abroad works, against every mix of an account's."""
    known = ("cardiology", "surgery", "paediatrics")
    plans: list[dict[str, Any]] = [
        {"direction": direction, "department": own, "rotations": [{"department": one} for one in rotations]}
        | {"applicant_id": account}
        | ({"applicant_departments": ["surgery"]} if account == "ped" else {})  # as it was kept once
        for direction in ("in", "out")
        for own in (None, "cardiology")
        for rotations in ((), ("surgery",), ("surgery", "paediatrics"))
        for account in (None, "unheard", "none", "ped")
    ]
    office.database.people.insert_many(
        [{"_id": "none", "departments": []}, {"_id": "ped", "departments": ["paediatrics"]}]
    )
    office.database.applications.insert_many(
        [plan | {"_id": str(at), "reference": str(at), "status": "confirmed"} for at, plan in enumerate(plans)]
    )
    for work in ((), *((code,) for code in known), known[:2], known):
        found = {int(one["_id"]) for one in office.deps.store.board_applications({}, 1000, frozenset(work))}
        ruled = {
            at
            for at, plan in enumerate(access.with_homes(office.deps, plans))
            if departments.effective_roles(departments.DEPARTMENT_ROLES, work, departments.departments_of(plan))
        }
        assert found == ruled, work
    assert len(office.deps.store.board_applications({}, 1000)) == len(plans)


# reviewers


def test_who_is_named_answers_and_reads_wherever_they_work(office: TrainingOffice) -> None:
    named = {"order": "parallel", "steps": ["department", "chief"], "reviewers": {"department": [WARD]}}
    id_ = office.submitted(office.programme(review=named))
    for command in ("check", "review"):
        office.done("POST", f"/applications/{id_}/{command}")
    for work in (OTHER, ()):
        assert office.call("GET", f"/applications/{id_}", role="reviewer", account=WARD, departments=work).status_code == 200  # fmt: skip
        assert office.call("GET", f"/applications/{id_}", role="reviewer", departments=work).status_code == 403
    told = office.done(
        "POST", f"/applications/{id_}/give-review", REVIEW, role="reviewer", account=WARD, departments=OTHER
    )
    assert [one["step"] for one in told["reviews"]] == ["department"] and "written" in told


def test_who_judged_and_went_to_another_department_reads_no_more(office: TrainingOffice) -> None:
    id_ = reviewed(office)
    office.done("POST", f"/applications/{id_}/give-review", REVIEW, role="reviewer", account=WARD)
    assert office.call("GET", f"/applications/{id_}", role="reviewer", account=WARD).status_code == 200
    assert office.call("GET", f"/applications/{id_}", role="reviewer", account="else").status_code == 404
    moved = office.call("GET", f"/applications/{id_}", role="reviewer", account=WARD, departments=OTHER)
    assert moved.status_code == 403


@pytest.mark.parametrize(
    ("home", "work", "allowed"),
    [
        (["surgery"], ("surgery",), True),
        (["surgery", "paediatrics"], ("paediatrics",), True),
        (["surgery"], ("cardiology",), False),
        (["surgery"], (), False),
        ([], ("cardiology",), True),
        ([], (), False),
        (None, ("surgery",), True),
        (None, (), False),
    ],
)
def test_who_goes_abroad_is_approved_by_their_own_department_where_it_is_known(
    office: TrainingOffice, home: list[str] | None, work: tuple[str, ...], allowed: bool
) -> None:
    id_ = going(office, home)
    answer = office.call("POST", f"/applications/{id_}/give-review", REVIEW, role="department", departments=work)
    assert answer.status_code == (200 if allowed else 403), answer.text


def test_a_refusal_comes_before_how_it_stands(office: TrainingOffice) -> None:
    """No state, no version, no step of another department's application is told."""
    id_ = office.submitted(office.programme())
    for command, body in (("start", None), ("complete", None), ("attendance", PRESENT), ("evaluate", EVALUATION), ("give-review", REVIEW)):  # fmt: skip
        for headers in ({}, {"If_Match": '"1"'}):
            answer = office.call("POST", f"/applications/{id_}/{command}", body, role="department", departments=OTHER, **headers)  # fmt: skip
            assert answer.status_code == 403 and "allowed" not in answer.json, (command, answer.text)


# what others may know of a refusal, and of what they refused


@pytest.mark.parametrize("step", ["department", "chief"])
def test_no_step_of_another_departments_review_tells_how_it_stands(office: TrainingOffice, step: str) -> None:
    """The chief's step too, which is no reviewer's anywhere: in every state, of every version."""
    id_, body = office.submitted(office.programme()), {"step": step, "verdict": "approve"}
    for command in (None, "check", "review", "withdraw"):
        if command:
            office.done(
                "POST", f"/applications/{id_}/{command}", {"reason": "other"} if command == "withdraw" else None
            )
        for role in ("reviewer", "department"):
            for work in ELSEWHERE:
                for headers in ({}, {"If_Match": '"1"'}):
                    answer = office.call("POST", f"/applications/{id_}/give-review", body, role=role, departments=work, **headers)  # fmt: skip
                    assert answer.status_code == 403 and answer.json["type"].endswith("other-department"), answer.text
                    assert not {"allowed", "current", "waiting"} & set(answer.json), answer.json
                call = form("/training/reviews/{id}", step=step, verdict="approve", version="1")
                page_of = call(office, id_, role, work)
                assert page_of.status_code == 403 and "Began" not in page_of.text, page_of.text


@pytest.mark.parametrize("step", ["department", "chief"])
def test_a_clash_is_told_to_who_may_read_and_of_others_not_even_the_history(office: TrainingOffice, step: str) -> None:
    """In one's own department, but not a reviewer's to read: the form was never theirs."""
    id_ = office.submitted(office.programme())
    office.done("POST", f"/applications/{id_}/check")

    def sent(role: str) -> TestResponse:
        visitor = office.visitor(role, account=WARD)
        sealed = office.visitor("training").form("/training/", "/training/")
        sealed.action = f"/training/reviews/{id_}"
        sealed.fields = [field for field in sealed.fields if field[0] != "back"]
        return visitor.send(sealed, version="1", step=step, verdict="approve")

    for role in ("reviewer", "department"):
        assert "Started the document check" not in sent(role).text, role
    assert "Started the document check" in sent("chief").text
    office.done("POST", f"/applications/{id_}/review")
    for role in ("reviewer", "department"):
        answer = sent(role)
        assert answer.status_code == 412 and "Started the document check" in answer.text, (role, answer.text)


def test_who_is_of_the_house_too_is_refused_a_departments_step_elsewhere_by_its_name(office: TrainingOffice) -> None:
    id_ = reviewed(office)
    token = office.token("chief", "reviewer", account=WARD, departments=OTHER)
    header = {"Authorization": f"Bearer {token}"}
    answers = [
        office.client.post(f"{API}/applications/{id_}/give-review", json=REVIEW | {"step": step}, headers=header)
        for step in ("department", "chief")
    ]
    assert answers[0].status_code == 403 and answers[0].json["type"].endswith("other-department")
    assert answers[1].status_code == 409 and answers[1].json["type"].endswith("review-not-ready"), answers[1].text


# who goes abroad


def going(office: TrainingOffice, home: Collection[str] | None, **of_programme: Any) -> str:
    """One of the house, who works in `home`, asks to go abroad; under review."""
    host = office.organization()
    asked = {"kind": "overseas", "department": None, "organization_id": host, "country": "DE"} | of_programme
    account = {"username": "mori.aya", "roles": ["reviewer"], "sequence": 1}
    account |= {} if home is None else {"departments": list(home)}
    office.database.people.replace_one({"_id": APPLICANT}, account, upsert=True)
    id_ = office.submitted(
        office.programme(**asked),
        applicant_id=APPLICANT,
        nationality="JP",
        risk_note="None in force.",
        emergency_contact={"name": "MORI Ken", "relation": "father", "phone": "+81 3-3456-7890"},
    )
    office.agreement(host)
    for command in ("check", "review"):
        office.done("POST", f"/applications/{id_}/{command}")
    return id_


@pytest.mark.parametrize("home", [("surgery",), ("surgery", "paediatrics")])
def test_no_department_that_they_chose_says_that_they_may_go(office: TrainingOffice, home: tuple[str, ...]) -> None:
    id_ = going(office, home, department="cardiology")
    (started,) = [entry["data"] for entry in office.stored(id_)["outbox"] if "review_started" in entry["type"]]
    assert sorted(started["departments"]) == sorted(home)
    for role in ("reviewer", "department"):
        ward = office.visitor(role, account=WARD, departments=OWN)
        assert f'id="r-{id_}"' not in ward.get("/training/reviews").text
        answer = office.call("POST", f"/applications/{id_}/give-review", REVIEW, role=role, departments=OWN)
        assert answer.status_code == 403 and "works in " + " or ".join(sorted(home)) in answer.json["detail"]
        assert f'id="r-{id_}"' in office.visitor(role, departments=home[-1:]).get("/training/reviews").text
    office.done("POST", f"/applications/{id_}/give-review", REVIEW, role="department", departments=home[-1:])


@pytest.mark.parametrize("role", ["reviewer", "department", "chief", "admin"])
def test_nobody_judges_themselves(office: TrainingOffice, role: str) -> None:
    order = {"order": "parallel", "steps": ["department", "chief"], "reviewers": {"department": [APPLICANT]}}
    for review in (None, order):
        id_ = going(office, ("surgery",), **({"review": review} if review else {}))
        own = {"role": role, "account": APPLICANT, "departments": ("surgery",)}
        assert f'id="r-{id_}"' not in office.visitor(role, account=APPLICANT, departments=OTHER).get("/training/reviews").text  # fmt: skip
        for step in ("department", "chief") if review else ("department",):
            answer = office.call("POST", f"/applications/{id_}/give-review", REVIEW | {"step": step}, **own)
            assert answer.status_code == 409 and answer.json["type"].endswith("not-your-review"), answer.text
        assert office.stored(id_)["reviews"] == []
        office.done("POST", f"/applications/{id_}/withdraw", {"reason": "other"})


@pytest.mark.parametrize("role", ["reviewer", "department"])
@pytest.mark.parametrize("work", [OTHER, OWN, ()])
def test_who_is_named_says_whether_they_may_go_wherever_they_work(
    office: TrainingOffice, role: str, work: tuple[str, ...]
) -> None:
    named = {"order": "in_order", "steps": ["department", "chief"], "reviewers": {"department": [WARD]}}
    id_ = going(office, ("paediatrics",), review=named)
    by = {"role": role, "account": WARD, "departments": work}
    assert f'id="r-{id_}"' in office.visitor(role, account=WARD, departments=work).get("/training/reviews").text
    office.done("POST", f"/applications/{id_}/give-review", REVIEW, **by)


def test_where_they_work_is_asked_when_it_is_judged(office: TrainingOffice) -> None:
    """Set after they applied, as an upgrade does, and changed again: page, list, board and command follow the account."""
    id_ = going(office, None)
    office.database.applications.update_one({"_id": id_}, {"$set": {"applicant_departments": ["cardiology"]}})
    known = ("cardiology", "surgery", "paediatrics")
    for home in ([], ["surgery"], ["paediatrics"], ["surgery", "cardiology"]):
        office.database.people.update_one({"_id": APPLICANT}, {"$set": {"departments": home}})
        for work in known:
            listed = office.visitor("department", departments=(work,)).get("/training/reviews").text
            assert (f'id="r-{id_}"' in listed) == (work in home or not home), (home, work)
            if home and work not in home:
                refused = office.call("POST", f"/applications/{id_}/give-review", REVIEW, role="reviewer", departments=(work,))  # fmt: skip
                assert refused.status_code == 403, (home, work)
    office.database.applications.update_one({"_id": id_}, {"$set": {"status": "active"}})
    for home in (["surgery"], ["paediatrics"]):
        office.database.people.update_one({"_id": APPLICANT}, {"$set": {"departments": home}})
        for work in known:
            ward = office.visitor("department", departments=(work,))
            assert (f"a-{id_}" in ward.get("/training/").text) == (work in home), (home, work)
            assert ward.get(FILE.format(id=id_)).status_code == (200 if work in home else 403), (home, work)


def test_a_list_asks_where_they_work_once_however_many_it_has(
    office: TrainingOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies, asked, seen = type(office.deps.store.copies), [], []
    look_up = copies.departments_of

    def noted(self: Any, account_ids: Any) -> dict[str, list[str]]:
        asked.append(1)
        return look_up(self, account_ids)

    monkeypatch.setattr(copies, "departments_of", noted)
    for more in (1, 1, 3):
        for _ in range(more):
            going(office, ("surgery",))
        asked.clear()
        assert office.visitor("reviewer", departments=OTHER).get("/training/reviews").text.count('id="r-') >= more
        seen.append(len(asked))
    assert seen[0] == seen[1] == seen[2] <= 4, seen
