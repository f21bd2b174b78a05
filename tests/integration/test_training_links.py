"""Applicants' links: the newest that was sent counts, on every route behind one; a browser goes on for its day; nothing typed is lost;
what tells who they are asks a second thing known."""

import io
import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from pymongo.database import Database
from werkzeug.test import TestResponse

from services.training.actions import links, safety, second_check
from services.training.rules import links as rules
from services.training.store.links import was_sent
from shared import signed_links
from shared.ui.blueprint import page_rules
from tests.integration.test_training_public import issue as issue_certificate
from tests.integration.training_office import TrainingOffice
from tests.sample_files import PDF
from tests.visitor import Form, Visitor, forms_of

HOME = "/training/application"
TYPED = "Typed with care before the mail came"
NEVER_SHOWN = (
    "1990-05-17",
    "NGUYEN",
    "Nguyễn",
    "C1234567",
    "hoa@lotus",
    "Lotus Hospital",
    "heart team",
    "passport-of-hoa",
)
"""What tells who somebody is, of the application of these tests."""


@pytest.fixture
def office(mongo_url: str, database: Database[dict[str, Any]]) -> TrainingOffice:
    return TrainingOffice(mongo_url, database)


def mailed(office: TrainingOffice, id_: str) -> str:
    """The path in one more mail, which was taken, and heard of."""
    link, number = links.issue(office.parts, office.stored(id_), office.now)
    office.database.links_sent.bulk_write([was_sent(id_, number, office.now)])
    return link.removeprefix("http://127.0.0.1:8000")


def plain_link(office: TrainingOffice, id_: str) -> str:
    """A link as it was mailed before they had numbers."""
    until = (office.now + timedelta(days=400)).replace(microsecond=0)
    link = signed_links.Link(id_, office.stored(id_)["link_id"], until)
    return f"{HOME}/{signed_links.token_of(office.parts.secrets.links, link)}"


def posted(visitor: Visitor, path: str, **typed: Any) -> TestResponse:
    """A form of ours sent to this path."""
    form = Form({"action": path, "method": "post"})
    form.fields = [pair for pair in visitor.form(HOME, HOME).fields if pair[0] in ("csrf", "idempotency_key")]
    return visitor.send(form, **typed)


def a_stay(office: TrainingOffice) -> tuple[str, str]:
    """An application with everything a route may lead to: a paper, a certificate, a question whether they are safe."""
    id_ = office.active(office.programme())
    office.done("POST", f"/applications/{id_}/attendance", {"day": "2027-02-01", "attended": "present"})
    office.done("POST", f"/applications/{id_}/complete")
    issue_certificate(office, id_)
    entry = {
        "asking_id": "0197f0a0-0000-7000-8000-0000000000aa",
        "asked_at": office.now,
        "answer": None,
        "answered_at": None,
    }
    office.database.applications.update_one({"_id": id_}, {"$set": {"safety": [entry]}})
    assert safety.last_round(office.stored(id_))
    assert office.upload(id_, "report", name="passport-of-hoa.pdf").status_code == 200
    return id_, str(office.stored(id_)["papers"][-1]["id"])


def routes(office: TrainingOffice, paper: str) -> Iterator[tuple[str, str]]:
    """(method, what follows the link) of every route behind an applicant's link."""
    house = office.app.extensions["imc"]
    for rule in page_rules(house, office.app):
        if "<token>" in rule.rule:
            path = rule.rule.replace("<paper_id>", paper).replace("<code>", "report")
            yield ("POST" if "POST" in rule.methods else "GET"), path


def called(visitor: Visitor, method: str, path: str, here: str) -> TestResponse:
    path = path.replace("<token>", here.rpartition("/")[2])
    return visitor.get(path) if method == "GET" else posted(visitor, path, text=TYPED)


