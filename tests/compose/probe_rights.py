"""Runs inside a service's container: tries what its credentials may and may not do, and prints what each attempt came to.

Arguments: the service it runs as, and another one. Nothing it does leaves a trace where it succeeds.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import kombu
import pymongo
import urllib3
from amqp.exceptions import AMQPError
from pymongo.errors import PyMongoError

OWN, OTHER = sys.argv[1:]
SECRETS = Path("/run/imc/secrets")
MONGO: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(
    (SECRETS / OWN / "imc_mongo_url").read_text().strip(), serverSelectionTimeoutMS=5000
)
AMQP = (SECRETS / OWN / "imc_amqp_url").read_text().strip()
PASSWORD = AMQP.split(":")[2].split("@")[0]


def outcome(attempt: Callable[[], Any]) -> str:
    try:
        attempt()
    except PyMongoError as error:
        return f"refused {getattr(error, 'code', '')}"
    except AMQPError as error:
        return f"refused {error.reply_code}"
    except OSError as error:
        return f"refused {error.errno}"
    return "done"


def on_channel(act: Callable[[Any], Any]) -> Callable[[], Any]:
    """With a channel of its own: the broker closes one on which something is refused."""

    def attempt() -> None:
        with kombu.Connection(AMQP, connect_timeout=5) as connection:
            channel = connection.channel()
            channel.confirm_select()
            act(channel)

    return attempt


def publish(exchange: str, key: str, **properties: Any) -> Callable[[], Any]:
    def act(channel: Any) -> None:
        channel.basic_publish_confirm(channel.prepare_message(b"{}", properties=properties), exchange, key, timeout=5)

    return on_channel(act)


def consume(queue: str) -> Callable[[], Any]:
    def act(channel: Any) -> None:
        channel.basic_qos(0, 1, False)
        channel.basic_cancel(channel.basic_consume(queue, callback=lambda message: None))

    return on_channel(act)


def management() -> str:
    headers = urllib3.make_headers(basic_auth=f"imc_{OWN}:{PASSWORD}")
    answer = urllib3.request("GET", "http://rabbitmq:15672/api/queues", headers=headers, timeout=5, retries=False)
    return "done" if answer.status == 200 else f"refused {answer.status}"


def secrets_seen() -> list[str]:
    return sorted(
        f"{path.parent.name}/{path.name}" for path in SECRETS.rglob("*") if path.is_file() and path.parent.name != OWN
    )


def write_secret() -> None:
    (SECRETS / OWN / "probe").write_text("probe")


mine, others = MONGO[f"imc_{OWN}"], MONGO[f"imc_{OTHER}"]
attempts: dict[str, Callable[[], Any]] = {
    "own database: read": mine.probe.find_one,
    "own database: write": lambda: mine.probe.delete_many({"_id": "probe"}),
    "other database: read": others.cases.find_one,
    "other database: write": lambda: others.probe.insert_one({}),
    "other database: drop": lambda: MONGO.drop_database(others.name),
    "users: make": lambda: mine.command("createUser", "x", pwd="x", roles=[]),
    "server: shut down": lambda: MONGO.admin.command("shutdown"),
    "own queue: consume": consume(f"imc.{OWN}"),
    "own dead letters: consume": consume(f"imc.{OWN}.dead"),
    "own queue: look how long it is": on_channel(lambda channel: channel.queue_declare(f"imc.{OWN}", passive=True)),
    "other queue: consume": consume(f"imc.{OTHER}"),
    "other dead letters: consume": consume(f"imc.{OTHER}.dead"),
    "replay: publish": publish("imc.replay", "nobody", user_id=f"imc_{OWN}"),
    "events: publish with other's key": publish("imc.events", f"{OTHER}.case.accepted.v1"),
    "replay: publish as other": publish("imc.replay", "nobody", user_id=f"imc_{OTHER}"),
    "other queue: put into": publish("", f"imc.{OTHER}"),
    "dead letters: publish": publish("imc.dead", OTHER),
    "queue: declare": on_channel(lambda channel: channel.queue_declare("imc.mine", durable=True)),
    "own queue: delete": on_channel(lambda channel: channel.queue_delete(f"imc.{OWN}")),
    "exchange: delete": on_channel(lambda channel: channel.exchange_delete("imc.events")),
    "events: bind": on_channel(lambda channel: channel.queue_bind(f"imc.{OWN}", "imc.events", "#")),
    "secrets: write": write_secret,
}
answers: dict[str, Any] = {name: outcome(attempt) for name, attempt in attempts.items()}
print(json.dumps(answers | {"management": management(), "others' secrets": secrets_seen()}))
