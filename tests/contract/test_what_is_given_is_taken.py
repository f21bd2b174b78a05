"""What an answer gives, the request of the same resource takes: read back and sent as it is, of what the request has; and where it is found.

The documents say which fields those are; every operation that makes or changes something by JSON stands here, or says why not.
"""

import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from shared.settings import SERVICES
from shared.web.openapi_details import operations
from tests.contract.world import World
from tests.journeys import play
from tests.journeys.play import Person

Body = dict[str, Any]
Made = tuple[Person, str, Body]
UNEQUAL = {"interpreter": "of a visit: what is asked for goes in, how it stands comes out"}


def fresh() -> str:
    return uuid.uuid4().hex[:8]


def code() -> str:
    return "d_" + fresh().translate(str.maketrans("0123456789", "ghijklmnop"))


def patient() -> Body:
    return {
        "name": {
            "latin": "SOMCHAI Jaidee",
            "native": "สมชาย ใจดี",
            "kana": "ソムチャイ ジャイディー",
            "preferred": "Som",
        },
        "birth_date": "1961-04-02",
        "sex": "male",
        "nationality": "TH",
        "residence": "medical_traveller",
        "passport": {"number": "AA1234567", "country": "TH", "expires": "2031-01-01"},
        "phone": "+66 2 123 4567",
        "email": "somchai@example.com",
        "address": "1 Rama IV Road, Bangkok",
        "emergency_contact": {"name": "JAIDEE Mali", "relation": "wife", "phone": "+66 81 234 5678", "language": "th"},
        "allergies": "Penicillin",
    }


def referral() -> Body:
    told = play.referral() | {"patient": patient()}
    told["request"] |= {"clinical_summary": "Murmur since May.", "wished_dates": [play.day_in(60)]}
    told["payer"] = {"kind": "foreign_insurer", "company": "Lotus Insurance", "policy_number": "TH-1"}
    interpreter = {"required": True, "provided_by": "family", "for": "patient"}
    interpreter["waiver"] = {"who": "the wife", "why": "wished", "child": False}
    told["needs"] = {"interpreter": interpreter, "religion": "Buddhist", "prayer": "none", "diet": "no beef", "access": "wheelchair"}  # fmt: skip
    return told


def case() -> Body:
    told = referral()
    del told["agency_reference"]
    told["patient"] |= {"phone": "03-1234-5678", "hospital_number": fresh()}
    told["patient"]["emergency_contact"]["phone"] = "090-1234-5678"
    return told | {"channel": "phone_or_mail"}


def interpreter() -> Body:
    return {
        "name": {"latin": f"TANAKA {fresh()}", "written": "田中 ゆき", "kana": "タナカ ユキ"},
        "gender": "female",
        "languages": [{"tag": "th", "level": "professional"}],
        "modalities": ["video", "on_site"],
        "weekly_hours": [{"day": "mon", "from": "08:30", "to": "24:00"}],
        "travel_buffer_minutes": 15,
        "daily_maximum": 4,
        "email": f"{fresh()}@hospital.example",
        "certifications": [{"language": "th", "name": "Medical Thai", "expires_on": "2030-01-01"}],
        "exceptions": [{"from": f"{play.day_in(200)}T00:00:00+09:00", "to": f"{play.day_in(201)}T00:00:00+09:00"}],
    }


def agreement(world: World) -> Body:
    days = {"starts": "2026-04-01", "ends": "2029-03-31", "renews_months": 12, "notice_months": 3}
    terms = {"kind": "mou", "title": {"en": "Exchange", "ja": "交流"}, "term": "self_renewing", "scopes": ["training"]}
    quota = [{"direction": "in", "year": 2027, "people": 4}]
    return terms | days | {"quota": quota, "organization_ids": [world.ids["organization_id"]]}


def programme() -> Body:
    return {
        "kind": "observation",
        "title": {"ja": "循環器内科 見学", "en": f"Observation {fresh()}"},
        "text": {"ja": "病棟を見学します。", "en": "Wards, looking on."},
        "department": "cardiology",
        "country": "TH",
        "languages": ["en", "ja"],
        "professions": ["doctor"],
        "deadline": f"{play.day_in(90)}T15:00:00Z",
        "periods": [{"from": play.day_in(120), "until": play.day_in(160), "slots": 2, "group_size": 3}],
        "answer_days": 14,
    }


