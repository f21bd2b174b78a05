"""Operations over HTTP at one service: what stands, who may look, each act once, in order, audited, and nothing personal shown."""

import dataclasses
import socket
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database
from werkzeug.test import TestResponse

from deploy.cli import status
from shared.broker import topology
from shared.broker.delivery import Delivery
from shared.broker.envelope import CONTENT_TYPE, encode_received
from shared.clock import utc_now
from shared.command_context import CommandContext
from shared.ids import derived_id, new_id
from shared.inbox import dead_letters, deferred_events
from shared.inbox.inbox import Inbox
from shared.inbox.unit_of_work import PermanentFault
from shared.operations.queues import Queues
from tests.integration.messaging.conftest import HANDLERS, Dependencies, settings_for
from tests.integration.messaging.events import delivery
from tests.integration.messaging.test_inbox import Harness
from tests.integration.notify_office import Office
from tests.integration.signing_in import settings_of
from tests.unit.notify.world import Case


class Post:
    """notify's web process, beside a hearing on the same database whose handlers fail when told to."""

    def __init__(self, mongo_url: str, database: Database, root: Path) -> None:
        self.office, self.harness = Office(mongo_url, database, root), Harness(database)
        self.harness.now = self.office.world.now
        self.database = database
        self.operator = self.office.token("operator", account_id="ops")

    def get(self, path: str, who: dict[str, str] | None = None) -> TestResponse:
        return self.office.get(f"/operations{path}", who or self.operator)

    def post(self, path: str, body: Any = None, **headers: str) -> TestResponse:
        return self.office.post(f"/operations{path}", self.operator, body, **headers)

    def fail(self, *events: tuple[str, int]) -> None:
        def never(event: Any) -> None:
            raise PermanentFault("no such department")

        for subject, sequence in events:
            self.harness.faults[derived_id(subject, str(sequence))] = never

    def dead_letter(self, *subjects: str) -> list[str]:
        """The first event of each subject, parked; a second one waits behind it."""
        self.fail(*((subject, 1) for subject in subjects))
        for subject in subjects:
            self.harness.inbox.settle([delivery(subject, 1), delivery(subject, 2)])
        return [derived_id(subject, "1") for subject in subjects]

    def mend(self) -> None:
        self.harness.faults.clear()

    def work(self) -> None:
        self.harness.now = self.office.world.now
        self.harness.later(0)

    def actions(self) -> list[dict[str, Any]]:
        return list(self.database.audit.find({"action": {"$exists": True}}).sort("_id", 1))


@pytest.fixture
def post(mongo_url: str, database: Database, tmp_path: Path) -> Post:
    return Post(mongo_url, database, tmp_path)


def test_who_may_look_and_act(post: Post) -> None:
    (event,) = post.dead_letter("a")
    asked = ["", "/failed-events", f"/failed-events/{event}", "/history", "/events?case_id=a"]
    acted = [f"/failed-events/{event}/{act}" for act in ("redrive", "discard", "restore", "note")] + [
        "/redrive",
        "/discard",
    ]
    for role in ("front_desk", "coordinator", "chief", "auditor", "interpreter", "partners"):
        who = post.office.token(role)
        assert {post.get(path, who).status_code for path in asked} == {403}, role
        assert {post.office.post(f"/operations{path}", who, {}).status_code for path in acted} == {403}, role
    for path in asked:
        assert post.office.get(f"/operations{path}", {}).status_code == 401
        assert post.get(path, post.office.token("operator")).status_code == 200
        assert post.get(path, post.office.token("admin")).status_code == 200
    assert post.actions() == [], "nobody did anything"