def test_every_route_opens_with_the_newest_and_with_no_other(office: TrainingOffice) -> None:
    other = office.application(office.programme(), **office.other_person(7))
    id_, paper = a_stay(office)
    every = list(routes(office, paper))
    assert len(every) == 17 and {method for method, _ in every} == {"GET", "POST"}
    before = plain_link(office, id_)
    older, newest = mailed(office, id_), mailed(office, id_)
    token = newest.rpartition("/")[2]
    tampered = f"{HOME}/{token[:30]}{'B' if token[30] != 'B' else 'C'}{token[31:]}"
    mailed(office, other)
    theirs = office.visitor()  # has the other one's application open
    for kind in (links.OPENED, links.KNOWN):
        theirs.cookie(*links.cookie(office.parts, office.stored(other), kind, office.now))
    for method, path in every:
        answer = called(office.visitor(), method, path, newest)
        assert answer.status_code in (200, 303, 403, 409, 413, 415, 422), (method, path, answer.status_code)
        for visitor, here, status in (
            (office.visitor(), older, 410),
            (office.visitor(), before, 410),
            (theirs, older, 410),
            (office.visitor(), tampered, 404),
        ):
            answer = called(visitor, method, path, here)
            assert answer.status_code == status, (method, path, status, answer.status_code)
            assert "Set-Cookie" not in answer.headers or links.OPENED not in str(answer.headers.getlist("Set-Cookie"))
            assert not [word for word in NEVER_SHOWN if word in answer.text], (method, path)
            if "/fragments/" not in path:
                assert ("A newer link was sent" in answer.text) is (status == 410), (method, path)
                assert method == "GET" or TYPED in answer.text, (path, "what was typed is lost")
    office.done("POST", f"/applications/{id_}/end-links")
    assert [called(office.visitor(), method, path, newest).status_code for method, path in every] == [404] * len(every)
    again = mailed(office, id_)
    assert office.visitor().get(again).status_code == 200
    office.move(days=91)
    assert [called(office.visitor(), method, path, again).status_code for method, path in every] == [404] * len(every)


def test_a_form_s_address_that_is_opened_says_as_the_page_does_what_a_link_opens(office: TrainingOffice) -> None:
    id_, paper = a_stay(office)
    older, newest = mailed(office, id_), mailed(office, id_)
    forms = [path for method, path in routes(office, paper) if method == "POST"]
    assert len(forms) > 5
    for path in forms:
        answer = called(office.visitor(), "GET", path, older)
        assert answer.status_code == 410 and "A newer link was sent" in answer.text, (path, answer.status_code)
        assert called(office.visitor(), "GET", path, newest[:-4] + "AAAA").status_code == 404, path
        answer = called(office.visitor(), "GET", path, newest)
        assert answer.status_code in (200, 303, 403), (path, answer.status_code)
        assert links.OPENED in str(answer.headers.getlist("Set-Cookie")), (path, "the browser may go on with it")


@pytest.mark.parametrize("language", ["ja", "en"])
def test_an_older_link_says_so_in_the_readers_language_and_leads_to_the_form(
    office: TrainingOffice, language: str
) -> None:
    id_ = office.application(office.programme())
    older = mailed(office, id_)
    mailed(office, id_)
    answer = office.visitor(language=language).get(older)
    assert answer.status_code == 410 and f'href="{HOME}"' in answer.text and 'aria-pressed="true"' in answer.text
    assert ("新しいリンクをお送りしています" if language == "ja" else "A newer link was sent") in answer.text
    assert "hoa@" not in answer.text and "no-store" in answer.headers["Cache-Control"]


def test_a_link_without_a_number_opens_until_a_newer_one_was_sent(office: TrainingOffice) -> None:
    id_ = office.application(office.programme())
    before = plain_link(office, id_)
    assert office.visitor().get(before).status_code == 200
    link, number = links.issue(office.parts, office.stored(id_), office.now)
    assert office.visitor().get(before).status_code == 200, "issued, and not sent: the one they have still counts"
    office.database.links_sent.bulk_write([was_sent(id_, number, office.now)])
    assert office.visitor().get(before).status_code == 410
    assert office.visitor().get(link.removeprefix("http://127.0.0.1:8000")).status_code == 200


