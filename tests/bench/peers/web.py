"""The peers' web process: Flask and marshmallow, one journaled insert, then the event by the library in question.

`create_app("bare")` publishes nothing: the reference of *accept*, and of every start and memory figure.
"""

import importlib
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import Flask, Response, jsonify, request
from marshmallow import ValidationError

from services.intake.schemas.requests import ReferralSchema
from tests.bench.peers import work

Publish = Callable[[dict[str, Any]], None]


def publisher(peer: str) -> Publish | None:
    """The library's way to publish, or None for the bare one."""
    if peer == "bare":
        return None
    publish: Publish = importlib.import_module(f"tests.bench.peers.{peer}_peer").publisher()
    return publish


def create_app(peer: str) -> Flask:
    """Made in each gunicorn worker, so clients come after the fork."""
    app = Flask("peer")
    referrals = work.collection("referrals")
    schema = ReferralSchema()
    publish = publisher(peer)

    @app.post("/intake/api/v1/referrals")
    def receive() -> tuple[Response, int]:
        try:
            body = schema.load(request.get_json())
        except ValidationError as error:
            return jsonify(error.messages), 422
        id_ = str(uuid.uuid4())
        referral = {"_id": id_, "reference": f"R-{id_[:8]}", **plain(body), "received_at": datetime.now(UTC)}
        referrals.insert_one(referral)
        if publish:
            publish(work.event_of(referral))
        return jsonify(id=id_, reference=referral["reference"], status="received"), 201

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    return app


def plain(value: Any) -> Any:
    """Dates as text: MongoDB has no type for a day."""
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value.isoformat() if hasattr(value, "isoformat") else value
