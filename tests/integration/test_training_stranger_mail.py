"""Mails that anybody may ask for with somebody else's address: how many leave, that no form tells, that all processes count together."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from pymongo.database import Database

from services.training.actions import links
from shared.mail_limits import OVERALL, RECIPIENT, SOURCE
from shared.window_limits import Limit, take
from tests.integration.training_office import NOW, TrainingOffice

HOME = "/training/programmes"
VICTIM = "hoa@lotus.example"


@pytest.fixture
def office(mongo_url: str, database: Database) -> TrainingOffice:
    """As in a house that limits at all; the tests' own does not."""
    made = TrainingOffice(mongo_url, database)
    object.__setattr__(made.deps.settings, "rate_limit", 6000)
    return made


def begin(
    office: TrainingOffice, programme: dict[str, Any], email: str, source: str = "203.0.113.7"
) -> tuple[str, bool]:
    """One beginning by a browser of its own: what its page says in short, and whether a mail leaves."""
    visitor, path = office.visitor(), f"{HOME}/{programme['id']}/apply"
    form = visitor.form(path, path)
    typed = {"email": email, "name": "NGUYEN Thi Hoa", "language": "en"}
    answer = visitor.send(form, headers={"X-Forwarded-For": source}, **typed)
    assert answer.status_code == 303, answer.text
    newest = office.database.applications.find_one(sort=[("_id", -1)])
    assert newest is not None
    (started,) = [one for one in newest["outbox"] if one["type"].startswith("training.application.started")]
    shown = visitor.get(answer.headers["Location"]).text
    return shown.partition('id="flash"')[2].partition("</flash-message>")[0], started["data"].get("mailed", True)


def ask(office: TrainingOffice, email: str, source: str) -> tuple[int, str, str]:
    visitor = office.visitor()
    form = visitor.form("/training/application", "/training/application")
    answer = visitor.send(form, headers={"X-Forwarded-For": source}, email=email)
    return (
        answer.status_code,
        answer.headers["Location"],
        visitor.get("/training/application").text.partition('id="flash"')[2].partition("</flash-message>")[0],
    )


def test_an_address_gets_five_mails_an_hour_and_ten_a_day_from_strangers_however_it_is_written(
    office: TrainingOffice,
) -> None:
    programme, left, pages = office.programme(), 0, set()
    spellings = (VICTIM, "Hoa@Lotus.example", '"hoa"@lotus.example', "hoa＠lotus.example")
    for number in range(40):
        page, mailed = begin(office, programme, spellings[number % 4], f"203.0.113.{number}")
        left, pages = left + mailed, pages | {page}
    assert left == RECIPIENT.hour == 5
    assert len(pages) == 1, "the form tells whether a mail went out"
    assert begin(office, programme, "somebody.else@lotus.example", "203.0.113.99")[1]
    office.move(hours=1)
    assert [begin(office, programme, VICTIM, "198.51.100.1")[1] for _ in range(6)] == [True] * 5 + [False]
    office.move(hours=1)
    assert not begin(office, programme, VICTIM, "198.51.100.2")[1], "ten a day"
    office.move(days=1)
    assert begin(office, programme, VICTIM, "198.51.100.3")[1]


def test_one_source_asks_for_thirty_mails_an_hour_to_whomever(office: TrainingOffice) -> None:
    programme = office.programme()
    mailed = []
    for number in range(SOURCE.hour + 3):
        mailed.append(begin(office, programme, f"p{number}@lotus.example", "203.0.113.7")[1])
        office.move(seconds=20)
    assert mailed == [True] * SOURCE.hour + [False] * 3
    assert begin(office, programme, "next@lotus.example", "203.0.113.8")[1]
    withheld = office.client.get("/training/metrics").text
    assert 'imc_mails_withheld_total{limit="source",service="training"} 3.0' in withheld


def test_beginnings_and_lost_links_count_together(office: TrainingOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.training.actions.links.SOURCE", Limit("source", 3, 3))
    programme = office.programme()
    assert begin(office, programme, VICTIM, "203.0.113.7")[1]
    answers = [
        ask(office, email, "203.0.113.7") for email in (VICTIM, "nobody@else.example", VICTIM, "nobody@else.example")
    ]
    assert len(set(answers)) == 1, "the form tells whether a mail went out"
    asked = {row["_id"] for row in office.database.link_requests.find()}
    assert asked == {links.mail_hash(office.deps, VICTIM), links.mail_hash(office.deps, "nobody@else.example")}
    assert not begin(office, programme, "other@lotus.example", "203.0.113.7")[1]


def test_a_lost_link_goes_as_often_as_any_mail_to_that_address(office: TrainingOffice) -> None:
    programme = office.programme()
    for number in range(4):
        begin(office, programme, VICTIM, f"203.0.113.{number}")
    for _ in range(3):
        office.move(minutes=6)
        office.deps.store.links.add_request(str(links.mail_hash(office.deps, VICTIM)), office.now)
        office.run(links.send_links)
    said = [entry["type"] for row in office.database.applications.find() for entry in row["outbox"]]
    assert said.count("training.application.link_asked.v1") == RECIPIENT.hour - 4
    assert office.database.link_requests.count_documents({}) == 0


def test_all_together_are_limited(office: TrainingOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.training.actions.links.OVERALL", Limit("overall", 4, 6))
    programme = office.programme()
    assert [begin(office, programme, f"p{n}@lotus.example", f"203.0.113.{n}")[1] for n in range(6)] == [True] * 4 + [
        False
    ] * 2
    assert OVERALL.hour < OVERALL.day


def test_the_house_is_not_limited(office: TrainingOffice) -> None:
    programme = office.programme()
    for number in range(RECIPIENT.hour + 2):
        id_ = office.application(programme, **office.other_person(number) | {"email": VICTIM})
        (started,) = [
            one for one in office.stored(id_)["outbox"] if one["type"].startswith("training.application.started")
        ]
        assert started["data"].get("mailed", True)


def test_processes_count_together_and_exactly(database: Database) -> None:
    limit, passed = Limit("recipient", hour=50, day=60), []

    def many() -> None:
        passed.extend(take(database, limit, "somebody", NOW) is None for _ in range(20))

    threads = [threading.Thread(target=many) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert passed.count(True) == 50 and len(passed) == 160
    later = [take(database, limit, "somebody", NOW + timedelta(hours=1)) is None for _ in range(11)]
    assert later == [True] * 10 + [False], "what the hour held back is none of the day's"
    assert take(database, limit, "else", NOW) is None


def test_no_address_stands_in_the_counts(office: TrainingOffice) -> None:
    begin(office, office.programme(), VICTIM, "203.0.113.7")
    kept = str(list(office.database.rates.find()))
    assert "mail/recipient/" in kept and "lotus" not in kept and "203.0.113" not in kept
    assert all(row["until"] > office.now for row in office.database.rates.find())
