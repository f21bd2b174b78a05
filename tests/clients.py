"""The MongoClients of a test process. Each has threads of its own that wake every second: hundreds that nobody closes take the time
of the tests that follow."""

import functools
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pymongo

Client = pymongo.MongoClient[dict[str, Any]]
MADE: list["weakref.ref[Client]"] = []  # no set: two clients of the same server are equal


def note_all() -> None:
    """Has every client from now on stand in MADE."""
    begin = pymongo.MongoClient.__init__

    @functools.wraps(begin)
    def noted(client: Client, *given: Any, **more: Any) -> None:
        begin(client, *given, **more)
        MADE.append(weakref.ref(client))

    pymongo.MongoClient.__init__ = noted  # type: ignore[method-assign]


@contextmanager
def closed_at_the_end() -> Iterator[None]:
    """Closes those made within."""
    before = len(MADE)
    yield
    for made in MADE[before:]:
        client = made()
        if client is not None:
            with pymongo.timeout(1.0):  # its server may be gone by now
                client.close()
    del MADE[before:]
