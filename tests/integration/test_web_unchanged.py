"""Reads of the API that say "nothing else is shown now": If-None-Match, and an ETag over all that an answer shows (RFC 9110, 8.8 and 13.1)."""

from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database

from tests.etags import version
from tests.integration.toy import BED, BEDS, TickingClock, Toy


@pytest.fixture
def toy(mongo_url: str, database: Database, tmp_path: Path) -> Toy:
    return Toy(mongo_url, database.name, tmp_path, TickingClock())


@pytest.fixture
def desk(toy: Toy) -> dict[str, str]:
    return {"Authorization": toy.token("front_desk")}


@pytest.fixture
def bed(toy: Toy, desk: dict[str, str]) -> str:
    return f"{BEDS}/{toy.client.post(BEDS, json=BED, headers=desk).json['id']}"


def asked(toy: Toy, path: str, desk: dict[str, str], tags: str, method: str = "GET") -> Any:
    return toy.client.open(path, method=method, headers=desk | {"If-None-Match": tags})


MATCHING = ["{}", "W/{}", '"other", {}', '{} , "other"', 'W/"a,b",\t{}', "*"]
OTHERS = ['"other"', 'W/"other"', '"1"', "", '""', "{}x", "abc", '"', '"1-000000000000000000000000"', "**"]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("tags", MATCHING)
def test_who_has_it_already_is_answered_304(toy: Toy, desk: dict[str, str], bed: str, tags: str, method: str) -> None:
    for path in (bed, BEDS, f"{BEDS}?limit=1", "/intake/api/v1/open"):
        first = toy.client.get(path, headers=desk)
        same = asked(toy, path, desk, tags.format(first.headers["ETag"]), method)
        assert (same.status_code, same.data) == (304, b""), path
        for name in ("ETag", "Cache-Control", "Vary"):
            assert same.headers[name] == first.headers[name]
        assert same.headers["X-Request-Id"] and not {"Content-Type", "Content-Length", "Link"} & set(
            same.headers.keys()
        )


@pytest.mark.parametrize("tags", OTHERS)
def test_any_other_tag_is_answered_in_full(toy: Toy, desk: dict[str, str], bed: str, tags: str) -> None:
    for path in (bed, BEDS):
        first = toy.client.get(path, headers=desk)
        again = asked(toy, path, desk, tags.format(first.headers["ETag"].strip('"')))
        assert (again.status_code, again.json, again.headers["ETag"]) == (200, first.json, first.headers["ETag"])


def test_head_is_get_without_its_body(toy: Toy, desk: dict[str, str], bed: str) -> None:
    for path in (bed, BEDS):
        got, head = (toy.client.open(path, method=method, headers=desk) for method in ("GET", "HEAD"))
        assert (head.status_code, head.data) == (200, b"")
        assert all(
            head.headers[name] == got.headers[name] for name in ("ETag", "Vary", "Content-Type", "Content-Length")
        )


def test_a_change_is_news(toy: Toy, desk: dict[str, str], bed: str) -> None:
    before = [toy.client.get(path, headers=desk).headers["ETag"] for path in (bed, BEDS)]
    assert toy.client.post(f"{bed}/take", headers=desk).status_code == 200
    for path, tag in zip((bed, BEDS), before, strict=True):
        assert asked(toy, path, desk, tag).status_code == 200


def test_a_command_tells_the_tag_that_get_gives(toy: Toy, desk: dict[str, str], bed: str) -> None:
    taken = toy.client.post(f"{bed}/take", headers=desk)
    assert asked(toy, bed, desk, taken.headers["ETag"]).status_code == 304
    assert version(taken) == version(toy.client.get(bed, headers=desk)) == 2


def test_words_of_others_are_news_but_no_clash(toy: Toy, desk: dict[str, str], bed: str) -> None:
    """What stands beside the record moves the digest alone: a change made from before it is still taken."""
    before = toy.client.get(bed, headers=desk)
    toy.database["beds"].update_one({"_id": before.json["id"]}, {"$set": {"name.latin": "Another"}})
    after = asked(toy, bed, desk, before.headers["ETag"])
    assert after.status_code == 200 and version(after) == version(before)
    kept = toy.client.post(f"{bed}/take", headers=desk | {"If-Match": before.headers["ETag"]})
    assert kept.status_code == 200
    late = toy.client.post(f"{bed}/take", headers=desk | {"If-Match": before.headers["ETag"]})
    assert late.status_code == 412


@pytest.mark.parametrize("match", ['"1"', '"1-{0}"', '"7", "1-{0}"', '"a,b", "1"', '"1" , W/"9"'])
def test_if_match_is_about_the_version_alone(toy: Toy, desk: dict[str, str], bed: str, match: str) -> None:
    taken = toy.client.post(f"{bed}/take", headers=desk | {"If-Match": match.format("0" * 24)})
    assert taken.status_code == 200


@pytest.mark.parametrize(
    "match", ['W/"1-{0}"', '"2-{0}"', '"1-{0}0"', '"1-"', '"1-ABCDEFABCDEFABCDEFABCDEF"', '"a,1"', '"-1"']
)
def test_a_tag_we_never_gave_matches_no_version(toy: Toy, desk: dict[str, str], bed: str, match: str) -> None:
    taken = toy.client.post(f"{bed}/take", headers=desk | {"If-Match": match.format("0" * 24)})
    assert taken.status_code == 412


def test_a_page_whose_next_appears_is_another_page(toy: Toy, desk: dict[str, str], bed: str) -> None:
    """The rows are the same, what follows is not: the digest is over both."""
    one = toy.client.get(f"{BEDS}?limit=1", headers=desk)
    toy.client.post(BEDS, json=BED, headers=desk)
    first = toy.client.get(f"{BEDS}?limit=1", headers=desk)
    toy.database["beds"].delete_one({"_id": first.json["items"][0]["id"]})
    alone = toy.client.get(f"{BEDS}?limit=1", headers=desk)
    assert alone.headers["ETag"] == one.headers["ETag"] and "Link" not in alone.headers
    toy.database["beds"].insert_one(toy.database["beds"].find_one() | {"_id": "0"})
    more = asked(toy, f"{BEDS}?limit=1", desk, one.headers["ETag"])
    assert more.status_code == 200 and more.json == one.json and more.headers["Link"].startswith(f"<{BEDS}?limit=1&")


def test_another_reader_is_no_reason_for_304(toy: Toy, desk: dict[str, str], bed: str) -> None:
    """Whoever may not read it learns nothing from a tag."""
    tag = toy.client.get(bed, headers=desk).headers["ETag"]
    assert toy.client.get(bed, headers={"If-None-Match": tag}).status_code == 401
    assert toy.client.get(f"{BEDS}/unknown", headers=desk | {"If-None-Match": "*"}).status_code == 404
