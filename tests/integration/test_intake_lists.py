"""Lists stay flat: whatever is filtered, the server reads an index in order and no more documents than a page needs."""

from datetime import timedelta

import pytest

from services.intake.rules.tables import CASE_STATES
from shared.ids import new_id
from tests.integration.intake_office import Office

CASES, PAGE = 4000, 20


@pytest.fixture
def office(mongo_url, database, tmp_path):
    made = Office(mongo_url, database, tmp_path)
    case_id = made.refer()
    pattern = database["cases"].find_one({"_id": case_id}, {"outbox": 0, "outbox_due": 0, "requests": 0})
    database["cases"].insert_many(
        pattern
        | {
            "_id": new_id(),
            "reference": f"X-{number}",
            "agency_reference": f"A-{number}",
            "organization_id": f"org-{number % 50}",
            "status": "declined" if number % 1000 == 7 else CASE_STATES[number // 50 % 5],
            "updated_at": made.now + timedelta(seconds=number * 7919 % CASES),
            "agency_updated_at": made.now + timedelta(seconds=number * 7919 % CASES),
        }
        for number in range(CASES)
    )
    return made


def test_every_filter_reads_an_index_in_order(office):
    desk, agency = office.as_desk(), office.as_agency(7)
    since = "updated_since=2026-11-23T01:30:00Z"
    wanted = [
        (
            desk,
            "/cases",
            (
                "",
                "status=received",
                "status=declined",
                since,
                f"status=declined&{since}",
                "reference=X-77",
                "agency_reference=A-77",
            ),
        ),
        (
            desk,
            "/cases",
            ("organization_id=org-7", "organization_id=org-7&status=declined", f"organization_id=org-7&{since}"),
        ),
        (
            agency,
            "/referrals",
            ("", "status=declined", "status=received", "agency_reference=A-7", since, f"status=received&{since}"),
        ),
    ]
    office.database.command("profile", 2)
    for headers, path, filters in wanted:
        for query in filters:
            answer = office.get(f"{path}?limit={PAGE}&{query}".rstrip("&"), headers)
            assert answer.status_code == 200, answer.text
            rows, pages = answer.json["items"], 1
            while "Link" in answer.headers and pages < 3:
                answer = office.client.get(answer.headers["Link"].partition("<")[2].partition(">")[0], headers=headers)
                rows, pages = rows + answer.json["items"], pages + 1
            assert len({row["id"] for row in rows}) == len(rows) > 0, query
    office.database.command("profile", 0)
    found = list(office.database["system.profile"].find({"ns": f"{office.database.name}.cases", "op": "query"}))
    assert len(found) >= 20
    for query in found:
        told = {
            name: query.get(name) for name in ("planSummary", "docsExamined", "keysExamined", "hasSortStage", "command")
        }
        assert "COLLSCAN" not in query["planSummary"], told
        assert not query.get("hasSortStage") or query["docsExamined"] <= 2, told
        assert query["docsExamined"] <= PAGE + 1 + len(CASE_STATES), told
        assert query["keysExamined"] <= PAGE + 1 + 4 * len(CASE_STATES), told