def made_of(world: World) -> dict[str, Made]:
    """By operation: who calls, the address, a body with as much in it as there is."""
    admin, agency = world.admin, world.cast.agency
    roles = ["front_desk", "coordinator"]
    contact = {"name": "Mali", "email": f"{fresh()}@example.com", "language": "en"}
    start, end = (f"{play.day_in(140)}T{hour}:00:00+09:00" for hour in ("10", "11"))
    visit = {
        "department": "cardiology",
        "start": start,
        "end": end,
        "place": "3F",
        "modality": "video",
        "kind": "online",
    }
    case_id = world.ids["case_id"]
    return {
        "createReferral": (agency, "/intake/api/v1/referrals", referral()),
        "registerCase": (admin, "/intake/api/v1/cases", case()),
        "bookVisit": (admin, f"/intake/api/v1/cases/{case_id}/visits", visit),
        "postMessage": (agency, f"/intake/api/v1/referrals/{case_id}/messages", {"text": "Arrives by wheelchair"}),
        "postCaseMessage": (admin, f"/intake/api/v1/cases/{case_id}/messages", {"text": "Which ward?"}),
        "registerInterpreter": (admin, "/interpreting/api/v1/interpreters", interpreter()),
        "registerOrganization": (
            admin,
            "/partners/api/v1/organizations",
            {"name": f"Lotus {fresh()}", "kinds": ["hospital"], "country": "TH", "contacts": [contact]},
        ),
        "draftAgreement": (admin, "/partners/api/v1/agreements", agreement(world)),
        "addEndpoint": (
            agency,
            "/partners/api/v1/organizations/me/webhooks",
            {"url": "https://93.184.215.14/imc", "events": ["referral.scheduled"]},
        ),
        "createAccount": (
            admin,
            "/accounts/api/v1/accounts",
            {"username": f"a-{fresh()}", "roles": roles, "name": "Mori", "email": contact["email"], "language": "ja"},
        ),
        "addDepartment": (
            admin,
            "/accounts/api/v1/departments",
            {
                "code": code(),
                "names": {"ja": "眠", "en": "Sleep"},
                "place": "5F",
                "extension": "512",
                "listed": True,
            },
        ),
        "draftProgramme": (admin, "/training/api/v1/programmes", programme()),
    }


ELSEWHERE = {  # made otherwise, or of nothing that could be sent again
    "createToken": "a sign-in",
    "attachDocument": "a file",
    "attachCaseDocument": "a file",
    "attachScan": "a file",
    "issueKey": "shown once, two at most",
    "rotateKey": "no body",
    "newCalendarLink": "no body",
    "renewAgreement": "terms of an agreement that ends",
    "beginApplication": "what is written stands below `written` in the answer: see below",
    "nominateGroup": "a nomination needs an agreement in force",
}
UNIQUE: dict[str, Callable[[], Body]] = {
    "createAccount": lambda: {"username": f"a-{fresh()}"},
    "addDepartment": lambda: {"code": code()},
    "registerOrganization": lambda: {"name": f"Lotus {fresh()}"},
}


@pytest.fixture(scope="module")
def documents(world: World) -> dict[str, Any]:
    address = world.system.url
    return {name: requests.get(f"{address}/{name}/api/openapi.json", timeout=20).json() for name in SERVICES}


def of_request(document: Any, shape: Any, shown: Any) -> Any:
    """What the answer gives of the fields that the request has."""
    while "$ref" in shape:
        shape = document["components"]["schemas"][shape["$ref"].rpartition("/")[2]]
    shape = next((one for one in shape.get("anyOf", ()) if one.get("type") != "null"), shape)
    if "$ref" in shape:
        return of_request(document, shape, shown)
    if isinstance(shown, list) and "items" in shape:
        return [of_request(document, shape["items"], each) for each in shown]
    if isinstance(shown, dict) and "properties" in shape:
        return {
            name: of_request(document, shape["properties"][name], value)
            for name, value in shown.items()
            if name in shape["properties"] and name not in UNEQUAL
        }
    return shown


def test_every_operation_that_makes_something_is_looked_at(documents: dict[str, Any], world: World) -> None:
    names = {
        operation["operationId"]
        for document in documents.values()
        for _, _, operation in operations(document)
        if "201" in operation["responses"]
    }
    assert sorted(names - set(made_of(world)) - set(ELSEWHERE)) == []
    assert sorted(set(made_of(world)) - names) == []


def test_what_was_made_is_found_at_its_location_and_can_be_sent_again(documents: dict[str, Any], world: World) -> None:
    shapes = {
        operation["operationId"]: (document, operation["requestBody"]["content"]["application/json"]["schema"])
        for document in documents.values()
        for _, _, operation in operations(document)
        if "application/json" in operation.get("requestBody", {}).get("content", {})
    }
    for name, (person, path, body) in made_of(world).items():
        document, shape = shapes[name]
        shown = read_at(person, sent(person, path, body))
        again = of_request(document, shape, shown) | UNIQUE.get(name, dict)()
        assert set(body) - set(again) == set(), f"{name}: not read back"
        twin = read_at(person, sent(person, path, again))
        once_more = of_request(document, shape, twin) | {key: again[key] for key in UNIQUE.get(name, dict)()}
        assert without_ids(once_more) == without_ids(again), name


def sent(person: Person, path: str, body: Body) -> requests.Response:
    answer = person.system.call("POST", path, person.credential, json=body)
    assert answer.status_code == 201, f"POST {path}: {answer.status_code} {answer.text}"
    return answer


def read_at(person: Person, answer: requests.Response) -> Body:
    where = answer.headers["Location"]
    parts = urlsplit(where)
    assert where == parts.path and where.startswith("/") and "/api/v1/" in where, where
    shown: Body = person.get(where)
    return shown


