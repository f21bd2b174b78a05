"""The least a service of this kind can be: Flask, one small marshmallow schema, a MongoDB and an AMQP client. Runs in the project's own environment.

The reference of *memory* and *start*: `gunicorn "tests.bench.peers.lean:create_app()"`.
"""

import os

import kombu
import pymongo
from flask import Flask, Response, jsonify, request
from marshmallow import Schema, fields


class Message(Schema):
    """A body of one field."""

    text = fields.String(required=True)


def create_app() -> Flask:
    """Connected to both servers, as an idle service is."""
    app = Flask("lean")
    client: pymongo.MongoClient[dict[str, object]] = pymongo.MongoClient(os.environ["BENCH_MONGO_URL"])
    client.admin.command("ping")
    broker = kombu.Connection(os.environ["BENCH_AMQP_URL"])
    broker.connect()
    schema = Message()

    @app.post("/messages")
    def receive() -> tuple[Response, int]:
        client.bench.messages.insert_one(dict(schema.load(request.get_json())))
        return jsonify(status="stored"), 201

    @app.get("/healthz")
    def healthz() -> dict[str, bool]:
        return {"connected": bool(broker.connected)}

    return app
