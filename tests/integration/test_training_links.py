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

from services.training.actions import links, safety_checks
from services.training.actions.application_records import ApplicationChange
from services.training.rules import links as rules
from services.training.store.links import link_sent_update
from shared import signed_links
from shared.outbox.records import StaleRecord
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
    """The path in one more mail, which was taken a second later than the one before, and heard of."""
    office.move(seconds=1)
    link, number = links.issue(office.deps, office.stored(id_), office.now)
    office.database.links_sent.bulk_write([link_sent_update(id_, number, office.now)])
    return link.removeprefix("http://127.0.0.1:8000")


def plain_link(office: TrainingOffice, id_: str) -> str:
    """A link as it was mailed before they had numbers."""
    until = (office.now + timedelta(days=400)).replace(microsecond=0)
    link = signed_links.Link(id_, office.stored(id_)["link_id"], until)
    return f"{HOME}/{signed_links.token_of(office.deps.secrets.links, link)}"


def posted(visitor: Visitor, path: str, **typed: Any) -> TestResponse:
    """A form of ours sent to this path."""
    form = Form({"action": path, "method": "post"})
    form.fields = [pair for pair in visitor.form(HOME, HOME).fields if pair[0] in ("csrf", "idempotency_key")]
    return visitor.send(form, **typed)


def a_stay(office: TrainingOffice) -> tuple[str, str]:
    """An application with everything a route may lead to: a paper, a certificate, a question whether they are safe."""
    id_ = office.active(office.programme())
    office.done("POST", f"/applications/{id_}/attendance", {"day": "2027-02-01", "attended": "present"})
    office.done("POST", f"/applications/{id_}/complete", role="department")
    issue_certificate(office, id_)
    _asked_whether_safe(office, id_)
    assert safety_checks.last_check(office.stored(id_))
    assert office.upload(id_, "report", name="passport-of-hoa.pdf").status_code == 200
    return id_, str(office.stored(id_)["documents"][-1]["id"])


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
        theirs.cookie(*links.cookie(office.deps, office.stored(other), kind, office.now))
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
            if path.endswith("/safe") and status == 410:  # it shows no person, and takes older ones
                assert answer.status_code in (200, 422), (method, path, answer.status_code)
                assert not [word for word in NEVER_SHOWN if word in answer.text], (method, path)
                continue
            assert answer.status_code == status, (method, path, status, answer.status_code)
            assert "Set-Cookie" not in answer.headers or links.OPENED not in str(answer.headers.getlist("Set-Cookie"))
            assert not [word for word in NEVER_SHOWN if word in answer.text], (method, path)
            if "/fragments/" not in path:
                assert ("There is a newer link" in answer.text) is (status == 410), (method, path)
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
    forms = [path for method, path in routes(office, paper) if method == "POST" and not path.endswith("/safe")]
    assert len(forms) > 5
    for path in forms:
        answer = called(office.visitor(), "GET", path, older)
        assert answer.status_code == 410 and "There is a newer link" in answer.text, (path, answer.status_code)
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
    assert ("新しいリンクをお送りしています" if language == "ja" else "There is a newer link") in answer.text
    assert "hoa@" not in answer.text and "no-store" in answer.headers["Cache-Control"]


def test_a_link_without_a_number_opens_until_a_newer_one_was_sent(office: TrainingOffice) -> None:
    id_ = office.application(office.programme())
    before = plain_link(office, id_)
    assert office.visitor().get(before).status_code == 200
    link, number = links.issue(office.deps, office.stored(id_), office.now)
    assert office.visitor().get(before).status_code == 200, "issued, and not sent: the one they have still counts"
    office.database.links_sent.bulk_write([link_sent_update(id_, number, office.now)])
    assert office.visitor().get(before).status_code == 410
    assert office.visitor().get(link.removeprefix("http://127.0.0.1:8000")).status_code == 200


