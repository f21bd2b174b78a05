"""Creates the replica set and its users: each service may read and write its own database `imc_<service>`, nothing else.

Not here: passwords (made by `secrets`, read from each user's own url), indexes.
"""

import time
from typing import Any
from urllib.parse import unquote, urlsplit

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

NOT_YET_INITIALIZED = 94
USER_NOT_FOUND = 11
Client = MongoClient[dict[str, Any]]


class NotPrimary(RuntimeError):
    """MongoDB did not become the primary of its replica set in time; the message contains its last answer."""


def admin_client(url: str) -> Client:
    """A client connected directly to this server, whatever the state of its replica set."""
    return MongoClient(url, directConnection=True, serverSelectionTimeoutMS=5000)


def ensure_primary(client: Client, host: str, seconds: float = 60.0) -> None:
    """Creates a one-member replica set where there is none yet, and waits until it accepts writes; raises NotPrimary."""
    deadline, last = time.monotonic() + seconds, "nothing"
    while time.monotonic() < deadline:
        try:
            hello = client.admin.command("hello")
            if hello.get("isWritablePrimary"):
                return
            last = str(hello.get("info", "not primary"))
            _initiate(client, host)
        except PyMongoError as error:
            last = str(error)
        time.sleep(0.25)
    raise NotPrimary(f"{host} did not become primary within {seconds:.0f} s: {last}")


def _initiate(client: Client, host: str) -> None:
    try:
        client.admin.command("replSetGetStatus")
    except OperationFailure as error:
        if error.code != NOT_YET_INITIALIZED:
            raise
        member = {"_id": 0, "host": host}
        client.admin.command("replSetInitiate", {"_id": "imc", "members": [member]})


def put_user(client: Client, url: str, databases: list[str]) -> str:
    """Creates the user of `url`, or gives the existing one exactly this password and these roles; returns its name."""
    parts = urlsplit(url)
    name, password = unquote(parts.username or ""), unquote(parts.password or "")
    kept_in = client[parts.query.partition("authSource=")[2].partition("&")[0] or "admin"]
    rights: dict[str, Any] = {"pwd": password, "roles": [{"role": "readWrite", "db": name_} for name_ in databases]}
    try:
        kept_in.command("updateUser", name, **rights)
    except OperationFailure as error:
        if error.code != USER_NOT_FOUND:
            raise
        kept_in.command("createUser", name, **rights)
    return name
