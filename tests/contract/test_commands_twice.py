"""Idempotency-Key and If-Match over HTTP, through the gateway and several web processes."""

import threading
import uuid
from typing import Any

import pytest
import requests

from tests.contract.refusals import refused
from tests.contract.world import World
from tests.journeys import play

REFERRALS = "/intake/api/v1/referrals"


def _send(
    world: World, body: Any, key: str | bytes, who: str | None = None, path: str = REFERRALS
) -> requests.Response:
    headers = {"Idempotency-Key": key}
    return world.system.call("POST", path, who or world.cast.agency.credential, json=body, headers=headers)


def _count(world: World, reference: str) -> int:
    return len(world.cast.agency.get(REFERRALS, agency_reference=reference)["items"])


def test_the_same_again_is_answered_as_the_first_time(world: World) -> None:
    body, key = play.referral(), uuid.uuid4().hex
    first = _send(world, body, key)
    again = _send(world, dict(reversed(body.items())), key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert (first.content, first.headers["Location"], first.headers["ETag"]) == (
        again.content,
        again.headers["Location"],
        again.headers["ETag"],
    )
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert _count(world, body["agency_reference"]) == 1


def test_another_body_or_another_address_with_the_same_key_is_422(world: World) -> None:
    body, key = play.referral(), uuid.uuid4().hex
    made = _send(world, body, key).json()
    refused(_send(world, body | {"agency_reference": "another"}, key), 422)
    refused(_send(world, {"text": "hello"}, key, path=f"{REFERRALS}/{made['id']}/messages"), 422)
    assert _count(world, "another") == 0
    assert world.cast.agency.get(f"{REFERRALS}/{made['id']}")["messages"] == []


def test_a_refused_try_leaves_its_key_free(world: World) -> None:
    body, key = play.referral(), uuid.uuid4().hex
    refused(_send(world, body | {"payer": {}}, key), 422)
    assert _send(world, body, key).status_code == 201


def test_another_agency_may_use_the_same_key(world: World) -> None:
    body, key = play.referral(), uuid.uuid4().hex
    other = play.gather(world.system)
    other.receiver.close()
    ids = {_send(world, body, key, who).json()["id"] for who in (None, other.agency.credential)}
    assert len(ids) == 2
    assert other.agency.get(REFERRALS)["items"][0]["id"] in ids


def test_eight_at_once_make_one(world: World) -> None:
    body, key = play.referral(), uuid.uuid4().hex
    answers: list[requests.Response] = []
    ready = threading.Barrier(8)

    def send() -> None:
        ready.wait()
        answers.append(_send(world, body, key))

    senders = [threading.Thread(target=send) for _ in range(8)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert {answer.status_code for answer in answers} <= {201, 409}
    made = [answer for answer in answers if answer.status_code == 201]
    assert len({answer.content for answer in made}) == 1
    assert sum("Idempotency-Replayed" not in answer.headers for answer in made) == 1
    assert _count(world, body["agency_reference"]) == 1


@pytest.mark.parametrize("key", ["a" * 256, "a b", "", "ключ".encode(), b"\xff", "a\tb"], ids=repr)
def test_a_key_that_is_none_is_400(world: World, key: str | bytes) -> None:
    body = play.referral()
    refused(_send(world, body, key), 400)
    assert _count(world, body["agency_reference"]) == 0


def test_a_command_sent_twice_happens_once(world: World) -> None:
    case_id = world.cast.agency.post(REFERRALS, play.referral(), 201)["id"]
    key, path = uuid.uuid4().hex, f"/intake/api/v1/cases/{case_id}/review"
    first, again = (_send(world, {}, key, world.cast.desk.credential, path) for _ in range(2))
    assert (first.status_code, first.content) == (again.status_code, again.content) == (200, first.content)
    assert again.headers["Idempotency-Replayed"] == "true"
    problem = refused(_send(world, {}, uuid.uuid4().hex, world.cast.desk.credential, path), 409)
    assert "accept" in problem["allowed"]
    lines = world.cast.desk.get(f"/intake/api/v1/cases/{case_id}/timeline")["items"]
    assert sum(line["type"] == "case.review_started" for line in lines) == 1


def test_if_match_takes_the_version_get_gave_and_no_other(world: World) -> None:
    case_id = world.cast.agency.post(REFERRALS, play.referral(), 201)["id"]
    path, desk = f"/intake/api/v1/cases/{case_id}", world.cast.desk.credential

    def etag() -> str:
        return world.system.call("GET", path, desk).headers["ETag"]

    def patch(match: str | bytes) -> requests.Response:
        body = {"request": {"reason": uuid.uuid4().hex}}
        return world.system.call("PATCH", path, desk, json=body, headers={"If-Match": match})

    before = etag()
    for stale in (
        '"0"',
        '"999"',
        '"abc"',
        f"W/{before}",
        '"' + "9" * 40 + '"',
        '""',
        '"1", "0"'.replace('"1"', '"77"'),
    ):
        refused(patch(stale), 412)
    for garbage in ("1", "", "abc", '"1', "'1'", '"1" "2"', '"ä"'.encode(), "**", '"1",', before.strip('"')):
        refused(patch(garbage), 400)
    assert etag() == before, "nothing of this changed anything"
    assert patch(before).status_code == 200
    refused(patch(before), 412)
    assert patch("*").status_code == 200
    assert patch(f'"0", {etag()}').status_code == 200
    unknown = world.system.call(
        "PATCH", f"{path[:-4]}ffff", desk, json={"request": {"reason": "a"}}, headers={"If-Match": before}
    )
    refused(unknown, 404)


def test_of_two_who_saw_the_same_one_wins(world: World) -> None:
    case_id = world.cast.agency.post(REFERRALS, play.referral(), 201)["id"]
    path, desk = f"/intake/api/v1/cases/{case_id}", world.cast.desk.credential
    etag = world.system.call("GET", path, desk).headers["ETag"]
    statuses: list[int] = []

    def edit(reason: str) -> None:
        body = {"request": {"reason": reason}}
        statuses.append(world.system.call("PATCH", path, desk, json=body, headers={"If-Match": etag}).status_code)

    writers = [threading.Thread(target=edit, args=(f"Reason {number}",)) for number in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sorted(statuses) == [200, 412, 412, 412]
