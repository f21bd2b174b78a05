"""The inbox over HTTP: read and archived by each person, counted cheaply, nothing missed that comes late."""

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database

from shared.events import training
from shared.events.accounts import AccountCreated
from shared.events.partners import Contact
from tests.integration.notify_office import Office
from tests.unit.notify.world import Application, Case

Header = dict[str, str]


@pytest.fixture
def office(mongo_url: str, database: Database, tmp_path: Path) -> Office:
    return Office(mongo_url, database, tmp_path)


def referrals(office: Office, number: int) -> list[str]:
    """The ids of the desk's entries, the latest first."""
    for _ in range(number):
        office.world.move(seconds=1)
        office.world.consume(Case(organization_id=None).received())
    found = office.world.notifications(recipient="role:front_desk", channel="inbox")
    return [entry["_id"] for entry in reversed(found)]


def ids(office: Office, who: Header, state: str) -> list[str]:
    answer = office.get(f"/inbox?state={state}&limit=200", who)
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json["items"]]


def unread(office: Office, who: Header) -> Any:
    answer = office.get("/inbox/unread", who)
    assert answer.status_code == 200, answer.text
    return answer.json


def test_what_one_clerk_has_read_is_unread_for_the_next(office: Office) -> None:
    third, second, first = referrals(office, 3)
    mori, abe = office.token("front_desk"), office.token("front_desk")
    read = office.post(f"/inbox/{second}/read", mori)
    assert (read.status_code, read.json["unread"]) == (200, False) and read.json["read_at"] == read.json["seen_at"]
    assert ids(office, mori, "unread") == [third, first]
    assert ids(office, mori, "all") == [third, second, first]
    assert ids(office, abe, "unread") == [third, second, first]
    seen = office.get("/inbox", abe).json["items"][1]
    assert (seen["unread"], seen["read_at"], seen["seen_at"]) == (True, None, read.json["read_at"])
    office.world.move(minutes=1)
    assert office.post(f"/inbox/{second}/read", abe).json["seen_at"] == read.json["read_at"]
    assert office.post(f"/inbox/{second}/read", mori).json["read_at"] == read.json["read_at"]
    assert unread(office, mori) == unread(office, abe) == {"count": 2, "more": False}


def test_archiving_applies_to_oneself_alone_and_can_be_undone(office: Office) -> None:
    third, second, first = referrals(office, 3)
    mori, abe = office.token("front_desk"), office.token("front_desk")
    assert office.post(f"/inbox/{first}/archive", mori).json["archived_at"]
    office.world.move(seconds=1)
    assert office.post(f"/inbox/{third}/archive", mori).json["unread"] is False
    assert ids(office, mori, "archived") == [third, first], "the one put away last comes first"
    assert ids(office, mori, "all") == ids(office, mori, "unread") == [second]
    assert ids(office, abe, "all") == [third, second, first] and ids(office, abe, "archived") == []
    assert unread(office, mori)["count"] == 1
    back = office.post(f"/inbox/{third}/unarchive", mori).json
    assert (back["archived_at"], back["unread"]) == (None, False)
    assert ids(office, mori, "all") == [third, second] and ids(office, mori, "archived") == [first]


@pytest.mark.parametrize(
    ("departments", "seen"),
    [
        (["cardiology"], ["cardiology"]),
        (["surgery", "dermatology"], ["surgery"]),
        (["surgery", "cardiology"], ["cardiology", "surgery"]),
        (["dermatology"], []),
        ([], []),
    ],
)
def test_a_reviewers_inbox_has_the_entries_of_their_departments(
    office: Office, departments: list[str], seen: list[str]
) -> None:
    asked = {
        code: Application(reference=f"T-26-0000{number}-A").event(
            training.ApplicationReviewStarted, "under_review", steps=("department",), departments=(code,)
        )
        for number, code in enumerate(("cardiology", "surgery"), start=1)
    }
    office.world.consume(*asked.values())
    who = office.token("reviewer", departments=departments)
    found = office.get("/inbox?limit=200", who).json["items"]
    assert {item["reference"] for item in found} == {asked[code].reference for code in seen}
    assert unread(office, who) == {"count": len(seen), "more": False}
    every = office.get("/inbox?limit=200", office.token("reviewer", departments=list(asked))).json["items"]
    for entry in every:
        mine = entry["id"] in {item["id"] for item in found}
        assert office.post(f"/inbox/{entry['id']}/read", who).status_code == (200 if mine else 404)
    assert ids(office, office.token("chief", departments=departments), "all") == []


def test_an_entry_of_others_is_not_there(office: Office) -> None:
    (entry,) = referrals(office, 1)
    stranger = office.token("billing")
    for command in ("read", "archive", "unarchive"):
        assert office.post(f"/inbox/{entry}/{command}", stranger).status_code == 404
        assert office.post(f"/inbox/none/{command}", stranger).status_code == 404
    assert unread(office, stranger)["count"] == 0 and ids(office, stranger, "all") == []
    office.world.interpreter()
    office.world.consume(Case(organization_id=None).confirmed(office.world.now + timedelta(days=1)))
    mail = office.world.notification(recipient="interpreter:yuki", channel="email")
    assert office.post(f"/inbox/{mail['_id']}/read", office.token("interpreter")).status_code == 404


