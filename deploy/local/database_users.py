"""Users of the mongod that `imc up` started: an owner, whose password is in DIR, and one per service, for its own database only.

As in Compose, but with one more database for each where MongoDB is also the broker. Not here: a MongoDB that the user configured.
"""

from dataclasses import dataclass
from pathlib import Path

from pymongo.errors import OperationFailure

from deploy.local.mongod import UNAUTHORIZED
from deploy.mongo_users import Client, admin_client, put_user
from deploy.secret_files import once, random_hex
from shared.settings import SERVICES

OWNER = "imc_owner"
BROKER_DATABASE = "kombu_default"  # where kombu's transport stores messages
ALREADY_THERE = 51003


@dataclass(frozen=True)
class DatabaseUsers:
    """The users; their passwords are in `directory`, one file each."""

    directory: Path
    port: int

    @property
    def owner_url(self) -> str:
        return self._url(OWNER)

    def url(self, service: str) -> str:
        return self._url(f"imc_{service}")

    def _url(self, user: str) -> str:
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        password = once(self.directory / user, random_hex)
        return f"mongodb://{user}:{password}@127.0.0.1:{self.port}/?replicaSet=imc&authSource=admin"

    def make(self) -> None:
        """Creates the missing users; the server must be primary. The first user may be created without a sign-in, from this machine."""
        with admin_client(f"mongodb://127.0.0.1:{self.port}/") as nobody:
            _first(nobody, once(self.directory / OWNER, random_hex))
        with admin_client(self.owner_url) as owner:
            there = {user["user"] for user in owner.admin.command("usersInfo", 1)["users"]}
            for service in SERVICES:
                if f"imc_{service}" not in there:
                    put_user(owner, self.url(service), [f"imc_{service}", BROKER_DATABASE])


def _first(nobody: Client, password: str) -> None:
    try:
        nobody.admin.command("createUser", OWNER, pwd=password, roles=["root"])
    except OperationFailure as error:
        if error.code not in (UNAUTHORIZED, ALREADY_THERE):
            raise
