"""An applicant's mail through a whole running system: training says, notify asks it for the address and sends, the link is theirs."""

import uuid
from email.message import EmailMessage
from typing import Any

import requests

from tests.system import System


def mails_to(system: System, address: str) -> list[EmailMessage]:
    return [mail for mail in system.mails() if str(mail["To"]) == address]


def programme(system: System, token: str) -> dict[str, Any]:
    body = {
        "kind": "observation",
        "title": {"ja": "見学", "en": "Observation"},
        "text": {"ja": "見学します。", "en": "Looking on."},
        "department": "cardiology",
        "languages": ["en", "ja"],
        "deadline": "2099-12-31T15:00:00Z",
        "periods": [{"from": "2099-02-01", "until": "2099-03-31", "slots": 2}],
        "requirements": [],
    }
    answer = system.call("POST", "/training/api/v1/programmes", token, json=body)
    assert answer.status_code == 201, answer.text
    id_ = answer.json()["id"]
    assert system.call("POST", f"/training/api/v1/programmes/{id_}/publish", token).status_code == 200
    return dict(answer.json())


def test_who_begins_an_application_gets_the_link(system: System) -> None:
    token, address = system.token("training"), f"{uuid.uuid4().hex[:12]}@lotus.example"
    body = {"programme_id": programme(system, token)["id"], "email": address, "language": "en"}
    begun = system.call("POST", "/training/api/v1/applications", token, json=body)
    assert begun.status_code == 201, begun.text
    id_, reference = begun.json()["id"], begun.json()["reference"]
    (mail,) = system.until(lambda: mails_to(system, address), 30)
    assert mail["Subject"] == f"Your application {reference}: continue at any time"
    assert f"{system.url}/training/application/" in mail.get_content()
    listed = f"/notify/api/v1/notifications?recipient=applicant:{id_}"
    desk = system.token("front_desk")
    (notice,) = system.until(lambda: _delivered(system.call("GET", listed, desk).json()["items"]))
    assert (notice["application_id"], notice["attempts"]) == (id_, 1) and address not in str(notice)


def _delivered(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in items if one["status"] == "delivered"]


def test_the_address_is_no_stranger_s_to_ask_for(system: System) -> None:
    contact = f"{system.url}/training/api/v1/applications/0197f0a0-0000-7000-8000-0000000000ff/contact"
    assert requests.get(contact, timeout=20).status_code == 401
    assert system.call("GET", contact.removeprefix(system.url), system.token("admin")).status_code == 403