@pytest.mark.parametrize("seed", range(6))
def test_whatever_happens_in_whatever_order_only_what_counts_opens(office: TrainingOffice, seed: int) -> None:
    """Issued, sent (heard of late and out of order), asked for, ended: a link opens if nothing later was sent or asked for."""
    chance, id_ = random.Random(seed), office.application(office.programme())
    issued: list[tuple[str, int]] = []
    since, ended, waiting = 0, 0, []
    for _ in range(25):
        act = chance.choice(["issue", "issue", "sent", "sent", "ask", "end"] if _ % 8 == 7 else ["issue", "sent"])
        if act == "issue":
            link, number = links.issue(office.parts, office.stored(id_), office.now)
            issued.append((link.rpartition("/")[2], number))
            waiting.append(number)
        elif act == "sent" and waiting:
            number = waiting.pop(chance.randrange(len(waiting)))
            office.database.links_sent.bulk_write([was_sent(id_, number, office.now)])
            since = max(since, number)
        elif act == "ask":
            links.send_link(office.parts, id_, office.origin())
            since = max(since, len(issued) + 1)
        elif act == "end":
            links.end_links(office.parts, id_, office.origin())
            ended = len(issued)
        opens = [n for token, n in issued if _opens(office, token)]
        assert opens == [n for _, n in issued if n >= since and n > ended], (seed, act, since, ended)


def _opens(office: TrainingOffice, token: str) -> bool:
    try:
        links.open_link(office.parts, token, office.now, {})
    except signed_links.NoSuchLink:
        return False
    return True


# a browser that has it open


def test_a_form_that_is_open_goes_on_for_the_day_and_no_longer(office: TrainingOffice) -> None:
    id_ = office.application(office.programme())
    visitor, here = office.applicant(id_), mailed(office, id_)
    form = visitor.form(f"{here}?step=plan", f"{here}/plan")
    office.move(hours=3)
    newest = mailed(office, id_)
    assert visitor.send(form, motivation=TYPED).status_code == 303
    assert TYPED in visitor.get(f"{here}?step=plan").text
    assert office.visitor().get(here).status_code == 410, "another browser"
    office.move(hours=9)
    later = visitor.send(visitor.form(HOME, HOME), email="x@y.example") and visitor.get(here)
    assert later.status_code == 410
    assert visitor.get(newest).status_code == 200


def test_what_is_held_goes_as_it_is_once_the_newest_was_opened(office: TrainingOffice) -> None:
    id_ = office.application(office.programme())
    visitor, here = office.applicant(id_), mailed(office, id_)
    form = visitor.form(f"{here}?step=plan", f"{here}/plan")
    office.move(days=1)
    newest = mailed(office, id_)
    refused = visitor.send(form, motivation=TYPED)
    assert refused.status_code == 410 and TYPED in refused.text
    held = next(one for one in _forms(refused) if one.action == f"{here}/plan")
    assert visitor.send(held).status_code == 410, "nothing has changed yet"
    answered(visitor, newest, "1990-05-17")
    assert visitor.send(held).status_code == 303
    assert TYPED in visitor.get(f"{newest}?step=plan").text


def test_the_office_ends_browsers_too_and_may_send_a_new_link(office: TrainingOffice) -> None:
    id_ = office.application(office.programme())
    visitor, here = office.applicant(id_), mailed(office, id_)
    assert visitor.get(f"{here}?step=plan").status_code == 200
    desk = office.visitor("training")
    page = f"/training/applications/{id_}"
    answer = desk.send(desk.form(page, f"{page}/end-links"))
    assert answer.status_code == 303 and answer.headers["Location"] == f"{page}#links"
    assert visitor.get(here).status_code == 404 and office.said(id_)[-1] == "application.links_ended"
    assert "Ended all links to the application" in desk.get(page).text
    assert desk.send(desk.form(page, f"{page}/send-link")).status_code == 303
    assert office.said(id_)[-1] == "application.link_asked"
    assert office.visitor().get(mailed(office, id_)).status_code == 200
    for role in ("chief", "department", "reviewer", "front_desk"):
        for command in ("end-links", "send-link"):
            assert office.call("POST", f"/applications/{id_}/{command}", role=role).status_code == 403, role