def test_entries_of_a_role_are_gone_with_the_role(office: Office) -> None:
    second, first = referrals(office, 2)
    both = office.token("front_desk", "coordinator", account_id="mori")
    office.post(f"/inbox/{first}/archive", both)
    office.post(f"/inbox/{second}/read", both)
    office.world.consume(Case(organization_id=None).unfilled(office.world.now))
    without = office.token("coordinator", account_id="mori")
    assert ids(office, without, "archived") == []
    assert unread(office, without)["count"] == len(ids(office, without, "unread")) == 1


def test_read_all_reads_what_is_there_and_nothing_that_comes(office: Office) -> None:
    referrals(office, 3)
    office.world.move(hours=1)
    referrals(office, 2)
    mori, abe = office.token("front_desk"), office.token("front_desk")
    done = office.post("/inbox/read-all", mori)
    assert (done.status_code, done.json) == (200, {"count": 0, "more": False})
    assert unread(office, mori)["count"] == 0 and ids(office, mori, "unread") == []
    assert len(ids(office, mori, "all")) == 5
    assert unread(office, abe)["count"] == 5
    (newest, *_) = referrals(office, 1)
    assert ids(office, mori, "unread") == [newest] and unread(office, mori)["count"] == 1


def test_an_entry_of_an_old_event_created_now_is_new(office: Office) -> None:
    """After an outage, or redriven days later: its cause is old, its entry is not."""
    world, mori = office.world, office.token("front_desk")
    late = world.received_event(Case(organization_id=None).received())
    world.move(days=3)
    referrals(office, 1)
    office.post("/inbox/read-all", mori)
    world.move(seconds=5)
    world.consume(late)
    (entry,) = office.get("/inbox?state=unread", mori).json["items"]
    assert entry["event_id"] == late.id and entry["at"] < entry["told_at"]
    assert unread(office, mori)["count"] == 1


def test_an_entry_not_committed_yet_during_read_all_stays_unread(office: Office) -> None:
    """Its date lies before the reading, its commit after it."""
    world, mori = office.world, office.token("front_desk")
    referrals(office, 2)
    earlier = world.now
    world.move(seconds=30)
    office.post("/inbox/read-all", mori)
    world.now = earlier
    (entry, *_) = referrals(office, 1)
    world.now = earlier + timedelta(minutes=1)
    assert ids(office, mori, "unread") == [entry] and unread(office, mori)["count"] == 1
    referrals(office, 1)
    world.move(minutes=1)
    read = ids(office, mori, "unread")
    office.post(f"/inbox/{read[0]}/read", mori)
    assert ids(office, mori, "unread") == [entry], "marking one does not carry the other along"


def test_read_all_sent_again_reads_nothing_more(office: Office) -> None:
    referrals(office, 2)
    mori = office.token("front_desk", account_id="mori")
    first = office.post("/inbox/read-all", mori, **{"Idempotency-Key": "k"})
    referrals(office, 1)
    again = office.post("/inbox/read-all", mori, **{"Idempotency-Key": "k"})
    assert again.json == first.json and again.headers["Idempotency-Replayed"] == "true"
    assert unread(office, mori)["count"] == 1
    other = office.post("/inbox/read-all", mori, **{"Idempotency-Key": "k2"})
    assert "Idempotency-Replayed" not in other.headers and unread(office, mori)["count"] == 0


def test_many_at_once_lose_no_mark(office: Office) -> None:
    entries, mori = referrals(office, 8), office.token("front_desk", account_id="mori")
    app = office.client.application
    statuses: list[int] = []

    def work(path: str) -> None:
        statuses.append(app.test_client().post(f"/notify/api/v1{path}", headers=mori, json={}).status_code)

    paths = [*(f"/inbox/{entry}/read" for entry in entries), "/inbox/read-all", "/inbox/read-all"]
    workers = [threading.Thread(target=work, args=(path,)) for path in paths]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert statuses == [200] * 10
    assert unread(office, mori)["count"] == 0 and office.world.database.read_receipts.count_documents({}) == 8


def test_an_inbox_has_nothing_from_before_the_account(office: Office) -> None:
    world = office.world
    referrals(office, 3)
    world.move(minutes=30)
    created = AccountCreated(account_id="mori", username="mori", roles=("front_desk",))
    world.consume(world.received_event(created, "mori"))
    mori, abe = office.token("front_desk", account_id="mori"), office.token("front_desk")
    assert unread(office, mori)["count"] == 0 and len(ids(office, mori, "all")) == 3
    assert unread(office, abe)["count"] == 3
    (newest, *_) = referrals(office, 1)
    assert ids(office, mori, "unread") == [newest]
    office.post(f"/inbox/{newest}/read", mori)
    assert unread(office, mori)["count"] == 0
    world.move(days=31)
    assert unread(office, abe)["count"] == 0, "after a month nobody is reminded of it any more"