def test_how_a_service_stands(post: Post) -> None:
    post.dead_letter("a", "b")
    post.harness.inbox.settle([delivery("c", 3)])
    post.database.meta.insert_one({"_id": "worker:host:7", "kind": "worker", "at": post.harness.now, "started": post.harness.now, "consuming": True, "publishing": True, "counters": {"handled": 12, "event_age_seconds": 0.5}})  # fmt: skip
    post.database.notifications.insert_one(
        {"_id": "n", "outbox_due": post.harness.now - timedelta(seconds=90), "outbox": []}
    )
    found = post.get("").json
    assert found["service"] == "notify" and found["queues"] is None and not found["healthy"]
    assert (found["unpublished"], found["oldest_due_seconds"]) == (1, 90.0)
    assert (found["dead_lettered"], found["waiting"], found["discarded"]) == (2, 3, 0)
    web, worker = found["processes"]
    assert (web["kind"], web["healthy"]) == ("web", True)
    assert (worker["name"], worker["healthy"], worker["handled"], worker["consuming"]) == ("host:7", True, 12, True)
    groups = {(group["state"], group["cause"], group["type"]): group["count"] for group in found["groups"]}
    assert groups == {
        ("dead_lettered", "PermanentFault", "intake.referral.received.v1"): 2,
        ("behind", "behind", "intake.case.review_started.v1"): 2,
        ("gap", "gap", "intake.case.review_started.v1"): 1,
    }
    post.office.world.move(seconds=120)
    assert [one["kind"] for one in post.get("").json["processes"]] == ["web"], "a worker without a heartbeat is gone"


def test_groups_are_counted_from_an_index_alone(post: Post) -> None:
    post.dead_letter("a", "b")
    post.database.command("profile", 2)
    post.get("")
    post.database.command("profile", 0)
    (look,) = post.database["system.profile"].find({"command.aggregate": "deferred_events"})
    assert look["docsExamined"] == 0 and "COLLSCAN" not in look["planSummary"]


def test_a_dead_lettered_event_is_redriven_once_however_often_it_is_pressed(post: Post) -> None:
    (event,) = post.dead_letter("a")
    post.mend()
    shown = post.get(f"/failed-events/{event}")
    assert (shown.json["state"], shown.json["allowed"]) == ("dead_lettered", ["redrive", "discard", "note"])
    assert shown.json["event"]["data"]["department"] == "cardiology"
    etag = shown.headers["ETag"]
    first = post.post(
        f"/failed-events/{event}/redrive", {"reason": "mended"}, **{"If-Match": etag, "Idempotency-Key": "k"}
    )
    assert first.status_code == 200 and "ETag" not in first.headers
    assert (first.json["action"], first.json["event_id"], first.json["events"], first.json["remaining"]) == (
        "redrive",
        event,
        1,
        0,
    )
    again = post.post(
        f"/failed-events/{event}/redrive", {"reason": "mended"}, **{"If-Match": etag, "Idempotency-Key": "k"}
    )
    assert again.json == first.json and again.headers["Idempotency-Replayed"] == "true"
    other = post.post(f"/failed-events/{event}/redrive", {"reason": "else"}, **{"Idempotency-Key": "k"})
    assert other.status_code == 422
    waits = post.post(f"/failed-events/{event}/redrive")
    assert (waits.status_code, waits.json["allowed"]) == (409, ["note"])
    assert post.post(f"/failed-events/{event}/redrive", {}, **{"If-Match": etag}).status_code == 412
    post.work()
    assert post.harness.order("a") == [1, 2]
    assert post.post(f"/failed-events/{event}/redrive").status_code == 404, "it was handled, and is stored no more"
    late = post.post(
        f"/failed-events/{event}/redrive", {"reason": "mended"}, **{"If-Match": etag, "Idempotency-Key": "k"}
    )
    assert late.json == first.json
    post.work()
    assert post.harness.order("a") == [1, 2]
    (act,) = post.actions()
    assert (act["action"], act["actor"], act["from"], act["reason"]) == (
        "dead.redrive",
        "account:ops",
        "127.0.0.1",
        "mended",
    )
    assert act["request_id"] == first.headers["X-Request-Id"] and act["which"] == {"_id": event}