def test_asking_again_ends_those_before_at_once(office: TrainingOffice) -> None:
    id_ = office.application(office.programme())
    here = mailed(office, id_)
    office.parts.store.links.ask(office.stored(id_)["mail"], office.now)
    office.run(links.send_links)
    assert office.visitor().get(here).status_code == 410
    assert office.visitor().get(mailed(office, id_)).status_code == 200


@pytest.mark.parametrize(
    ("days", "state", "opens"),
    [(89, "draft", True), (90, "draft", False), (41, "withdrawn", True), (42, "withdrawn", False), (42, "rejected", False), (42, "untold", True)],
)  # fmt: skip
def test_a_link_lasts_as_its_application_stands(office: TrainingOffice, days: int, state: str, opens: bool) -> None:
    programme = office.programme()
    id_ = office.application(programme) if state == "draft" else office.reviewed(programme)
    if state == "withdrawn":
        office.done("POST", f"/applications/{id_}/withdraw", {"reason": "applicant"})
    elif state != "draft":
        office.done("POST", f"/applications/{id_}/reject", {"reason": "other"})
    if state == "rejected":
        office.done("POST", f"/applications/{id_}/announce")
    here = mailed(office, id_)
    office.move(days=days)
    assert office.visitor().get(here).status_code == (200 if opens else 404)
    assert timedelta(days=100) > rules.LASTS and rules.LASTS_AFTER_END < rules.LASTS


# the second thing known


def _forms(answer: TestResponse) -> list[Form]:
    return forms_of(answer.text)


def answered(visitor: Visitor, here: str, answer: str) -> TestResponse:
    return visitor.send(visitor.form(f"{here}/known", f"{here}/known"), answer=answer)


def test_no_page_tells_who_it_is_before_they_answered(office: TrainingOffice) -> None:
    draft, sent = office.application(office.programme()), office.submitted(office.programme())
    id_, paper = a_stay(office)
    for made in (id_, draft, sent):
        here, visitor = mailed(office, made), office.visitor()
        for path in (
            here,
            *(f"{here}?step={step}" for step in ("you", "plan", "papers", "send")),
            f"{here}/known",
            f"{here}/withdraw",
            f"{here}/safe",
        ):
            page = visitor.get(path)
            assert page.status_code == 200 and not [word for word in NEVER_SHOWN if word in page.text], path
    here, visitor = mailed(office, id_), office.visitor()
    for path in (f"files/{paper}", "certificate"):
        refused = visitor.get(f"{here}/{path}")
        assert refused.status_code == 303 and refused.headers["Location"].startswith(f"{here}/known"), path
        assert b"%PDF" not in refused.data
    assert answered(visitor, here, "1990/5/17").status_code == 303
    for path in (f"files/{paper}", "certificate"):
        assert visitor.get(f"{here}/{path}").data == PDF, path
    assert "passport-of-hoa" in visitor.get(here).text


@pytest.mark.parametrize(
    ("written", "right", "words"),
    [({}, "17 May 1990", "date of birth"), ({"birth_date": None}, "Nguyen", "family name"), ({"birth_date": None, "name": None}, "c1234567", "passport")],
)  # fmt: skip
def test_a_wrong_answer_is_cleared_and_tells_nothing(
    office: TrainingOffice, written: dict[str, Any], right: str, words: str
) -> None:
    id_ = office.application(office.programme())
    changes = dict.fromkeys(written)
    if changes:
        office.done(
            "PATCH",
            f"/applications/{id_}",
            changes if "name" not in changes else changes | {"name": dict.fromkeys(("latin", "native"))},
        )
    here, visitor = mailed(office, id_), office.visitor()
    said = office.said(id_)
    pages = []
    for wrong in ("1990-05-18", "Tran", "X7654321"):
        page = answered(visitor, here, wrong)
        assert page.status_code == 422 and wrong not in page.text and words in page.text, wrong
        pages.append(page.status_code)
    right = "1990-05-17" if not written else right
    assert answered(visitor, here, right).status_code == 303
    assert "/known" not in visitor.get(f"{here}?step=you").text
    assert office.said(id_) == said, "the office learns nothing of it"
    office.move(hours=12)
    assert f"{here}/known" in visitor.get(f"{here}?step=you").text, "another day"