def test_read_before_advances_to_the_oldest_unread_entry(office: Office) -> None:
    world, mori = office.world, office.token("front_desk", account_id="mori")
    third, second, first = referrals(office, 3)
    world.move(hours=1)
    created = {row["_id"]: row["created_at"] for row in world.database.notifications.find({"channel": "inbox"})}
    floor = lambda: world.database.inboxes.find_one({"_id": "mori"})["read_before"]  # noqa: E731
    office.post(f"/inbox/{second}/read", mori)
    assert floor() == created[first]
    office.post(f"/inbox/{first}/read", mori)
    assert floor() == created[third]
    office.post(f"/inbox/{third}/read", mori)
    assert created[third] < floor() < world.now - timedelta(minutes=9)
    assert unread(office, mori)["count"] == 0 and len(ids(office, mori, "all")) == 3


def test_counting_is_capped_and_reads_the_index_alone(office: Office) -> None:
    mori = office.token("front_desk", account_id="mori")
    now = office.world.now
    old = [
        {"_id": f"n{n}", "recipient": "role:front_desk", "channel": "inbox", "created_at": now - timedelta(seconds=n)}
        for n in range(5000)
    ]
    office.world.database.notifications.insert_many(old)
    database = office.world.database
    database.command("profile", 2)
    assert unread(office, mori) == {"count": 99, "more": True}
    database.command("profile", 0)
    looked = list(database["system.profile"].find({"command.aggregate": {"$in": ["notifications", "read_receipts"]}}))
    assert len(looked) == 2
    assert all(look["docsExamined"] == 0 and look["keysExamined"] <= 110 for look in looked)
    assert {look["planSummary"].partition(" ")[0] for look in looked} == {"IXSCAN"}


def test_the_count_is_sent_once_and_then_304(office: Office) -> None:
    referrals(office, 2)
    mori = office.token("front_desk")
    first = office.get("/inbox/unread", mori)
    same = office.get("/inbox/unread", mori | {"If-None-Match": first.headers["ETag"]})
    assert (same.status_code, same.data, same.headers["ETag"]) == (304, b"", first.headers["ETag"])
    referrals(office, 1)
    changed = office.get("/inbox/unread", mori | {"If-None-Match": first.headers["ETag"]})
    assert (changed.status_code, changed.json["count"]) == (200, 3)


@pytest.mark.parametrize("state", ["unread", "all", "archived"])
def test_pages_of_every_state_follow_one_another(office: Office, state: str) -> None:
    entries, mori = referrals(office, 14), office.token("front_desk")
    for number, entry in enumerate(entries):
        if state == "archived" or number % 2:
            office.post(f"/inbox/{entry}/archive", mori)
            office.world.move(seconds=1)
    seen, path = [], f"/inbox?state={state}&limit=3"
    while path:
        page = office.get(path, mori)
        assert len(page.json["items"]) <= 3
        seen += [item["id"] for item in page.json["items"]]
        link = page.headers.get("Link", "")
        path = link[1:].partition(">")[0].partition("/notify/api/v1")[2] if link else ""
    assert seen == (list(reversed(entries)) if state == "archived" else entries[::2])


def test_a_long_stretch_of_archived_entries_hides_nothing_behind_it(office: Office) -> None:
    mori = office.token("front_desk", account_id="mori")
    oldest = referrals(office, 1)[0]
    database, now = office.world.database, office.world.now
    like = database.notifications.find_one({"_id": oldest})
    created = [like | {"_id": f"n{n}", "created_at": now + timedelta(seconds=n)} for n in range(700)]
    database.notifications.insert_many(created)
    marks = [
        {"_id": f"mori/n{n}", "account_id": "mori", "notification_id": f"n{n}", "recipient": "role:front_desk"}
        | {"created_at": created[n]["created_at"], "read_at": now, "archived_at": now + timedelta(seconds=n)}
        for n in range(700)
    ]
    database.read_receipts.insert_many(marks)
    office.world.move(hours=1)
    assert ids(office, mori, "all") == ids(office, mori, "unread") == [oldest]
    assert unread(office, mori)["count"] == 1
    assert len(ids(office, mori, "archived")) == 200


def test_a_filter_by_recipient_is_in_the_order_of_creation(office: Office) -> None:
    world = office.world
    world.organization(contacts=(Contact(name="Malee", email="malee@agency.example", language="en"),))
    entries = referrals(office, 3)
    answer = office.get("/notifications?recipient=role:front_desk&limit=2", office.token("operator"))
    assert [item["id"] for item in answer.json["items"]] == list(reversed(entries))[:2]
    plan = world.database.notifications.find({"recipient": "role:front_desk", "channel": {"$in": ["inbox", "email", "webhook"]}}).sort([("created_at", 1), ("_id", 1)]).explain()  # fmt: skip
    assert "SORT_MERGE" in str(plan["queryPlanner"]["winningPlan"])


@pytest.mark.parametrize("query", ["state=odd", "unread=1", "state=unread&x=1", "limit=0"])
def test_odd_questions_are_refused(office: Office, query: str) -> None:
    assert office.get(f"/inbox?{query}", office.token("front_desk")).status_code == 422
    assert office.get("/inbox/unread?x=1", office.token("front_desk")).status_code == 422