def without_ids(value: Any) -> Any:
    """Ids that are given to parts of what is made are each one's own."""
    if isinstance(value, dict):
        return {name: without_ids(each) for name, each in value.items() if name != "id"}
    return [without_ids(each) for each in value] if isinstance(value, list) else value


CHANGED = {
    "editCase": lambda world: (world.admin, "/intake/api/v1/cases/{}", sent(world.admin, "/intake/api/v1/cases", case()).json()["id"]),
    "editVisit": lambda world: (world.admin, "/intake/api/v1/visits/{}", world.ids["visit_id"]),
    "updateInterpreter": lambda world: (world.admin, "/interpreting/api/v1/interpreters/{}", world.ids["interpreter_id"]),
    "changeOrganization": lambda world: (world.admin, "/partners/api/v1/organizations/{}", world.ids["organization_id"]),
    "changeAgreement": lambda world: (world.admin, "/partners/api/v1/agreements/{}", world.ids["agreement_id"]),
    "changeAccount": lambda world: (world.admin, "/accounts/api/v1/accounts/{}", world.ids["account_id"]),
    "changeDepartment": lambda world: (world.admin, "/accounts/api/v1/departments/{}", world.ids["code"]),
    "changePreferences": lambda world: (world.admin, "/notify/api/v1/me/preferences{}", ""),
    "updateProgramme": lambda world: (world.admin, "/training/api/v1/programmes/{}", sent(world.admin, "/training/api/v1/programmes", programme()).json()["id"]),
}  # fmt: skip
NOT_CHANGED = {
    "changeAvailability": "an interpreter's own, who has an entry of the roster: the same shapes as updateInterpreter",
    "saveStep": "what is written stands below `written` in the answer: see below",
}


def test_what_is_read_can_be_sent_as_a_change_that_changes_nothing(documents: dict[str, Any], world: World) -> None:
    seen = set()
    for document in documents.values():
        for path, method, operation in operations(document):
            if method not in ("put", "patch") or operation["operationId"] in NOT_CHANGED:
                continue
            name = operation["operationId"]
            seen.add(name)
            person, address, id_ = CHANGED[name](world)
            where = address.format(id_)
            shown = person.get(where)
            shape = operation["requestBody"]["content"]["application/json"]["schema"]
            body = of_request(document, shape, shown)
            answer = world.system.call(method.upper(), where, person.credential, json=body)
            assert answer.status_code == 200, f"{method} {path}: {answer.text}"
            assert of_request(document, shape, person.get(where)) == body, name
    assert seen == set(CHANGED)


def test_what_an_applicant_wrote_is_taken_as_it_is_read(world: World) -> None:
    """It stands below `written`, and a phone may be an object here as everywhere."""
    admin = world.admin
    made = sent(admin, "/training/api/v1/programmes", programme()).json()
    admin.post(f"/training/api/v1/programmes/{made['id']}/publish")
    written = {
        "name": {"latin": "NGUYEN Thi Hoa", "native": "Nguyễn Thị Hoa"},
        "birth_date": "1990-05-17",
        "sex": "female",
        "nationality": "VN",
        "residence": "VN",
        "profession": "doctor",
        "institution": "Lotus Hospital",
        "email": f"{fresh()}@lotus.example",
        "phone": {"typed": "03-1234-5678", "e164": "+81312345678"},
        "address": "1 Hang Bai, Hanoi",
        "emergency_contact": {"name": "NGUYEN An", "relation": "brother", "phone": {"e164": "+84912345678"}},
        "passport": {"number": "C1234567", "country": "VN", "expires_on": "2031-01-01"},
        "licence": {"number": "L-1", "country": "VN", "licensed_on": "2015-06-01"},
        "language": "en",
        "motivation": "To see how a heart team works.",
    }
    begun = sent(admin, "/training/api/v1/applications", {"programme_id": made["id"], **written})
    shown = read_at(admin, begun)["written"]
    assert shown["phone"] == "+81 3-1234-5678" and shown["emergency_contact"]["phone"].startswith("+84 ")
    again = {name: shown[name] for name in written}
    where = begun.headers["Location"]
    answer = world.system.call("PATCH", where, admin.credential, json=again)
    assert answer.status_code == 200, answer.text
    assert admin.get(where)["written"] == shown


def test_every_list_leads_on_by_a_path(documents: dict[str, Any], world: World) -> None:
    led = set()
    for document in documents.values():
        for path, _, operation in operations(document):
            if "Link" not in operation["responses"].get("200", {}).get("headers", {}):
                continue
            for credential in world.callers_of(operation):
                where = f"{path.format(**world.ids)}?limit=1"
                headers = {"Authorization": f"Bearer {credential}"} if credential else {}
                answer = requests.get(f"{world.system.url}{where}", headers=headers, timeout=20)
                if answer.status_code != 200:
                    continue  # an inbox, offers: of people with a role an admin has not
                link = answer.links.get("next", {}).get("url")
                if link:
                    assert link.startswith(f"{path.format(**world.ids)}?"), (path, link)
                    following = requests.get(f"{world.system.url}{link}", headers=headers, timeout=20)
                    assert following.status_code == 200 and following.json() != answer.json(), path
                    led.add(operation["operationId"])
    assert len(led) >= 8, sorted(led)
