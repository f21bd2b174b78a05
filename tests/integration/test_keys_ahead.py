"""Keys made ahead: whoever takes one has an id and a key that a majority of the database has, each but once."""

import time
from concurrent.futures import ThreadPoolExecutor

import pymongo
import pytest
from pymongo.database import Database
from pymongo.errors import ServerSelectionTimeoutError

from shared.keys_ahead import FEW, MANY, OLD_SECONDS, KeysAhead
from shared.sealing import Keyring

MASTER = bytes(range(32))


class Seconds:
    """A clock that only goes forward, by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def keyring(database: Database) -> Keyring:
    return Keyring(database["keys"], MASTER)


def test_what_was_made_ahead_is_stored_and_opens_what_it_sealed(keyring: Keyring) -> None:
    ahead = KeysAhead(keyring)
    ahead.fill()
    record_id, key, wrapped = ahead.take()
    assert wrapped is None
    sealed = key.seal("identity", {"name": "SOMCHAI"})
    assert keyring.open(record_id).open("identity", sealed) == {"name": "SOMCHAI"}


def test_where_none_is_ready_the_key_comes_wrapped_and_others_are_made_meanwhile(keyring: Keyring) -> None:
    ahead = KeysAhead(keyring)
    record_id, key, wrapped = ahead.take()
    assert wrapped and wrapped["_id"] == record_id
    keyring.collection.insert_one(wrapped)
    assert keyring.open(record_id).open("contact", key.seal("contact", [1])) == [1]
    deadline = time.monotonic() + 10
    while ahead.take()[2] is not None:
        assert time.monotonic() < deadline, "nothing was made ahead"
        time.sleep(0.01)


def test_each_is_taken_once_however_many_take_at_a_time(keyring: Keyring) -> None:
    ahead = KeysAhead(keyring)
    ahead.fill()
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: ahead.take(), range(4 * MANY)))
    assert len({record_id for record_id, _, _ in taken}) == 4 * MANY
    stored = {row["_id"] for row in keyring.collection.find({}, {"_id": 1})}
    assert all((record_id in stored) == (wrapped is None) for record_id, _, wrapped in taken)


def test_an_old_one_is_left_lying(keyring: Keyring) -> None:
    seconds = Seconds()
    ahead = KeysAhead(keyring, seconds)
    ahead.fill()
    early = {row["_id"] for row in keyring.collection.find({}, {"_id": 1})}
    seconds.now = OLD_SECONDS - 1
    assert ahead.take()[0] in early
    seconds.now = OLD_SECONDS
    assert ahead.take()[0] not in early


def test_no_more_are_made_than_are_missing(keyring: Keyring) -> None:
    ahead = KeysAhead(keyring)
    ahead.fill()
    ahead.fill()
    for _ in range(MANY - FEW - 1):
        ahead.take()
    assert keyring.collection.count_documents({}) == MANY
    ahead.fill()
    assert keyring.collection.count_documents({}) == 2 * MANY - FEW - 1


def test_without_a_database_keys_are_made_as_they_are_needed() -> None:
    nowhere: pymongo.MongoClient = pymongo.MongoClient("mongodb://127.0.0.1:1/", serverSelectionTimeoutMS=50)
    ahead = KeysAhead(Keyring(nowhere["none"]["keys"], MASTER))
    with pytest.raises(ServerSelectionTimeoutError):
        ahead.fill()
    first, second = ahead.take(), ahead.take()
    assert first[0] != second[0] and first[2] and second[2]
    nowhere.close()