def test_answers_are_counted_per_application_right_ones_too(office: TrainingOffice) -> None:
    first, second = (
        office.application(office.programme()),
        office.application(office.programme(), **office.other_person(2)),
    )
    here = mailed(office, first)
    statuses = [
        answered(office.visitor(), here, f"1980-01-{n + 1:02}").status_code for n in range(second_check.TRIES.hour)
    ]
    assert statuses == [422] * second_check.TRIES.hour
    refused = answered(office.visitor(), here, "1990-05-17")
    assert refused.status_code == 422 and "an hour" in refused.text
    other = mailed(office, second)
    born = office.done("GET", f"/applications/{second}")["written"]["birth_date"]
    assert answered(office.visitor(), other, born).status_code == 303
    office.move(hours=1)
    assert answered(office.visitor(), here, "1990-05-17").status_code == 303


def test_a_form_of_yesterday_is_held_and_goes_with_the_answer(office: TrainingOffice) -> None:
    id_ = office.application(office.programme())
    visitor, here = office.applicant(id_), mailed(office, id_)
    form = visitor.form(f"{here}?step=plan", f"{here}/plan")
    office.move(days=1)
    for wrong in (None, "1980-01-01"):
        held = visitor.send(form, motivation=TYPED)
        assert held.status_code == 403 and TYPED in held.text and "C1234567" not in held.text
        form = next(one for one in _forms(held) if one.action == f"{here}/plan")
        if wrong:
            assert visitor.send(form, known_answer=wrong).status_code == 403
    assert visitor.send(form, known_answer="1990-05-17").status_code == 303
    assert TYPED in visitor.get(f"{here}?step=plan").text, "and this browser is known now"


def test_papers_are_brought_and_safety_is_told_without_a_question(office: TrainingOffice) -> None:
    requirement = {"code": "insurance", "name": {"ja": "保険", "en": "Insurance"}, "validity": {}}
    id_ = office.application(office.programme(requirements=[requirement]))
    here, visitor = mailed(office, id_), office.visitor()
    form = visitor.form(f"{here}?step=papers", f"{here}/papers/insurance")
    assert visitor.send(form, file=(io.BytesIO(PDF), "passport-of-hoa.pdf")).status_code == 303
    page = visitor.get(f"{here}?step=papers").text
    assert "passport-of-hoa" not in page and "File 1" in page
    entry = {
        "asking_id": "0197f0a0-0000-7000-8000-0000000000aa",
        "asked_at": office.now,
        "answer": None,
        "answered_at": None,
    }
    office.database.applications.update_one({"_id": id_}, {"$set": {"safety": [entry]}})
    newest = mailed(office, id_)
    phone = office.visitor()
    assert phone.send(phone.form(f"{newest}/safe", f"{newest}/safe"), answer="safe").status_code == 303
    assert office.stored(id_)["safety"][-1]["answer"] == "safe"


def test_whoever_begins_is_not_asked_what_they_just_typed(office: TrainingOffice) -> None:
    programme, visitor = office.programme(), office.visitor()
    path = f"/training/programmes/{programme['id']}/apply"
    answer = visitor.send(visitor.form(path, path), name="NGUYEN Thi Hoa", email="hoa@lotus.example", language="en")
    cookies = answer.headers.getlist("Set-Cookie")
    for kind in (links.OPENED, links.KNOWN):
        (cookie,) = [one for one in cookies if one.startswith(kind)]
        assert "HttpOnly" in cookie and "Path=/" in cookie and "SameSite=Lax" in cookie and "NGUYEN" not in cookie
    here = answer.headers["Location"]
    (made,) = office.database.applications.find()
    mailed(office, made["_id"])
    assert 'value="NGUYEN Thi Hoa"' in visitor.get(f"{here}?step=you").text
