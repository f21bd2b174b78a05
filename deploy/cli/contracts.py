"""Generates the committed contracts: OpenAPI per service, AsyncAPI 3 of the system, JSON Schema and snapshot of every event, the event
catalogue, the gateway's limits of upload routes.

`make contracts` regenerates them; a test fails where a committed file is stale. A snapshot, once written, is never overwritten: it
represents an older consumer and older data. Current schemas are committed once, inside AsyncAPI: the files of `events/`, one per
event, are written into every directory and ignored by git in this one.
"""

import json
import tempfile
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from flask import Flask

import shared.events
from deploy.upload_routes import uploads_conf
from shared.broker.names import Names
from shared.events import CATALOGUE, json_schema
from shared.events.examples import example
from shared.events.language import Definition
from shared.settings import SERVICES, load

SNAPSHOTS = Path(shared.events.__file__).parent / "snapshots"
COMMITTED = Path(__file__).resolve().parents[1] / "contracts"
UPLOADS = Path(__file__).resolve().parents[1] / "gateway" / "uploads.conf"
CATALOGUE_PAGE = Path(shared.events.__file__).parent / "README.md"
CLOUD_EVENT_NAME = "CloudEvent"
CLOUD_EVENT = {
    "type": "object",
    "required": [
        "specversion",
        "id",
        "source",
        "type",
        "subject",
        "time",
        "sequence",
        "correlationid",
        "causationid",
        "actor",
        "data",
    ],
    "properties": {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "format": "uuid", "description": "UUIDv7; the same over every repetition"},
        "source": {"type": "string", "description": "/imc/<service>"},
        "subject": {"type": "string", "description": "id of the aggregate"},
        "time": {"type": "string", "format": "date-time"},
        "sequence": {"type": "integer", "minimum": 1, "description": "1, 2, 3 … per subject"},
        "correlationid": {"type": "string", "description": "the case, application or agreement it belongs to"},
        "causationid": {"type": "string", "description": "the event or request that caused it"},
        "actor": {
            "type": "string",
            "description": "account:<id>, key:<id>, timer:<name> or service:<name>; never a person's name",
        },
        "datacontenttype": {"const": "application/json"},
        "dataschema": {"type": "string"},
        "traceparent": {"type": "string", "description": "W3C Trace Context"},
    },
}


def write(directory: Path) -> list[Path]:
    """Writes all generated files into `directory`; returns the paths."""
    files = {f"openapi/{service}.json": document for service, document in openapi().items()}
    files["asyncapi.json"] = asyncapi()
    files |= {f"events/{type_}.json": schema_of(definition) for type_, definition in sorted(CATALOGUE.items())}
    written = []
    for name, document in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text_of(document), encoding="utf-8")
        written.append(path)
    return written


def write_beside_events() -> list[Path]:
    """Writes the event catalogue, and a snapshot of each event that has none yet."""
    CATALOGUE_PAGE.write_text(catalogue_page(), encoding="utf-8")
    SNAPSHOTS.mkdir(exist_ok=True)
    written = [CATALOGUE_PAGE]
    for type_, definition in CATALOGUE.items():
        path = SNAPSHOTS / f"{type_}.json"
        if not path.exists():
            path.write_text(
                text_of({"schema": json_schema(definition.struct), "example": example(definition.struct)}),
                encoding="utf-8",
            )
            written.append(path)
    return written


def write_beside_gateway() -> list[Path]:
    """Writes the gateway's limits of upload routes."""
    UPLOADS.write_text(uploads_conf(app for _, app in apps()), encoding="utf-8")
    return [UPLOADS]