def test_what_fails_again_is_dead_lettered_again_with_all_that_happened(post: Post) -> None:
    (event,) = post.dead_letter("a")
    post.post(f"/failed-events/{event}/redrive", {"reason": "a try"})
    post.work()
    lines = post.get(f"/failed-events/{event}").json["history"]
    assert [line["what"] for line in lines] == ["dead_lettered", "redriven", "dead_lettered"]
    assert (lines[1]["who"], lines[1]["reason"]) == ("account:ops", "a try")
    assert post.harness.order("a") == []


def test_discarded_with_a_reason_and_restored(post: Post) -> None:
    (event,) = post.dead_letter("a")
    without = post.post(f"/failed-events/{event}/discard")
    assert (without.status_code, without.json["errors"][0]["pointer"]) == (422, "#/reason")
    assert post.post(f"/failed-events/{event}/discard", {"reason": " "}).status_code == 422
    assert post.post(f"/failed-events/{event}/restore").json["allowed"] == ["redrive", "discard", "note"]
    assert post.post(f"/failed-events/{event}/discard", {"reason": "entered twice"}).status_code == 200
    post.work()
    assert post.harness.order("a") == [2], "those behind it go on"
    assert [row["id"] for row in post.get("/failed-events?state=discarded").json["items"]] == [event]
    assert post.post(f"/failed-events/{event}/redrive").json["allowed"] == ["restore", "note"]
    assert post.post(f"/failed-events/{event}/note", {"reason": "asked the desk"}).status_code == 200
    assert post.post(f"/failed-events/{event}/restore", {"reason": "it was none"}).status_code == 200
    post.mend()
    assert post.post(f"/failed-events/{event}/redrive").status_code == 200
    post.work()
    assert post.harness.order("a") == [2, 1]
    acts = post.get("/history").json["items"]
    assert [(act["action"], act["reason"]) for act in acts] == [
        ("redrive", ""),
        ("restore", "it was none"),
        ("note", "asked the desk"),
        ("discard", "entered twice"),
    ]
    assert {(act["actor"], act["source"], act["event_id"]) for act in acts} == {("account:ops", "127.0.0.1", event)}
    page = post.get("/history?limit=3")
    following = page.headers["Link"][1:].partition(">")[0].partition("/operations")[2]
    assert [act["action"] for act in post.get(following).json["items"]] == ["discard"]


def test_an_event_behind_another_is_not_given_up_first(post: Post) -> None:
    post.fail(("a", 1))
    post.harness.inbox.settle([delivery("a", 1)])
    post.harness.inbox.settle([delivery("a", 2, queue="dead")])
    answer = post.post(f"/failed-events/{derived_id('a', '2')}/discard", {"reason": "x"})
    assert answer.status_code == 409 and "earlier" in answer.json["detail"]
    assert post.actions() == []


def test_a_group_is_redriven_and_others_stay(post: Post) -> None:
    post.dead_letter("a", "b", "c")
    poison = dataclasses.replace(delivery("d", 1), body=b"{not json")
    post.harness.inbox.settle([poison])
    post.mend()
    done = post.post("/redrive", {"cause": "PermanentFault", "type": "intake.referral.received.v1", "reason": "mended"})
    assert (done.status_code, done.json["events"], done.json["remaining"]) == (200, 3, 0)
    assert (done.json["cause"], done.json["type"]) == ("PermanentFault", "intake.referral.received.v1")
    again = post.post("/redrive", {"cause": "PermanentFault"})
    assert again.status_code == 409
    post.work()
    assert [post.harness.order(subject) for subject in "abc"] == [[1, 2]] * 3
    assert post.post("/redrive", {"all": True}).status_code == 409, "what is no event is not driven again"
    assert [row["cause"] for row in post.get("/failed-events").json["items"]] == ["unreadable"]
    assert len(post.actions()) == 1, "an act on nothing leaves no entry"


