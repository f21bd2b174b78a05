"""An agency's ETag, `updated_at` and list of changes move with what it can see of a referral, and with nothing else."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database

from services.intake.actions.exchange import write_note
from shared.command_context import CommandContext
from tests.etags import version
from tests.integration.intake_office import Office

Act = Callable[[Office, str], Any]


@pytest.fixture
def office(mongo_url: str, database: Database, tmp_path: Path) -> Office:
    return Office(mongo_url, database, tmp_path)


def attach(office: Office, id_: str, **fields: Any) -> None:
    data = {"file": (BytesIO(b"Dear colleague"), "letter.txt"), "kind": "referral_letter"} | fields
    answer = office.client.post(f"/intake/api/v1/cases/{id_}/documents", data=data, headers=office.as_desk())
    assert answer.status_code == 201, answer.text


def note(office: Office, id_: str) -> None:
    write_note(office.deps(), id_, "Between us", CommandContext(office.now, "account:acc-1", "a request"))


def edit(office: Office, id_: str, **changes: Any) -> None:
    answer = office.client.patch(f"/intake/api/v1/cases/{id_}", json=changes, headers=office.as_desk())
    assert answer.status_code == 200, answer.text


def look(office: Office, id_: str) -> None:
    for path in (f"/cases/{id_}", f"/cases/{id_}/timeline", "/cases"):
        assert office.get(path, office.as_desk()).status_code == 200


UNSEEN: dict[str, Act] = {
    "a note": note,
    "two notes": lambda office, id_: [note(office, id_) for _ in range(2)],
    "a document of the hospital's own": attach,
    "a document for the patient": lambda office, id_: attach(office, id_, visible_to="patient"),
    "the hospital's number of the patient": lambda office, id_: edit(
        office, id_, patient={"hospital_number": "12345678"}
    ),
    "being read": look,
}
SEEN: dict[str, Act] = {
    "a review": lambda office, id_: office.command(f"/cases/{id_}/review"),
    "a message": lambda office, id_: office.command(f"/cases/{id_}/messages", {"text": "Which ward?"}),
    "a document for the agency": lambda office, id_: attach(office, id_, visible_to="agency"),
    "an edit": lambda office, id_: edit(office, id_, patient={"nationality": "VN"}),
    "an edit of both": lambda office, id_: edit(office, id_, patient={"nationality": "VN", "hospital_number": "1"}),
    "languages": lambda office, id_: edit(office, id_, languages=[{"tag": "vi", "level": "native"}]),
    "a decision": lambda office, id_: office.command(
        f"/cases/{id_}/decline", {"reason": "no_capacity", "message": "We are full"}
    ),
    "its own message": lambda office, id_: office.post(
        f"/referrals/{id_}/messages", office.as_agency(), {"text": "Hello"}
    ),
}


def known(office: Office, id_: str) -> tuple[str, Any, str]:
    answer = office.get(f"/referrals/{id_}", office.as_agency())
    return answer.headers["ETag"], answer.json, answer.json["updated_at"]


@pytest.mark.parametrize("what", UNSEEN)
def test_what_it_cannot_see_moves_nothing(office: Office, what: str) -> None:
    id_ = office.refer()
    before, desk_before = known(office, id_), office.get(f"/cases/{id_}", office.as_desk()).headers["ETag"]
    office.now += timedelta(minutes=5)
    since = office.now.isoformat().replace("+", "%2B")
    UNSEEN[what](office, id_)
    assert known(office, id_) == before
    assert office.get(f"/referrals?updated_since={since}", office.as_agency()).json["items"] == []
    if what != "being read":
        assert office.get(f"/cases/{id_}", office.as_desk()).headers["ETag"] != desk_before
    asked = office.post(f"/referrals/{id_}/messages", office.as_agency(), {"text": "x"}, extra={"If-Match": before[0]})
    assert asked.status_code == 201, "it holds what there is to see"


@pytest.mark.parametrize("what", SEEN)
def test_what_it_can_see_moves_all_three(office: Office, what: str) -> None:
    id_ = office.refer()
    before = known(office, id_)
    office.now += timedelta(minutes=5)
    since = office.now.isoformat().replace("+", "%2B")
    SEEN[what](office, id_)
    after = known(office, id_)
    assert version(office.get(f"/referrals/{id_}", office.as_agency())) > int(before[0].strip('"').partition("-")[0])
    assert after[0] != before[0] and after[2] > before[2]
    assert [row["id"] for row in office.get(f"/referrals?updated_since={since}", office.as_agency()).json["items"]] == [
        id_
    ]
    asked = office.post(f"/referrals/{id_}/messages", office.as_agency(), {"text": "x"}, extra={"If-Match": before[0]})
    assert asked.status_code == 412


def test_its_version_is_not_the_desks(office: Office) -> None:
    id_ = office.refer()
    for _ in range(3):
        note(office, id_)
    by_desk, by_agency = (
        office.get(path, who)
        for path, who in ((f"/cases/{id_}", office.as_desk()), (f"/referrals/{id_}", office.as_agency()))
    )
    assert (version(by_desk), version(by_agency)) == (4, 1)
    desk, agency = by_desk.headers["ETag"], by_agency.headers["ETag"]
    assert (
        office.post(
            f"/referrals/{id_}/messages", office.as_agency(), {"text": "x"}, extra={"If-Match": desk}
        ).status_code
        == 412
    )
    made = office.post(f"/referrals/{id_}/messages", office.as_agency(), {"text": "x"}, extra={"If-Match": agency})
    assert made.status_code == 201
    assert version(made) == version(office.get(f"/referrals/{id_}", office.as_agency())) == 2


def test_pages_of_changes_go_by_what_it_can_see(office: Office) -> None:
    ids = []
    for number in range(5):
        office.now += timedelta(minutes=1)
        ids.append(office.refer(agency_reference=f"A-{number}"))
    since = (office.now - timedelta(hours=1)).isoformat().replace("+", "%2B")
    office.now += timedelta(minutes=1)
    note(office, ids[0])
    office.command(f"/cases/{ids[1]}/review")
    found, path = [], f"/intake/api/v1/referrals?limit=2&updated_since={since}"
    while path:
        answer = office.client.get(path, headers=office.as_agency())
        found += [row["id"] for row in answer.json["items"]]
        path = answer.headers.get("Link", "").partition("<")[2].partition(">")[0]
    assert found == [ids[0], ids[2], ids[3], ids[4], ids[1]]