def text_of(document: Any) -> str:
    """The document as the committed JSON: in stable order, readable in a diff."""
    return json.dumps(document, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def openapi() -> dict[str, Any]:
    """The OpenAPI 3.1 document of every service, from its routes; needs no server."""
    found = {service: app.test_client().get(f"/{service}/api/openapi.json") for service, app in apps()}
    if broken := [service for service, answer in found.items() if answer.status_code != 200]:
        raise RuntimeError(f"no OpenAPI document of {', '.join(broken)}: expected 200")
    return {service: answer.get_json() for service, answer in found.items()}


def apps() -> Iterator[tuple[str, Flask]]:
    """The web application of every service, with its name; needs no server."""
    from deploy.secret_files import make_secrets

    with tempfile.TemporaryDirectory() as directory:
        make_secrets(Path(directory))
        for service in SERVICES:
            yield service, unserved(service, Path(directory) / service)


def unserved(service: str, secrets: Path) -> Flask:
    """The web application of one service with its directory of secrets; it connects to no server."""
    environ = {
        "IMC_MONGO_URL": "mongodb://127.0.0.1:1/?replicaSet=imc&serverSelectionTimeoutMS=200",
        "IMC_AMQP_URL": "amqp://guest:guest@127.0.0.1:1//",
        "IMC_SECRET_DIR": str(secrets),
    }
    app: Flask = import_module(f"services.{service}.app").create_app(load(service, environ))
    return app


def schema_of(definition: Definition) -> dict[str, Any]:
    """JSON Schema 2020-12 of one event's data, with the id that its messages have as `dataschema`."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"urn:imc:schema:{definition.type}"}
    return head | json_schema(definition.struct)


def asyncapi() -> dict[str, Any]:
    """AsyncAPI 3.0: one channel (the exchange), a message per event, a send and a receive operation per service."""
    names = Names()
    messages = {type_.replace(".", "_"): _message(definition) for type_, definition in sorted(CATALOGUE.items())}
    operations = {}
    for service in SERVICES:
        published = [d for d in CATALOGUE.values() if d.service == service]
        consumed = [d for d in CATALOGUE.values() if service in d.consumers]
        operations[f"{service}_publishes"] = _operation("send", published, f"Events published by {service}")
        operations[f"{service}_consumes"] = _operation(
            "receive", consumed, f"Events consumed by {service} from {names.queue(service)}"
        )
    schemas = _schemas()
    if schemas.setdefault(CLOUD_EVENT_NAME, CLOUD_EVENT) is not CLOUD_EVENT:
        raise ValueError(f"an event's data has a part named {CLOUD_EVENT_NAME}, too")
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "International Medical Center: events",
            "version": "1",
            "description": "CloudEvents 1.0, structured JSON, over AMQP 0-9-1.",
        },
        "defaultContentType": "application/cloudevents+json",
        "channels": {
            "events": {
                "address": names.events,
                "description": "Topic exchange; the routing key is the event's type without `imc.`.",
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
                "bindings": {
                    "amqp": {
                        "is": "routingKey",
                        "exchange": {"name": names.events, "type": "topic", "durable": True, "autoDelete": False},
                    }
                },
            }
        },
        "operations": {name: operation for name, operation in operations.items() if operation["messages"]},
        "components": {"messages": messages, "schemas": schemas},
    }


def _operation(action: str, definitions: list[Definition], summary: str) -> dict[str, Any]:
    refs = [
        {"$ref": f"#/channels/events/messages/{d.type.replace('.', '_')}"}
        for d in sorted(definitions, key=lambda d: d.type)
    ]
    return {"action": action, "channel": {"$ref": "#/channels/events"}, "summary": summary, "messages": refs}


def _schemas() -> dict[str, Any]:
    """The schemas of all events' data, by name: AsyncAPI resolves references in the document, not in a payload."""
    found: dict[str, Any] = {}
    for type_, definition in sorted(CATALOGUE.items()):
        for name, schema in json_schema(definition.struct)["$defs"].items():
            whole = _from_components(schema)
            if found.setdefault(name, whole) != whole:
                raise ValueError(f"{type_}: {name} means two things among the events")
    return dict(sorted(found.items()))


def _from_components(schema: Any) -> Any:
    """The schema with its references pointing to the document's components."""
    if isinstance(schema, list):
        return [_from_components(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: value.replace("#/$defs/", "#/components/schemas/") if name == "$ref" else _from_components(value)
        for name, value in schema.items()
    }


def _message(definition: Definition) -> dict[str, Any]:
    """One event in its CloudEvents envelope."""
    data = _from_components({"$ref": json_schema(definition.struct)["$ref"]})
    payload = {
        "allOf": [{"$ref": f"#/components/schemas/{CLOUD_EVENT_NAME}"}],
        "properties": {"type": {"const": f"imc.{definition.type}"}, "data": data},
    }
    return {
        "name": f"imc.{definition.type}",
        "title": definition.type,
        "summary": " ".join((definition.struct.__doc__ or "").split()),
        "contentType": "application/cloudevents+json",
        "payload": {"schemaFormat": "application/schema+json;version=2020-12", "schema": payload},
    }


def catalogue_page() -> str:
    """`shared/events/README.md`: who publishes what, who consumes it, what it contains."""
    lines = [
        "# Catalogue of events",
        "",
        "Generated by `make contracts` from the files beside it; not to be edited. The schemas of all events are in the AsyncAPI 3 document",
        "`deploy/contracts/asyncapi.json`; `imc contracts write DIR` also writes each event's JSON Schema to `DIR/events/`.",
    ]
    for service in SERVICES:
        lines += [
            "",
            f"## {service}",
            "",
            "| event | subject | consumers | what happened | data |",
            "|---|---|---|---|---|",
        ]
        published = sorted((d for d in CATALOGUE.values() if d.service == service), key=lambda d: d.type)
        lines += [_row(definition) for definition in published]
    return "\n".join(lines) + "\n"


def _row(definition: Definition) -> str:
    consumers = ", ".join(definition.consumers) or f"none: {definition.no_consumers_because}"
    what = " ".join((definition.struct.__doc__ or "").split()).replace("|", "\\|")
    fields = ", ".join(f"`{name}`" for name in definition.struct.__struct_fields__)
    return f"| `{definition.type}` | {definition.subject} | {consumers} | {what} | {fields} |"
