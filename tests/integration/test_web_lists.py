"""Lists page by page: every row once, whatever is added meanwhile; a cursor opens the list it came from and nothing else."""

from pathlib import Path

import pytest
import requests.utils
from pymongo.database import Database

from shared.paging import Window, onward
from tests.integration.toy import BED, BEDS, TickingClock, Toy


@pytest.fixture
def toy(mongo_url: str, database: Database, tmp_path: Path) -> Toy:
    return Toy(mongo_url, database.name, tmp_path, TickingClock())


@pytest.fixture
def desk(toy: Toy) -> dict[str, str]:
    return {"Authorization": toy.token("front_desk")}


def following(answer: object) -> str | None:
    links = requests.utils.parse_header_links(answer.headers.get("Link", ""))
    return next((link["url"].removeprefix("http://localhost") for link in links if link.get("rel") == "next"), None)


def test_every_row_comes_once_while_rows_are_added(toy: Toy, desk: dict[str, str]) -> None:
    made = [toy.client.post(BEDS, json=BED, headers=desk).json["id"] for _ in range(10)]
    seen, address = [], f"{BEDS}?limit=3&status=free"
    while address:
        answer = toy.client.get(address, headers=desk)
        seen += [item["id"] for item in answer.json["items"]]
        address = following(answer)
        toy.client.post(BEDS, json=BED, headers=desk)
    assert seen == made[::-1]


def test_the_last_page_has_no_next(toy: Toy, desk: dict[str, str]) -> None:
    assert toy.client.get(BEDS, headers=desk).json == {"items": []}
    for _ in range(3):
        toy.client.post(BEDS, json=BED, headers=desk)
    assert following(toy.client.get(f"{BEDS}?limit=3", headers=desk)) is None
    assert following(toy.client.get(f"{BEDS}?limit=2", headers=desk)) is not None


def test_a_cursor_is_good_for_its_list_its_filters_and_its_caller_only(toy: Toy, desk: dict[str, str]) -> None:
    for _ in range(3):
        toy.client.post(BEDS, json=BED, headers=desk)
    address = following(toy.client.get(f"{BEDS}?limit=1", headers=desk))
    assert address
    cursor = address.partition("cursor=")[2]
    assert toy.client.get(f"{BEDS}?limit=2&cursor={cursor}", headers=desk).status_code == 200
    assert toy.client.get(f"{BEDS}?status=free&cursor={cursor}", headers=desk).status_code == 422
    assert toy.client.get(f"{BEDS}?cursor={cursor[:-2]}AA", headers=desk).status_code == 422
    colleague = {"Authorization": toy.token("front_desk", sub="acc-2")}
    agency = {"Authorization": toy.add_key()}
    assert toy.client.get(f"{BEDS}?cursor={cursor}", headers=colleague).status_code == 422
    refused = toy.client.get(f"{BEDS}?cursor={cursor}", headers=agency)
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "#/cursor")


def test_a_page_over_two_fields_misses_nothing_where_the_first_is_equal(database: Database) -> None:
    rows = [{"_id": n, "at": n // 4} for n in range(20)]
    database["rows"].insert_many(rows)
    sort = [("at", -1), ("_id", 1)]
    window, seen = Window(None, 3), []
    while True:
        found = list(database["rows"].find(onward({"_id": {"$gte": 2}}, sort, window), sort=sort, limit=window.limit))
        if not found:
            break
        seen += found
        window = Window((found[-1]["at"], found[-1]["_id"]), 3)
    assert seen == sorted(rows[2:], key=lambda row: (-row["at"], row["_id"]))