def test_a_group_is_given_up_by_who_counted_it(post: Post) -> None:
    for number in range(3):
        post.harness.inbox.settle([dataclasses.replace(delivery("d", 1), body=b"{%d" % number)])
    body = {"cause": "unreadable", "type": None, "count": 2, "reason": "a stranger's"}
    wrong = post.post("/discard", body)
    assert wrong.status_code == 409 and "3" in wrong.json["detail"]
    assert post.get("").json["dead_lettered"] == 3
    right = post.post("/discard", body | {"count": 3})
    assert (right.status_code, right.json["events"], right.json["type"]) == (200, 3, None)
    assert post.get("").json["discarded"] == 3
    assert post.post("/discard", body | {"count": 3}).status_code == 409


def test_giving_up_a_group_goes_in_order_and_leaves_what_is_held_back(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    post.fail(("a", 1))
    post.harness.inbox.settle([delivery("a", 1)])
    post.harness.inbox.settle([delivery("a", n, queue="dead") for n in (2, 3)])
    post.harness.inbox.settle([delivery("b", n, queue="dead") for n in (1, 2, 3)])
    (group,) = [
        g for g in post.get("").json["groups"] if g["cause"] == "dead-lettered" and g["type"].endswith("received.v1")
    ]
    assert group["count"] == 1
    done = post.post("/discard", {"cause": "dead-lettered", "count": 5, "reason": "given up"})
    assert (done.json["events"], done.json["remaining"]) == (3, 2), "a's wait behind one that has another cause"
    monkeypatch.setattr(dead_letters, "MAX_DISCARDED", 1)
    post.post(f"/failed-events/{derived_id('a', '1')}/discard", {"reason": "x"})
    done = post.post("/discard", {"cause": "dead-lettered", "count": 2, "reason": "given up"})
    assert (done.json["events"], done.json["remaining"]) == (1, 1), "what one act does not take is left for the next"
    assert {row["sequence"] for row in post.get("/failed-events").json["items"]} == {3}


def test_more_than_one_act_takes_is_left_and_the_command_takes_all(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    post.dead_letter(*"abcde")
    monkeypatch.setattr(dead_letters, "MAX_REDRIVEN", 2)
    done = post.post("/redrive", {"all": True, "reason": "mended"})
    assert (done.json["events"], done.json["remaining"], done.json["cause"]) == (2, 3, None)
    context = CommandContext(post.harness.now, "operator:root", new_id())
    assert dead_letters.redrive(post.database, {}, context, "the rest", "imc on host") == 3
    assert [act["events"] for act in post.actions()] == [2, 2, 1]


def test_eight_at_once_are_one_act(post: Post) -> None:
    (event,) = post.dead_letter("a")
    app, statuses = post.office.client.application, []
    ready = threading.Barrier(8)

    def press(key: str) -> None:
        header = post.operator | {"Idempotency-Key": key}
        ready.wait()
        path = f"/notify/api/v1/operations/failed-events/{event}/redrive"
        statuses.append(app.test_client().post(path, headers=header, json={}).status_code)

    pressing = [threading.Thread(target=press, args=(f"k{n % 2}",)) for n in range(8)]
    for one in pressing:
        one.start()
    for one in pressing:
        one.join()
    assert set(statuses) <= {200, 409} and 200 in statuses
    assert (
        len(post.actions()) == 1
        and post.database.deferred_events.find_one({"_id": event})["state"] == deferred_events.WAITING
    )


def test_an_act_that_cannot_be_noted_does_not_happen(post: Post) -> None:
    (event,) = post.dead_letter("a")
    post.database.command("collMod", "audit", validator={"action": "nothing else"}) if "audit" in post.database.list_collection_names() else post.database.create_collection("audit", validator={"action": "nothing else"})  # fmt: skip
    assert post.post(f"/failed-events/{event}/redrive").status_code == 500
    assert post.post(f"/failed-events/{event}/discard", {"reason": "x"}).status_code == 500
    assert post.database.deferred_events.find_one({"_id": event})["state"] == deferred_events.DEAD_LETTERED
    assert post.database.operator_actions.count_documents({}) == 0


def test_nothing_of_a_message_that_is_none_is_shown(post: Post) -> None:
    canary = "YAMADA Hanako"
    good = delivery("a", 1)
    poison = [
        dataclasses.replace(good, body=canary.encode()),
        dataclasses.replace(good, content_type=f"text/{canary}"),
        dataclasses.replace(good, headers={"name": canary}, body=b"{"),
        dataclasses.replace(good, body=good.body.replace(b"referral.received", canary.encode())),
        dataclasses.replace(good, routing_key=canary, body=b"["),
    ]
    post.harness.inbox.settle(poison)
    assert len(post.get("/failed-events").json["items"]) == 5
    texts = [post.get("/failed-events").text, post.get("").text]
    for row in post.get("/failed-events").json["items"]:
        one = post.get(f"/failed-events/{row['id']}")
        assert one.json["event"] is None
        texts.append(one.text)
    assert canary not in "".join(texts)


def test_of_an_event_no_name_and_no_secret_is_shown(post: Post) -> None:
    world = post.office.world
    event = world.received_event(Case().confirmed(world.now))
    post.database.deferred_events.insert_one(
        deferred_events.document(
            Delivery(encode_received(event), CONTENT_TYPE),
            world.now,
            deferred_events.DEAD_LETTERED,
            "KeyError",
            kind="event",
            id_=event.id,
            subject_key=event.subject_key,
            sequence=1,
            type_=event.type,
        )
    )
    data = post.get(f"/failed-events/{event.id}").json["event"]["data"]
    assert (data["interpreter_id"], data["interpreter_name"], data["place"]) == ("yuki", "…", "…")
    assert data["reference"] == "R-26-00427-K" and data["status"] == "confirmed"


def test_the_trace_of_a_case_through_this_service(post: Post) -> None:
    world, case = post.office.world, Case(organization_id=None)
    (event,) = world.consume(case.received())
    post.database.inbox_positions.insert_one({"_id": f"intake/case/{case.case_id}", "last_sequence": 3, "missing": [2]})
    booking = f"interpreting/booking/b-{case.visit_id}"
    trace = post.get(f"/events?case_id={case.case_id}").json
    assert trace["service"] == "notify" and trace["published"] == trace["failed_events"] == []
    assert trace["consumed"] == [{"subject": f"intake/case/{case.case_id}", "last_sequence": 3, "missing": [2]}]
    (notice,) = trace["notices"]
    assert (notice["event_id"], notice["recipient"], notice["status"]) == (event.id, "role:front_desk", "delivered")
    trace = post.get(f"/events?case_id={case.case_id}&subjects={booking},accounts/nothing/x").json
    assert [row["subject"] for row in trace["consumed"]] == sorted([f"intake/case/{case.case_id}", booking])
    assert {row["subject"]: row["last_sequence"] for row in trace["consumed"]}[booking] == 0, "not event of yet"
    assert post.get(f"/events?case_id={case.case_id}&event_id={new_id()}").json["notices"] == []


def test_the_trace_names_what_failed_and_what_is_not_published_yet(post: Post) -> None:
    post.dead_letter("a")
    trace = post.get("/events?case_id=a").json
    assert [(row["sequence"], row["state"]) for row in trace["failed_events"]] == [(1, "dead_lettered"), (2, "behind")]
    assert trace["consumed"] == [{"subject": "intake/case/a", "last_sequence": 0, "missing": []}]
    by_event = post.get(f"/events?event_id={derived_id('a', '1')}").json
    assert [row["sequence"] for row in by_event["failed_events"]] == [1, 2]
    entry = {"id": new_id(), "type": "notify.notification.dead.v1", "sequence": 2, "time": post.harness.now}
    entry |= {"data": {"notification_id": "n", "recipient_id": "malee@agency.example", "reason": "timeout"}}
    entry |= {"correlationid": "a", "causationid": "e", "actor": "timer:sender"}
    post.database.notifications.insert_one({"_id": "n", "outbox": [entry], "outbox_due": post.harness.now})
    said = {**entry, "_id": new_id(), "subject": "n", "kind": "notification", "sequence": 1, "at": post.harness.now}
    post.database.event_log.insert_one({name: value for name, value in said.items() if name != "id"})
    first, second = post.get("/events?case_id=a").json["published"]
    assert (
        (first["sequence"], second["sequence"]) == (1, 2) and first["published_at"] and second["published_at"] is None
    )
    assert first["subject"] == "notify/notification/n" and first["consumers"] == ["intake"]
    assert "malee" not in post.get("/events?case_id=a").text
    assert [e["id"] for e in post.get(f"/events?event_id={entry['id']}").json["published"]] == [entry["id"]]


@pytest.mark.parametrize(
    "path",
    ["/events", "/events?case_id=", "/events?case_id[$ne]=x", "/events?case_id=a&subjects=x", "/events?case_id=a&subjects=a/b/c,", "/failed-events?state=odd", "/failed-events?x=1", "/history?x=1", "?x=1"],
)  # fmt: skip
def test_odd_questions_are_refused(post: Post, path: str) -> None:
    assert post.get(path).status_code == 422


@pytest.mark.parametrize(
    "body",
    [{}, {"cause": "x", "all": True}, {"all": False}, {"type": "x", "all": True}, {"cause": {"$ne": 1}}, {"cause": "x", "type": {"$ne": 1}}, {"cause": ["x"]}, {"all": 1}],
)  # fmt: skip
def test_odd_wishes_are_refused(post: Post, body: Any) -> None:
    post.dead_letter("a")
    assert post.post("/redrive", body).status_code == 422
    assert post.post("/discard", body | {"count": 1, "reason": "x"}).status_code in (409, 422)
    assert post.get("").json["dead_lettered"] == 1


@pytest.mark.parametrize("broker", ["rabbitmq", "embedded"])
def test_depths_of_ones_own_queues(request: pytest.FixtureRequest, mongo_url: str, database: Database, broker_prefix: str, broker: str) -> None:  # fmt: skip
    url = (
        request.getfixturevalue("rabbitmq_url")
        if broker == "rabbitmq"
        else mongo_url.replace("/?", f"/{database.name}?")
    )
    settings = settings_for("notify", mongo_url, url, broker_prefix)
    topology.declare(settings)
    queues = Queues(settings)
    found = queues.depths()
    assert found is not None and set(found) == {"queue", "dead", "unrouted"}
    assert queues.depths() is found, "asked again soon, the broker is left in peace"


@pytest.mark.timeout(35)  # a worker would bear two heartbeats of silence, 40 s
def test_a_broker_that_says_nothing_keeps_nobody_waiting(mongo_url: str, broker_prefix: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"amqp://guest:guest@127.0.0.1:{silent.getsockname()[1]}//"
        assert Queues(settings_for("notify", mongo_url, url, broker_prefix)).depths() is None


def test_a_consumer_beside_it_never_sees_half_an_act(post: Post) -> None:
    """Redriving while the worker handles: every event once."""
    events = post.dead_letter(*(f"s{n}" for n in range(12)))
    post.mend()
    other = Inbox("notify", post.database, HANDLERS, Dependencies(post.database), post.harness.clock)
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            post.harness.retries.run_due()
            other.settle([delivery(f"s{n}", 1) for n in range(12)])

    working = threading.Thread(target=work)
    working.start()
    for event in events:
        assert post.post(f"/failed-events/{event}/redrive").status_code == 200
    stop.set()
    working.join()
    post.work()
    assert [post.harness.order(f"s{n}") for n in range(12)] == [[1, 2]] * 12
    assert post.database.deferred_events.count_documents({}) == 0


def test_what_still_has_to_leave_is_seen_per_endpoint_and_late_is_not_well(post: Post) -> None:
    world = post.office.world
    world.organization("agency")
    world.endpoint("http://127.0.0.1:9/", endpoint_id="hook")
    world.endpoint("http://127.0.0.1:9/", endpoint_id="other", events=("referral.accepted",))
    world.consume(*[Case().received() for _ in range(7)], Case().accepted())
    post.database.notifications.update_one(
        {"recipient": "endpoint:hook"}, {"$set": {"status": "failed", "due_at": world.now + timedelta(hours=4)}}
    )
    operator = post.office.token("operator")
    world.move(seconds=299)
    first, second = post.get("", operator).json["deliveries"]
    assert (first["recipient"], first["organization"], first["waiting"], first["due"]) == (
        "endpoint:hook",
        "Bangkok Medical Travel",
        8,
        7,
    )
    assert (second["recipient"], second["waiting"], second["oldest_due_seconds"]) == ("endpoint:other", 1, 299.0)
    assert first["healthy"] and second["healthy"]
    text = post.office.client.get("/notify/metrics").text
    assert 'imc_deliveries_waiting{channel="webhook",recipient="endpoint:hook",service="notify"} 8.0' in text
    assert (
        'imc_deliveries_oldest_due_seconds{channel="webhook",recipient="endpoint:other",service="notify"} 299.0' in text
    )
    world.move(seconds=2)
    stands = post.get("", operator).json
    post.office.client.set_cookie("imc_token", operator["Authorization"].removeprefix("Bearer "))
    page = post.office.client.get("/notify/fragments/operations", headers={"Accept-Language": "en"}).text
    assert "Bangkok Medical Travel" in page and "8 waiting, 7 due now." in page and "due for 301 s" in page
    assert page.count(">Delayed<") == 2 and "operations.deliveries" not in page
    assert not stands["healthy"] and {one["healthy"] for one in stands["deliveries"]} == {False}
    post.database.notifications.update_many({"channel": "webhook"}, {"$set": {"due_at": None, "status": "delivered"}})
    assert post.get("", operator).json["deliveries"] == []
    assert "imc_deliveries" not in post.office.client.get("/notify/metrics").text


def test_mail_that_waits_is_one_line_and_names_nobody(post: Post) -> None:
    due = {"channel": "email", "status": "queued", "due_at": post.office.world.now, "sequence": 1}
    post.database.notifications.insert_many(
        [
            due | {"_id": f"m{n}", "recipient_queue": f"contact:person{n}@agency.example", "organization_id": "agency"}
            for n in range(3)
        ]
    )
    answer = post.get("", post.office.token("operator"))
    (one,) = answer.json["deliveries"]
    assert (one["channel"], one["recipient"], one["waiting"], one["organization"]) == ("email", "email", 3, None)
    assert "person" not in answer.text


def test_the_command_shows_them_and_is_not_well_with_late_ones(mongo_url: str, post: Post, tmp_path: Path) -> None:
    settings = settings_of("notify", mongo_url, post.database.name, tmp_path / "command")
    post.database.meta.insert_one({"_id": "worker:host:7", "kind": "worker", "at": utc_now(), "started": utc_now(), "consuming": True, "publishing": True})  # fmt: skip
    post.office.world.now = utc_now()
    post.office.world.organization("agency")
    post.office.world.endpoint("http://127.0.0.1:9/")
    post.office.world.consume(Case().received(), Case().received())
    own = status.database_status(settings)
    assert status.is_healthy(own) and [one["waiting"] for one in own["deliveries"]] == [2]
    late = utc_now() - timedelta(minutes=20)
    post.database.notifications.update_one({"channel": "webhook"}, {"$set": {"due_at": late}})
    own = status.database_status(settings)
    assert not status.is_healthy(own)
    found = {"notify": {"web": {"ready": True, "status": 200}, "healthy": False, **own}}
    shown = status.as_text(
        {"services": found, "gateway": {"answers": True}, "broker": {"answers": True}, "healthy": False}
    )
    assert "webhook hook (Bangkok Medical Travel): 2 waiting, 2 due, the oldest for 12" in shown
    assert "TOO LATE" in shown and shown.endswith("NEEDS ATTENTION")
