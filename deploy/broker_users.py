"""RabbitMQ's users and their rights, over its management HTTP API: each service says its own events and reads its own queues.

A topic permission holds a service to its own routing keys on the exchange of events. Nobody but `setup` may declare.
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
    """The management API did not do what it was asked; the message holds what it answered."""


class ManagementAway(RefusedByBroker):
    """It answers, but cannot do it just now."""


@dataclass(frozen=True)
class Rights:
    """Regular expressions over names on the broker; `keys` over routing keys, by exchange."""

    configure: str
    write: str
    read: str
    keys: dict[str, str]


def service_rights(service: str, prefix: str = "") -> Rights:
    """Publishes `<service>.…` on imc.events and replays on imc.replay, reads its own three queues."""
    start = re.escape(prefix)
    return Rights(
        configure=NOTHING,
        write=rf"^{start}imc\.(events|replay)$",
        read=rf"^{start}imc\.{service}(\.dead|\.unrouted)?$",
        keys={f"{prefix}imc.events": rf"^{service}\."},
    )


def operators_rights() -> Rights:
    """Sees how much waits in a queue, which RabbitMQ tells every user; says and hears nothing."""
    return Rights(configure=NOTHING, write=NOTHING, read=NOTHING, keys={})


@dataclass(frozen=True)
class Management:
    """The management API at `url`, as the administrator whose AMQP url is given."""

    url: str
    amqp_url: str

    def put_user(self, amqp_url: str, rights: Rights) -> str:
        """Makes the user of `amqp_url`, or gives the one there exactly this password and these rights; gives its name."""
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