@pytest.mark.parametrize("seed", range(6))
def test_whatever_happens_in_whatever_order_only_what_counts_opens(office: TrainingOffice, seed: int) -> None:
    """Issued, taken in any order, heard of in any order, asked for by anybody, sent and ended by the office.

    What opens was issued no earlier than the mail taken last; so the mail taken last always does, but for what the office ended.
    """
    chance, id_ = random.Random(seed), office.application(office.programme())
    issued: list[tuple[str, int]] = []
    since, ended, waiting = 0, 0, []
    taken, last, unheard = {}, 0, []
    for _ in range(25):
        office.move(minutes=6)
        act = chance.choice(["stranger", "sent", "office", "end"] if _ % 8 == 7 else ["issue", "issue", "sent", "sent"])
        if act == "issue":
            link, number = links.issue(office.deps, office.stored(id_), office.now)
            issued.append((link.rpartition("/")[2], number))
            waiting.append(number)
        elif act == "sent" and waiting:
            last = waiting.pop(chance.randrange(len(waiting)))
            taken[last] = office.now
            unheard.append(last)
        elif act == "stranger":
            office.deps.store.links.add_request(office.stored(id_)["mail"], office.now)
            office.run(links.send_links)
        elif act == "office":
            links.send_link(office.deps, id_, office.context())
            since = len(issued) + 1
        elif act == "end":
            links.end_links(office.deps, id_, office.context())
            ended = len(issued)
        if chance.random() < 0.5:
            chance.shuffle(unheard)
            office.database.links_sent.bulk_write(
                [link_sent_update(id_, n, taken[n]) for n in unheard]
            ) if unheard else None
            unheard.clear()
        if not unheard:
            opens = [n for token, n in issued if _opens(office, token)]
            assert opens == [n for _, n in issued if n >= max(since, last) and n > ended], (seed, act, since, ended)


def _opens(office: TrainingOffice, token: str) -> bool:
    try:
        links.open_link(office.deps, token, office.now, {})
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
    assert visitor.get(here).status_code == 404 and office.published(id_)[-1] == "application.links_ended"
    assert "Ended all links" in desk.get(page).text
    assert desk.send(desk.form(page, f"{page}/send-link")).status_code == 303
    assert office.published(id_)[-1] == "application.link_asked"
    assert office.visitor().get(mailed(office, id_)).status_code == 200
    for role in ("chief", "department", "reviewer", "front_desk"):
        for command in ("end-links", "send-link"):
            assert office.call("POST", f"/applications/{id_}/{command}", role=role).status_code == 403, role


def test_whoever_asks_for_anybodys_link_ends_none_before_a_mail_was_taken(office: TrainingOffice) -> None:
    id_ = office.application(office.programme())
    here = mailed(office, id_)
    for _ in range(3):  # the mail server is down: each try has a number, and none is taken
        office.move(minutes=6)
        office.deps.store.links.add_request(office.stored(id_)["mail"], office.now)
        office.run(links.send_links)
        links.issue(office.deps, office.stored(id_), office.now)
        assert office.visitor().get(here).status_code == 200
    assert office.published(id_).count("application.link_asked") == 3
    newest = mailed(office, id_)
    assert office.visitor().get(here).status_code == 410
    assert office.visitor().get(newest).status_code == 200


