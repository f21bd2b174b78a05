"""Two agencies: whatever one does with the other's ids answers exactly as with ids that never were, and lists show nothing of it."""

import uuid
from typing import Any

import pytest

from tests.contract.refusals import refused
from tests.contract.world import World, made
from tests.journeys import play
from tests.system import System

REFERRALS = "/intake/api/v1/referrals"
WEBHOOKS = "/partners/api/v1/organizations/me/webhooks"
UNKNOWN = {
    "case_id": "0197f0a0-0000-7000-8000-0000000000ff",
    "message_id": "0197f0a0-0000-7000-8000-0000000000fe",
    "document_id": "0197f0a0-0000-7000-8000-0000000000fd",
    "endpoint_id": "0197f0a0-0000-7000-8000-0000000000fc",
}
FILE: dict[str, Any] = {"files": {"file": ("a.txt", b"text", "text/plain")}, "data": {"kind": "other"}}
CALLS: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", REFERRALS + "/{case_id}", {}),
    ("GET", REFERRALS + "/{case_id}/timeline", {}),
    ("GET", REFERRALS + "/{case_id}/messages/{message_id}", {}),
    ("GET", REFERRALS + "/{case_id}/documents/{document_id}", {}),
    ("POST", REFERRALS + "/{case_id}/information", {"json": {"message": "Hello"}}),
    ("POST", REFERRALS + "/{case_id}/messages", {"json": {"text": "Hello"}}),
    ("POST", REFERRALS + "/{case_id}/cancellation", {"json": {"reason": "travel"}}),
    ("POST", REFERRALS + "/{case_id}/documents", FILE),
    ("GET", WEBHOOKS + "/{endpoint_id}", {}),
    ("DELETE", WEBHOOKS + "/{endpoint_id}", {}),
    ("POST", WEBHOOKS + "/{endpoint_id}/disable", {}),
    ("POST", WEBHOOKS + "/{endpoint_id}/enable", {}),
    ("POST", WEBHOOKS + "/{endpoint_id}/rotate-secret", {}),
]


@pytest.fixture(scope="module")
def other(system: System) -> World:
    return made(system)


@pytest.mark.parametrize(("method", "path", "sent"), CALLS, ids=lambda value: value if isinstance(value, str) else "")
@pytest.mark.parametrize(
    "headers", [{}, {"If-Match": '"1"'}, {"Idempotency-Key": "same-for-all"}], ids=["plain", "if-match", "key"]
)
def test_anothers_id_is_like_one_that_never_was(
    world: World, other: World, method: str, path: str, sent: dict[str, Any], headers: dict[str, str]
) -> None:
    before = _state(other)
    answers = [
        world.system.call(method, path.format(**ids), world.cast.agency.credential, headers=headers, **sent)
        for ids in (other.ids, UNKNOWN)
    ]
    told = [refused(answer, 404, 412) for answer in answers]  # 412: an endpoint's version is its own organization's
    for problem in told:
        problem.pop("instance")
    assert told[0] == told[1]
    assert sorted(answers[0].headers) == sorted(answers[1].headers)
    assert _state(other) == before


@pytest.mark.parametrize("part", ["messages/{message_id}", "documents/{document_id}"])
def test_anothers_papers_are_not_reached_through_ones_own_case(world: World, other: World, part: str) -> None:
    own = {**other.ids, "case_id": world.ids["case_id"]}
    path = f"{REFERRALS}/{own['case_id']}/{part}".format(**own)
    refused(world.system.call("GET", path, world.cast.agency.credential), 404)
    refused(world.system.call("GET", path.replace("/referrals/", "/cases/"), world.cast.desk.credential), 404)


def test_lists_show_nothing_of_another(world: World, other: World) -> None:
    theirs = other.cast.agency.get(f"{REFERRALS}/{other.ids['case_id']}")
    mine = world.cast.agency.get(REFERRALS, limit=200)["items"]
    assert other.ids["case_id"] not in {item["id"] for item in mine}
    for query in (
        {"agency_reference": theirs["agency_reference"]},
        {"updated_since": theirs["updated_at"], "limit": 200},
    ):
        found = world.cast.agency.get(REFERRALS, **query)["items"]
        assert other.ids["case_id"] not in {item["id"] for item in found}
    endpoints = world.cast.agency.get(WEBHOOKS)["items"]
    assert other.ids["endpoint_id"] not in {item["id"] for item in endpoints}
    own = world.cast.agency.get("/partners/api/v1/organizations/me")
    assert own["id"] == world.cast.organization_id


def test_the_same_agency_reference_of_another_is_no_hint(world: World, other: World) -> None:
    reference = f"BKK-{uuid.uuid4().hex[:8]}"
    body = play.referral() | {"agency_reference": reference}
    other.cast.agency.post(REFERRALS, body, 201)
    assert not world.cast.agency.post(REFERRALS, body, 201).get("same_agency_reference_as")
    assert world.cast.agency.post(REFERRALS, body, 201)["same_agency_reference_as"]


def test_what_the_desk_notes_down_an_agency_does_not_read(world: World) -> None:
    """A document for the hospital alone is not there for the agency, neither in the list nor by its id."""
    case = f"/intake/api/v1/cases/{world.ids['case_id']}"
    file = {"files": {"file": ("note.txt", b"For us", "text/plain")}, "data": {"kind": "other", "visible_to": "us"}}
    paper = world.system.call("POST", f"{case}/documents", world.cast.desk.credential, **file).json()["id"]
    assert paper not in str(world.cast.agency.get(f"{REFERRALS}/{world.ids['case_id']}"))
    path = f"{REFERRALS}/{world.ids['case_id']}/documents/{paper}"
    refused(world.system.call("GET", path, world.cast.agency.credential), 404)


def _state(world: World) -> list[Any]:
    """What the other agency sees of its own."""
    agency = world.cast.agency
    referral = agency.get(f"{REFERRALS}/{world.ids['case_id']}")
    visits = referral.pop("visits")  # an interpreter may be found meanwhile
    return [referral, [visit["id"] for visit in visits], agency.get(f"{WEBHOOKS}/{world.ids['endpoint_id']}")]
