"""RabbitMQ's users and permissions, by its management HTTP API: each service publishes its own events and consumes its own queues.

A topic permission restricts a service to its own routing keys on the event exchange. Only `setup` may declare.
"""

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import urllib3

NOTHING = "^$"
VHOST = quote("/", safe="")


class RefusedByBroker(RuntimeError):
    """The management API refused a request; the message contains its answer."""


class ManagementAway(RefusedByBroker):
    """The management API answers, but cannot carry out the request just now."""


@dataclass(frozen=True)
class Rights:
    """Permissions of a user: regular expressions over names on the broker; `keys` over routing keys, by exchange."""

    configure: str
    write: str
    read: str
    keys: dict[str, str]


def service_rights(service: str, prefix: str = "") -> Rights:
    """A service's permissions: publish `<service>.…` on imc.events, publish on the replay exchange, consume its own three queues."""
    start = re.escape(prefix)
    return Rights(
        configure=NOTHING,
        write=rf"^{start}imc\.(events|replay)$",
        read=rf"^{start}imc\.{service}(\.dead|\.unrouted)?$",
        keys={f"{prefix}imc.events": rf"^{service}\."},
    )


def operators_rights() -> Rights:
    """No permissions: operators see queue depths, which RabbitMQ gives every user, and neither publish nor consume."""
    return Rights(configure=NOTHING, write=NOTHING, read=NOTHING, keys={})


@dataclass(frozen=True)
class Management:
    """A client of the management API at `url`, with the credentials of the administrator's AMQP url."""

    url: str
    amqp_url: str

    def put_user(self, amqp_url: str, rights: Rights) -> str:
        """Creates the user of `amqp_url`, or gives the existing one exactly this password and these permissions; returns its name."""
        name, password = _credentials(amqp_url)
        self._put(f"users/{name}", {"password": password, "tags": ""})
        permissions = {"configure": rights.configure, "write": rights.write, "read": rights.read}
        self._put(f"permissions/{VHOST}/{name}", permissions)
        for exchange, keys in rights.keys.items():
            self._put(f"topic-permissions/{VHOST}/{name}", {"exchange": exchange, "write": keys, "read": ".*"})
        return name

    def _put(self, path: str, body: dict[str, Any]) -> None:
        headers = urllib3.make_headers(basic_auth=":".join(_credentials(self.amqp_url)))
        answer = urllib3.request(
            "PUT",
            f"{self.url}/api/{path}",
            body=json.dumps(body).encode(),
            headers={**headers, "content-type": "application/json"},
            timeout=10,
            retries=urllib3.Retry(5, backoff_factor=0.5),
        )
        if answer.status not in (201, 204):
            fault = ManagementAway if answer.status >= 500 else RefusedByBroker
            raise fault(f"PUT {path}: {answer.status} {answer.data.decode(errors='replace')[:200]}")


def _credentials(amqp_url: str) -> tuple[str, str]:
    parts = urlsplit(amqp_url)
    return unquote(parts.username or ""), unquote(parts.password or "")