def test_who_asked_while_somebody_was_at_it_is_answered_the_next_time(
    office: TrainingOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [office.application(office.programme()) for _ in range(2)]
    here = mailed(office, ids[0])
    office.deps.store.links.add_request(office.stored(ids[0])["mail"], office.now)
    save = ApplicationChange.save

    def clash(draft: ApplicationChange) -> dict[str, Any]:
        if draft.application["_id"] == ids[0]:
            raise StaleRecord()
        return save(draft)

    monkeypatch.setattr(ApplicationChange, "save", clash)
    office.run(links.send_links)
    assert [office.published(id_)[-1] for id_ in ids] == ["application.started", "application.link_asked"]
    assert office.visitor().get(here).status_code == 200
    with pytest.raises(StaleRecord):
        links.send_link(office.deps, ids[0], office.context())
    assert office.visitor().get(here).status_code == 200, "nothing was saved, so nothing ended"
    monkeypatch.setattr(ApplicationChange, "save", save)
    office.run(links.send_links)
    assert [office.published(id_).count("application.link_asked") for id_ in ids] == [1, 1]
    assert office.database.link_requests.count_documents({}) == 0


def test_what_the_office_sends_ends_those_before_and_not_what_it_sends(office: TrainingOffice) -> None:
    id_ = office.application(office.programme())
    here, on_its_way = mailed(office, id_), links.issue(office.deps, office.stored(id_), office.now)
    office.done("POST", f"/applications/{id_}/send-link")
    assert office.visitor().get(here).status_code == 410
    link, number = links.issue(office.deps, office.stored(id_), office.now)
    assert not _opens(office, on_its_way[0].rpartition("/")[2])
    office.move(seconds=1)
    office.database.links_sent.bulk_write([link_sent_update(id_, number, office.now)])
    office.move(seconds=1)
    office.database.links_sent.bulk_write([link_sent_update(id_, on_its_way[1], office.now)])
    assert _opens(office, link.rpartition("/")[2]) and not _opens(office, on_its_way[0].rpartition("/")[2])


OTHER = "hoa.new@lotus.example"


def test_another_address_ends_what_was_sent_to_the_one_before(office: TrainingOffice) -> None:
    id_ = office.application(office.programme())
    here, visitor = mailed(office, id_), office.visitor()
    answered(visitor, here, "1990-05-17")
    on_its_way = links.issue(office.deps, office.stored(id_), office.now)
    form = visitor.form(f"{here}?step=you", f"{here}/you")
    assert visitor.send(form, email=OTHER).status_code == 303
    assert office.visitor().get(here).status_code == 410, "its mailbox may be a stranger's"
    assert not _opens(office, on_its_way[0].rpartition("/")[2])
    assert visitor.get(f"{here}?step=you").status_code == 200, "who changed it goes on"
    office.run(links.send_links)
    assert office.published(id_)[-1] == "application.link_asked"
    assert office.visitor().get(mailed(office, id_)).status_code == 200


@pytest.mark.parametrize(
    ("email", "ends", "asks"),
    [
        (OTHER, True, True),
        ("other@lotus.example", True, True),
        ("ho\uff41@lotus.example", False, False),
        ("HOA@lotus.example", False, False),
        ("hoa@LOTUS.example", False, False),
        (None, True, False),
    ],
)
def test_only_another_mailbox_is_another_address(
    office: TrainingOffice, email: str | None, ends: bool, asks: bool
) -> None:
    id_ = office.application(office.programme(), email="hoa@lotus.example")
    here = mailed(office, id_)
    office.done("PATCH", f"/applications/{id_}", {"email": email})
    assert (office.visitor().get(here).status_code == 410) is ends
    office.run(links.send_links)
    assert ("application.link_asked" in office.published(id_)) is asks


def test_the_first_address_ends_nothing(office: TrainingOffice) -> None:
    id_ = str(office.done("POST", "/applications", {"programme_id": office.programme()["id"]})["id"])
    here = mailed(office, id_)
    office.done("PATCH", f"/applications/{id_}", {"email": OTHER})
    assert office.visitor().get(here).status_code == 200


def test_whoever_types_address_after_address_fills_no_mailbox(office: TrainingOffice) -> None:
    id_ = office.application(office.programme())
    for number in range(30):
        office.move(minutes=1)
        email = OTHER if number % 2 else f"stranger{number}@lotus.example"
        office.done("PATCH", f"/applications/{id_}", {"email": email})
        office.run(links.send_links)
    assert 0 < office.published(id_).count("application.link_asked") <= 6, "one in five minutes at most"


def test_no_link_is_sent_to_who_has_no_address(office: TrainingOffice) -> None:
    id_ = str(office.done("POST", "/applications", {"programme_id": office.programme()["id"]})["id"])
    here = mailed(office, id_)
    answer = office.call("POST", f"/applications/{id_}/send-link")
    assert answer.status_code == 409 and answer.json["type"].endswith(":no-address")
    assert "application.link_asked" not in office.published(id_) and office.visitor().get(here).status_code == 200
    for language, told in (("en", "This application has no e-mail address"), ("ja", "メールアドレスがない")):
        desk, page = office.visitor("training", language=language), f"/training/applications/{id_}"
        assert told in desk.send(desk.form(page, f"{page}/send-link")).text


@pytest.mark.parametrize("taken", [(1, 2), (2, 1), (2, 3, 1), (3, 1, 2)])
def test_of_mails_on_their_way_at_once_the_one_taken_last_opens(office: TrainingOffice, taken: tuple[int, ...]) -> None:
    id_ = office.application(office.programme())
    issued = [links.issue(office.deps, office.stored(id_), office.now) for _ in taken]
    tokens = {number: link.rpartition("/")[2] for link, number in issued}
    said = []
    for number in taken:
        office.move(seconds=1)
        said.append(link_sent_update(id_, number, office.now))
    for heard in (said, said[::-1]):
        office.database.links_sent.delete_many({})
        office.database.links_sent.bulk_write(heard)
        assert [n for n in sorted(tokens) if _opens(office, tokens[n])] == list(range(taken[-1], len(taken) + 1))


def test_a_row_of_before_is_read_and_goes_on(office: TrainingOffice) -> None:
    id_ = office.application(office.programme())
    first, second = (links.issue(office.deps, office.stored(id_), office.now)[0].rpartition("/")[2] for _ in range(2))
    office.database.links_sent.insert_one({"_id": id_, "number": 2, "sent_at": office.now})
    office.database.link_issues.update_one({"_id": id_}, {"$set": {"since": 2}})
    assert [_opens(office, token) for token in (first, second)] == [False, True]
    third = mailed(office, id_).rpartition("/")[2]
    assert [_opens(office, token) for token in (first, second, third)] == [False, False, True]


def _asked_whether_safe(office: TrainingOffice, id_: str) -> None:
    entry = {
        "asking_id": "0197f0a0-0000-7000-8000-0000000000aa",
        "asked_at": office.now,
        "answer": None,
        "answered_at": None,
    }
    office.database.applications.update_one({"_id": id_}, {"$set": {"safety": [entry]}})


@pytest.mark.parametrize("newer", [1, 3])
def test_are_you_safe_is_answered_by_older_links_too_but_by_none_that_was_ended(
    office: TrainingOffice, newer: int
) -> None:
    id_ = office.application(office.programme())
    _asked_whether_safe(office, id_)
    plain, here = plain_link(office, id_), mailed(office, id_)
    for _ in range(newer):
        mailed(office, id_)
    for link, said in ((here, "safe"), (plain, "need_help"), (here, "safe")):
        phone = office.visitor()
        assert phone.send(phone.form(f"{link}/safe", f"{link}/safe"), answer=said).status_code == 303
        assert office.stored(id_)["safety"][-1]["answer"] == said
        assert phone.get(link).status_code == 410, "and nothing else"
    office.done("POST", f"/applications/{id_}/send-link")
    assert [office.visitor().get(f"{link}/safe").status_code for link in (here, plain)] == [410, 410]
    sent = mailed(office, id_)
    mailed(office, id_)
    assert office.visitor().get(f"{sent}/safe").status_code == 200
    office.done("POST", f"/applications/{id_}/end-links")
    assert office.visitor().get(f"{sent}/safe").status_code == 404
    last = mailed(office, id_)
    office.move(days=90)
    assert office.visitor().get(f"{last}/safe").status_code == 404, "past its end"


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
    assert timedelta(days=100) > rules.LIFETIME and rules.LIFETIME_AFTER_END < rules.LIFETIME


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
    said = office.published(id_)
    pages = []
    for wrong in ("1990-05-18", "Tran", "X7654321"):
        page = answered(visitor, here, wrong)
        assert page.status_code == 422 and wrong not in page.text and words in page.text, wrong
        pages.append(page.status_code)
    right = "1990-05-17" if not written else right
    assert answered(visitor, here, right).status_code == 303
    assert "/known" not in visitor.get(f"{here}?step=you").text
    assert office.published(id_) == said, "the office learns nothing of it"
    office.move(hours=12)
    assert f"{here}/known" in visitor.get(f"{here}?step=you").text, "another day"


def guessed(office: TrainingOffice, here: str, source: str, answer: str = "1980-01-01") -> str:
    """`right`, `wrong` or `many`, for who comes from this address."""
    visitor = office.visitor()
    form = visitor.form(f"{here}/known", f"{here}/known")
    page = visitor.send(form, headers={"X-Forwarded-For": source}, answer=answer)
    return "right" if page.status_code == 303 else "many" if "an hour" in page.text else "wrong"


def test_answers_are_counted_by_where_they_come_from_right_ones_too(office: TrainingOffice) -> None:
    first, second = (
        office.application(office.programme()),
        office.application(office.programme(), **office.other_person(2)),
    )
    here, born = mailed(office, first), "1990-05-17"
    hour, day = links.BY_SOURCE.hour, links.BY_SOURCE.day
    assert [guessed(office, here, "203.0.113.1") for _ in range(hour)] == ["wrong"] * hour
    assert guessed(office, here, "203.0.113.1", born) == "many", "a right one neither"
    assert guessed(office, mailed(office, second), "203.0.113.1", born) == "right", "another application"
    office.move(hours=1)
    assert [guessed(office, here, "203.0.113.1") for _ in range(day - hour)] == ["wrong"] * (day - hour)
    assert guessed(office, here, "203.0.113.1", born) == "many"
    assert guessed(office, here, "198.51.100.1", born) == "right", "whoever comes from elsewhere is not locked out"


def test_a_link_that_was_sent_since_is_answered_whatever_holders_of_older_ones_did(office: TrainingOffice) -> None:
    id_ = office.application(office.programme())
    here, most = mailed(office, id_), links.BY_LINK.day
    found = [guessed(office, here, f"203.0.113.{n // 5}") for n in range(most + 5)]
    assert found == ["wrong"] * most + ["many"] * 5
    assert guessed(office, here, "198.51.100.1", "1990-05-17") == "many"
    assert guessed(office, mailed(office, id_), "198.51.100.1", "1990-05-17") == "right"


def test_however_many_links_and_addresses_there_are_a_birth_date_is_not_found_by_trying(office: TrainingOffice) -> None:
    id_ = office.application(office.programme())
    counted = 0
    for link in range(4):
        here = mailed(office, id_)
        counted += sum(guessed(office, here, f"203.0.{link}.{n // 5}") == "wrong" for n in range(20))
    assert counted == links.IN_ALL.day <= 50
    office.move(days=1)
    assert guessed(office, mailed(office, id_), "203.0.113.9", "1990-05-17") == "right"


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
            assert visitor.send(form, identity_answer=wrong).status_code == 403
    assert visitor.send(form, identity_answer="1990-05-17").status_code == 303
    assert TYPED in visitor.get(f"{here}?step=plan").text, "and this browser is known now"


def test_papers_are_brought_and_safety_is_told_without_a_question(office: TrainingOffice) -> None:
    requirement = {"code": "insurance", "name": {"ja": "保険", "en": "Insurance"}, "validity": {}}
    id_ = office.application(office.programme(requirements=[requirement]))
    here, visitor = mailed(office, id_), office.visitor()
    form = visitor.form(f"{here}?step=papers", f"{here}/papers/insurance")
    assert visitor.send(form, file=(io.BytesIO(PDF), "passport-of-hoa.pdf")).status_code == 303
    page = visitor.get(f"{here}?step=papers").text
    assert "passport-of-hoa" not in page and "File 1" in page
    _asked_whether_safe(office, id_)
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


@pytest.mark.parametrize("opened", [links.MAX_TOKENS, links.MAX_TOKENS + 1, 60])
def test_a_browser_that_opened_many_shows_two_small_cookies_and_the_last_it_opened(
    office: TrainingOffice, opened: int
) -> None:
    """A partner's, whose mailbox has the mails of a whole group."""
    programme, visitor = office.programme(), office.visitor()
    heres = []
    for n in range(opened):
        id_ = office.application(programme, **office.other_person(n))
        heres.append(mailed(office, id_))
        office.database.rates.delete_many({})
        assert answered(visitor, heres[-1], "1990-05-17").status_code == 303
    shown = {kind: visitor.client.get_cookie(kind) for kind in (links.OPENED, links.KNOWN)}
    assert sum(len(f"{one.key}={one.value}; ") for one in shown.values() if one) < 1500
    for n, here in enumerate(heres):
        other = office.visitor()
        for one in shown.values():
            assert one is not None
            other.cookie(one.key, one.value)
        page = other.get(f"{here}?step=you").text
        assert (f"PERSON Number {n}" in page) is (n >= opened - links.MAX_TOKENS), n
        assert other.get(here).status_code == 200, "the link itself opens it as ever"
    known = links.cookie(office.deps, office.stored(id_), links.KNOWN, office.now, {links.KNOWN: ".x" * 40_000})
    assert len(known[1]) < 200, "of what is none of ours nothing is kept"


# every text that is kept


def _texts(stored: Any, path: str = "") -> Iterator[str]:
    """Where a stored application holds sealed text, all of it, by the field it is kept in."""
    if isinstance(stored, bytes):
        yield path
    elif isinstance(stored, dict):
        for name, value in stored.items():
            yield from _texts(value, f"{path}.{name}" if path else name)
    elif isinstance(stored, list):
        for value in stored:
            yield from _texts(value, path)


SEALED = {
    "sealed.identity",
    "sealed.contact",
    "sealed.clinical",
    "documents.sealed",
    "returned.sealed",
    "reviews.sealed",
    "decision.sealed",
    "evaluations.programme.sealed",
    "evaluations.trainee.sealed",
    "certificate.sealed",
}
"""Every sealed part that the four applications of the test below have between them; a new one gets a canary there."""


def _canaries() -> dict[str, Any]:
    """What an applicant may write, each text with a word of its own."""
    return {
        "name": {"latin": "CANARYLATIN Ana", "native": "CANARYNATIVE Ana", "kana": "カナリアカナ", "preferred": "CANARYCALLED"},
        "institution": "CANARYHOSPITAL",
        "position": "CANARYPOSITION",
        "passport": {"number": "CANARYPASS1", "country": "TH", "expires_on": "2027-02-03"},
        "licence": {"number": "CANARYLICENCE", "country": "TH", "licensed_on": "2026-06-07"},
        "email": "canarymail@lotus.example",
        "phone": "+66997654321",
        "address": "CANARYSTREET 1",
        "emergency_contact": {"name": "CANARYMOTHER", "relation": "CANARYRELATION", "phone": "+66887654321"},
        "motivation": "CANARYMOTIVE",
        "experience": "CANARYEXPERIENCE",
        "health_note": "CANARYHEALTH",
        "risk_note": "CANARYRISK",
    }  # fmt: skip


HIDDEN = ("CANARY", "canarymail", "カナリア", "7654321", "1990", "3 February 2027", "3 Feb 2027", "2027年2月3日", "7 June 2026", "7 Jun 2026", "2026年6月7日")  # fmt: skip


@pytest.mark.parametrize("language", ["ja", "en"])
def test_no_text_that_is_kept_is_shown_before_the_question_was_answered(office: TrainingOffice, language: str) -> None:
    programme, found = office.programme(kind="hands_on"), set()
    ids = {
        "returned": office.submitted(programme, **_canaries_of(0)),
        "rejected": office.submitted(programme, **_canaries_of(1)),
        "draft": office.application(programme, **_canaries_of(2)),
    }
    for id_ in ids.values():
        assert office.upload(id_, "other", name="CANARYFILE.pdf").status_code == 200
        paper = office.stored(id_)["documents"][-1]["id"]
        office.done("POST", f"/applications/{id_}/papers/{paper}/refuse", {"reason": "CANARYWHY"})
    for state in ("returned", "rejected"):
        office.done("POST", f"/applications/{ids[state]}/check")
    office.done("POST", f"/applications/{ids['rejected']}/review")
    for step, role in (("department", "reviewer"), ("chief", "chief")):
        said = {"step": step, "verdict": "approve", "note": "CANARYREVIEW"}
        office.done("POST", f"/applications/{ids['rejected']}/give-review", said, role=role)
    office.done("POST", f"/applications/{ids['returned']}/return", {"message": "CANARYRETURN", "papers": []})
    office.done("POST", f"/applications/{ids['rejected']}/reject", {"reason": "other", "message": "CANARYLETTER"})
    office.done("POST", f"/applications/{ids['rejected']}/announce")
    stay, _ = a_stay(office)
    for of, role in (("programme", "training"), ("trainee", "department")):
        said = {"of": of, "scores": {"overall": 5}, "text": "CANARYEVALUATION"}
        office.done("POST", f"/applications/{stay}/evaluate", said, role=role)
    ids["completed"] = stay
    told = {
        "returned": "CANARYRETURN",
        "rejected": "CANARYLETTER",
        "completed": "CANARYEVALUATION",
        "draft": "CANARYFILE",
    }
    for state, id_ in ids.items():
        found |= set(_texts(office.stored(id_)))
        here, visitor = mailed(office, id_), office.visitor(language=language)
        paths = ["", "/known", "/withdraw", "/safe", *(f"?step={step}" for step in ("you", "plan", "papers", "send"))]
        for path in paths:
            page = visitor.get(here + path).text
            assert not [word for word in HIDDEN if word in page], (state, path)
        assert visitor.get(here).text.count("/known") >= 1, state
        assert answered(visitor, here, "1990-05-17").status_code == 303
        assert told[state] in visitor.get(f"{here}?step=papers").text, (state, "shown once it was answered")
    assert {path for path in found if not path.startswith("outbox")} == SEALED


def _canaries_of(number: int) -> dict[str, Any]:
    passport = {"number": f"CANARYPASS{number}", "country": "TH", "expires_on": "2027-02-03"}
    return _canaries() | {"passport": passport, "name": {"latin": f"CANARYLATIN Ana{number}"}}


# who is known by nothing


def _bare(office: TrainingOffice) -> str:
    """Entered by the office with a mail address alone."""
    body = {"programme_id": office.programme()["id"], "email": "hoa@lotus.example"}
    id_ = str(office.done("POST", "/applications", body)["id"])
    assert office.upload(id_, "other", name="passport-of-hoa.pdf").status_code == 200
    return id_


@pytest.mark.parametrize("language", ["ja", "en"])
def test_of_whom_nothing_is_known_no_file_is_shown(office: TrainingOffice, language: str) -> None:
    id_ = _bare(office)
    here, visitor = mailed(office, id_), office.visitor(language=language)
    paper = office.stored(id_)["documents"][-1]["id"]
    assert "passport-of-hoa" not in visitor.get(f"{here}?step=papers").text
    refused = visitor.get(f"{here}/files/{paper}")
    assert refused.status_code == 303 and refused.headers["Location"] == f"{here}/known?then=papers"
    page = visitor.get(f"{here}/known?then=papers")
    assert page.status_code == 200 and f'href="{here}?step=you"' in page.text
    assert ("先に、生年月日" if language == "ja" else "date of birth") in page.text
    assert visitor.get(f"{here}?step=you").status_code == 200, "and it can be written there"


@pytest.mark.parametrize(
    "typed", [{"birth_date": "1990-05-17"}, {"name.latin": "NGUYEN Hoa"}, {"passport.number": "C1", "passport.country": "TH"}]
)  # fmt: skip
def test_who_writes_what_can_be_asked_is_known_in_that_browser_and_in_no_other(
    office: TrainingOffice, typed: dict[str, str]
) -> None:
    id_ = _bare(office)
    here, visitor, holder = mailed(office, id_), office.visitor(), office.visitor()
    paper = office.stored(id_)["documents"][-1]["id"]
    before = holder.form(f"{here}?step=you", f"{here}/you")
    nothing = visitor.send(visitor.form(f"{here}?step=you", f"{here}/you"), institution="Lotus")
    assert nothing.status_code == 303 and visitor.get(f"{here}/files/{paper}").status_code == 303, "nothing was told"
    assert visitor.send(visitor.form(f"{here}?step=you", f"{here}/you"), **typed).status_code == 303
    assert visitor.get(f"{here}/files/{paper}").data == PDF
    written = office.done("GET", f"/applications/{id_}")["written"]
    for unasked in (before, Form({"action": f"{here}/you", "method": "post"})):
        unasked.fields = [pair for pair in unasked.fields or before.fields if pair[0] != "version"]
        assert holder.send(unasked, birth_date="1970-01-01").status_code == 403, "written over by nobody unasked"
    assert holder.get(f"{here}/files/{paper}").status_code == 303
    assert office.done("GET", f"/applications/{id_}")["written"] == written


def test_a_form_that_was_refused_makes_nobody_known(office: TrainingOffice) -> None:
    id_ = _bare(office)
    here, visitor = mailed(office, id_), office.visitor()
    form = visitor.form(f"{here}?step=you", f"{here}/you")
    for wrong in ({"birth_date": "1990-13-45"}, {"birth_date": "1990-05-17", "email": "none"}):
        assert visitor.send(form, **wrong).status_code == 422
    office.done("PATCH", f"/applications/{id_}", {"institution": "Elsewhere"})
    clash = visitor.send(form, birth_date="1990-05-17")
    assert clash.status_code in (409, 412), clash.status_code
    assert visitor.client.get_cookie(links.KNOWN) is None
