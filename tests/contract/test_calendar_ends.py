"""Days at the ends of the calendar, over HTTP, of a running system: asked of every page and route that is asked for a day, and kept in records.

That no field takes a day beyond the ends is tests/architecture/test_calendar_ends.py's; here is what happens to the last that are taken.
"""

import re
from pathlib import Path
from typing import Any

import pytest
import requests
from marshmallow import fields

from shared.settings import SERVICES
from tests.apps import unserved
from tests.architecture.test_calendar_ends import is_of_days, shapes_of
from tests.contract.world import World
from tests.journeys import play

FIRST, LAST = "1850-01-01", "2199-12-31"
ASKED = (FIRST, LAST, "1850-01", "2199-12", f"{FIRST}T00:00:00+14:00", f"{LAST}T23:59:59-14:00", "0001-01-01", "0001-01-02", "9999-12-30", "9999-12-31", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-11-24T23:59:60Z", "令和99年1月1日")  # fmt: skip
ZONES = ("Asia/Tokyo", "Pacific/Kiritimati", "Pacific/Pago_Pago")

NAMES_EXPECTED = re.compile("[Ee]xpected|Enter |Leave ")
"""The API says what was expected, a page what to enter or to leave out."""


def _cookies(world: World, zone: str) -> dict[str, str]:
    return {"imc_token": world.admin.credential, "imc_zone": zone, "imc_language": "en"}


def _answer(world: World, address: str, zone: str = ZONES[0], **query: str) -> requests.Response:
    """As an admin asks for it, or an agency where admins may not, at the API or in a browser of somebody in this zone."""
    if "/api/" in address:
        answer = world.system.call("GET", address, world.admin.credential, params=query)
        return (
            answer
            if answer.status_code != 403
            else world.system.call("GET", address, world.cast.agency.credential, params=query)
        )
    return requests.get(f"{world.system.url}{address}", query, cookies=_cookies(world, zone), timeout=20)


@pytest.mark.parametrize("service", SERVICES)
def test_whoever_asks_for_such_a_day_gets_an_answer(world: World, service: str, tmp_path: Path) -> None:
    app = unserved(service, tmp_path)
    gets = {rule.rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    wrong, tried = [], 0
    for rule, schema in shapes_of(app):
        if rule not in gets or "<" in rule or not rule.startswith(f"/{service}/"):
            continue
        days = [member.data_key or name for name, member in schema.fields.items() if is_of_days(member)]
        others = {
            member.data_key or name: "th" if isinstance(member, fields.String) else "2026-11-24T09:00:00+09:00"
            for name, member in schema.fields.items()
            if member.required
        }
        for name in days:
            for text, zone in zip(ASKED, ZONES * len(ASKED), strict=False):
                answer = _answer(world, rule, zone, **{**others, name: text})
                tried += 1
                if answer.status_code not in (200, 422) or (
                    answer.status_code == 422 and not NAMES_EXPECTED.search(answer.text)
                ):
                    wrong.append(f"{rule}?{name}={text}: {answer.status_code} {answer.text[:300]}")
    assert wrong == []
    assert tried or service in ("partners", "notify", "accounts")


def _kept(world: World) -> dict[str, str]:
    """Records with the first and the last days that are taken, wherever they may stand: ids by the names in addresses."""
    admin, day = world.admin, {"from": f"{LAST}T23:59:00-14:00", "to": f"{LAST}T23:59:59-14:00"}
    interpreter = admin.post(
        "/interpreting/api/v1/interpreters",
        {
            "name": {"latin": "KITAMURA Sora"},
            "languages": [{"tag": "is", "level": "native"}],
            "modalities": ["on_site"],
            "weekly_hours": [{"day": "mon", "from": "00:00", "to": "24:00"}],
            "certifications": [{"language": "is", "name": "A", "expires_on": at} for at in (FIRST, LAST)],
            "exceptions": [{"from": f"{FIRST}T00:00:00+14:00", "to": f"{FIRST}T00:00:01+14:00"}, day],
        },
        201,
    )
    body = play.referral("is")
    body["patient"] |= {"birth_date": "1880-01-01", "passport": {"number": "A1", "country": "IS", "expires": LAST}}
    body["request"] |= {"wished_dates": [FIRST, LAST]}
    case = world.cast.agency.post("/intake/api/v1/referrals", body, 201)
    for command in ("review", "accept"):
        world.cast.desk.post(f"/intake/api/v1/cases/{case['id']}/{command}")
    agreement = {"kind": "mou", "title": {"en": "Exchange"}, "term": "self_renewing", "renews_months": 120}
    agreement |= {"starts": "1950-01-01", "ends": "2150-12-31", "organization_ids": [world.ids["organization_id"]]}
    made = admin.post("/partners/api/v1/agreements", agreement, 201)
    key = {"expires_at": f"{LAST}T23:59:59-14:00"}
    admin.post(f"/partners/api/v1/organizations/{world.ids['organization_id']}/keys", key, 201)
    programme = {
        "kind": "observation",
        "title": {"ja": "見学", "en": "Observation"},
        "department": "cardiology",
        "languages": ["en"],
        "periods": [
            {"from": "2199-12-01", "until": LAST, "slots": 2},
            {"from": FIRST, "until": "1850-02-01", "slots": 2},
        ],
        "requirements": [],
    }
    return {
        "interpreter_id": interpreter["id"],
        "case_id": case["id"],
        "agreement_id": made["id"],
        "programme_id": admin.post("/training/api/v1/programmes", programme, 201)["id"],
    }


def test_no_page_and_no_route_fails_for_what_was_taken(world: World, tmp_path: Path) -> None:
    ids: dict[str, Any] = {**world.ids, **_kept(world)}
    wrong, seen = [], 0
    for service in SERVICES:
        app = unserved(service, tmp_path / service)
        for rule in app.url_map.iter_rules():
            names = re.findall(r"<(?:\w+:)?(\w+)>", rule.rule)
            if (
                "GET" not in (rule.methods or ())
                or not rule.rule.startswith(f"/{service}/")
                or not set(names) <= set(ids)
            ):
                continue
            address = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(ids[found[1]]), rule.rule)
            for zone in ZONES if "/api/" not in address else ZONES[:1]:
                answer = _answer(world, address, zone)
                seen += answer.status_code == 200
                if answer.status_code >= 500 and not address.endswith("/readyz"):
                    wrong.append(f"{address} in {zone}: {answer.status_code} {answer.text[:300]}")
    assert wrong == []
    assert seen > 100
