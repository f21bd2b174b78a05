"""What is sent to webhook endpoints, for the OpenAPI document: one shape for every event, its headers, what the answers mean."""

from typing import Any

from services.partners.rules.meanings import MEANINGS
from services.partners.rules.webhooks import CASE_STATUSES, NAMED
from shared.web.openapi_codes import explained

_TEXT = {"type": "string"}


def _one_of(values: tuple[str, ...]) -> dict[str, Any]:
    shape = {"type": "string", "enum": list(values)}
    return shape | explained(shape, MEANINGS[values])


BODY: dict[str, Any] = {
    "type": "object",
    "required": ["type", "timestamp", "data"],
    "properties": {
        "type": _one_of(NAMED),
        "timestamp": {"type": "string", "format": "date-time"},
        "data": {
            "type": "object",
            "required": ["id", "reference", "status", "next", "link"],
            "properties": {
                "id": {**_TEXT, "description": "The referral's id"},
                "reference": {**_TEXT, "description": "The hospital's reference, readable by people"},
                "agency_reference": {"type": ["string", "null"]},
                "status": _one_of(CASE_STATUSES),
                "next": {"type": "object", "description": "Whose turn it is, for what, by when"},
                "link": {
                    "type": "string",
                    "format": "uri",
                    "description": "Where to read the change, with your API key",
                },
            },
        },
    },
}
_HEADERS = (
    ("webhook-id", "The same for every attempt of a message: use it to handle a message once"),
    ("webhook-timestamp", "Unix seconds of this attempt; reject one that is more than five minutes from your clock"),
    ("webhook-signature", "`v1,` and the base64 HMAC-SHA256 of `id.timestamp.body` under your secret; several while a secret is rotated"),
)  # fmt: skip
ABOUT = """Messages follow Standard Webhooks and carry no patient's data: read the referral with your key. Check the signature over the
bytes as received (libraries named `standardwebhooks` do it). Answer 2xx within 10 seconds. After any other answer we try again after 5
seconds and then at growing intervals for three days, never before a `Retry-After`. 410 disables the endpoint; redirects are not followed."""


SIGNATURES = """
**Webhooks.** Add an endpoint with `POST /partners/api/v1/organizations/me/webhooks`; the answer shows its secret (`whsec_…`), once. Every
message carries `webhook-id`, `webhook-timestamp` and `webhook-signature` (Standard Webhooks). Before you read a message, compute the
HMAC-SHA256 of `id.timestamp.body` (the bytes as received) under the base64-decoded part of the secret after `whsec_`, and compare it
in constant time with each `v1,…` of the header: there are several while a secret is rotated. Reject a timestamp that is more than
five minutes away. In Python:

    import base64, hashlib, hmac, time

    def is_genuine(headers, body, secret):
        key = base64.b64decode(secret.removeprefix("whsec_"))
        id, timestamp = headers["webhook-id"], headers["webhook-timestamp"]
        signed = b".".join((id.encode(), timestamp.encode(), body))
        right = "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
        given = headers["webhook-signature"].split()
        return abs(time.time() - int(timestamp)) < 300 and any(hmac.compare_digest(right, one) for one in given)

Handle a message once by its `webhook-id`, answer 2xx within 10 seconds, and read the change at `data.link` with your key.
"""
"""For the first page of the document: what an agency's programmer needs to trust a message."""


def webhook_document() -> dict[str, Any]:
    """The `webhooks` section."""
    operation = {
        "operationId": "receiveEvent",
        "summary": "Receive an event of your referrals",
        "description": " ".join(ABOUT.split()),
        "parameters": [
            {"name": name, "in": "header", "required": True, "description": about, "schema": _TEXT}
            for name, about in _HEADERS
        ],
        "requestBody": {"required": True, "content": {"application/json": {"schema": BODY}}},
        "responses": {
            "200": {"description": "Accepted; any 2xx counts"},
            "410": {
                "description": "The endpoint is gone: it is disabled, and the hospital's partner office is notified"
            },
            "default": {"description": "Tried again for three days"},
        },
        "security": [],
    }
    return {"event": {"post": operation}}
