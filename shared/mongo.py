"""MongoDB: connections, index declarations, bounded transactions. Clients are created after the fork, by app.py and worker.py."""

import linecache
import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

import pymongo
from pymongo import IndexModel, MongoClient, ReadPreference, WriteConcern
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern

Document = dict[str, Any]
T = TypeVar("T")
OPERATION_SECONDS = 10.0


class StandaloneServer(RuntimeError):
    """The server has no replica set: acknowledged writes could be lost, and there are no transactions."""


@dataclass(frozen=True)
class Index:
    """An index declaration. `partial` is a partialFilterExpression; `expire_after` is in seconds after a date field."""

    collection: str
    keys: list[tuple[str, Any]]
    unique: bool = False
    partial: Document | None = None
    expire_after: int | None = None

    @property
    def name(self) -> str:
        return "_".join(f"{field.replace('.', '-')}_{direction}" for field, direction in self.keys)


def connect(url: str, database: str, app_name: str, pool: int = 50) -> Database[Document]:
    """The database through this process's own client, with majority and journaled writes. It opens no connection yet."""
    client: MongoClient[Document] = MongoClient(
        url,
        appname=app_name,
        tz_aware=True,
        serverSelectionTimeoutMS=3000,
        connectTimeoutMS=3000,
        socketTimeoutMS=20000,
        maxPoolSize=pool,
        w="majority",
        journal=True,
    )
    linecache.clearcache()  # a client records its creation site, which caches whole source files: 0.3 MiB in each process
    return client[database]


def require_replica_set(database: Database[Document]) -> None:
    """Raises StandaloneServer unless the server is a member of a replica set (or a mongos)."""
    hello = database.client.admin.command("hello")
    if "setName" not in hello and hello.get("msg") != "isdbgrid":
        raise StandaloneServer(
            "IMC_MONGO_URL: expected a replica set; a standalone server can lose acknowledged writes"
        )


def declare_indexes(database: Database[Document], indexes: Iterable[Index]) -> None:
    """Creates missing indexes with one command per collection; idempotent."""
    declared: dict[str, list[IndexModel]] = {}
    for index in indexes:
        declared.setdefault(index.collection, []).append(_model(index))
    for collection, models in declared.items():
        database[collection].create_indexes(models)


def _model(index: Index) -> IndexModel:
    options: Document = {"name": index.name, "unique": index.unique}
    if index.partial:
        options["partialFilterExpression"] = index.partial
    if index.expire_after is not None:
        options["expireAfterSeconds"] = index.expire_after
    return IndexModel(index.keys, **options)


def missing_indexes(database: Database[Document], indexes: Iterable[Index]) -> list[str]:
    """Declared indexes that the database does not have, as `collection.name`."""
    present: dict[str, set[str]] = {}
    lacking = []
    for index in indexes:
        if index.collection not in present:
            present[index.collection] = set(database[index.collection].index_information())
        if index.name not in present[index.collection]:
            lacking.append(f"{index.collection}.{index.name}")
    return lacking


def in_transaction(database: Database[Document], work: Callable[[ClientSession], T], attempts: int = 5) -> T:
    """Runs `work` in a snapshot transaction; retries after a write conflict, with a delay, `attempts` times at most.

    The delay grows to about 60 ms, so that the other transaction can finish. `with_transaction` is not used: after a duplicate key it
    spins for up to 120 s. Each attempt is bounded in time.
    """
    with database.client.start_session() as session:
        for attempt in range(1, attempts + 1):
            try:
                with pymongo.timeout(OPERATION_SECONDS):
                    with session.start_transaction(
                        ReadConcern("snapshot"), WriteConcern("majority"), ReadPreference.PRIMARY
                    ):
                        result = work(session)
                    return result
            except PyMongoError as error:
                retry = error.has_error_label("TransientTransactionError") and not isinstance(
                    error, pymongo.errors.DuplicateKeyError
                )
                if not retry or attempt == attempts:
                    raise
            time.sleep(random.uniform(0.0, 0.002 * 2 ** min(attempt, 5)))  # noqa: S311  (jitter)
    raise AssertionError("unreachable")
