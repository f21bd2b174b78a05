"""Completes an OpenAPI document: servers, security schemes, operation ids, response headers.

It also extracts the part for agencies as a separate document. Not here: how routes become a document (openapi.py).
"""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

Document = dict[str, Any]
_METHODS = frozenset(("get", "post", "put", "patch", "delete"))
_REFERENCE = re.compile(r"#/components/(\w+)/(.+)")
_PAGE = re.compile(r"#/components/schemas/\w+Page'")
GENERAL = """
**Where.** Every address begins at `{public_url}`: this service's are below `{public_url}/{service}/api/v1`. Times carry an offset
(RFC 3339); languages are BCP 47 tags, countries ISO 3166-1 alpha-2 codes. What agencies call stands in three documents:
[intake]({public_url}/intake/api/agencies/docs) (referrals), [partners]({public_url}/partners/api/agencies/docs) (your organization,
webhooks) and [accounts]({public_url}/accounts/api/agencies/docs) (departments); each is a file at `/<service>/api/agencies/openapi.json`.

**Who.** Send `Authorization: Bearer …` with an API key (agencies) or an access token (staff: `POST /accounts/api/v1/tokens`).
To get a key, ask the partner office of the hospital: it registers and activates your organization and issues a key with the scopes
you need. A key starts with `imc_live_`, is shown once and belongs to your organization; two may live at a time, so that a new one
can take over before the old one is revoked. Try it with `GET /partners/api/v1/organizations/me`:

    curl -H "Authorization: Bearer $KEY" {public_url}/partners/api/v1/organizations/me

**Twice is once.** A POST with an `Idempotency-Key` that is sent again within 24 hours answers as the first time, with
`Idempotency-Replayed: true`. `If-Match` with the ETag you read refuses a change (412) if the resource has changed since.

**Unchanged.** Every read as JSON, a list too, carries an ETag over what it shows. GET or HEAD with it in `If-None-Match` answers 304
without a body while nothing else would be shown. `Location` and `Link` are paths: resolve them against the server above.

**Errors** are RFC 9457 problems: `type` names the kind, `detail` says what was expected, `errors` lists every fault of invalid input
with a JSON pointer. Each kind has a page below `{problems}`. 429 and 503 carry `Retry-After`.
"""
FHIR = "\n**HL7 FHIR.** [A table]({page}) says which element of R4 and R5 each field of an agency's requests and answers is.\n"
HEADERS: Document = {
    "RequestId": {"description": "The id of this request, to name it in a question", "schema": {"type": "string"}},
    "RateLimit": {"description": "What is left of the limit and when it is whole again", "schema": {"type": "string"}},
    "RateLimitPolicy": {"description": "The limit: requests in how many seconds", "schema": {"type": "string"}},
    "RetryAfter": {"description": "Seconds to wait before the next try", "schema": {"type": "integer", "minimum": 1}},
    "ETag": {"description": "Of what is shown: for If-Match and If-None-Match", "schema": {"type": "string"}},
    "Location": {"description": "The address of what was made, a path from the root", "schema": {"type": "string"}},
    "Link": {
        "description": 'The next page, a path from the root, as rel="next"; not there on the last one',
        "schema": {"type": "string"},
    },
    "IdempotencyReplayed": {
        "description": "`true` where this is the answer to an earlier request with the same Idempotency-Key",
        "schema": {"const": "true"},
    },
}
NAMES = {"RequestId": "X-Request-Id", "RateLimitPolicy": "RateLimit-Policy", "RetryAfter": "Retry-After", "IdempotencyReplayed": "Idempotency-Replayed"}  # fmt: skip


def completed(
    document: Document,
    service: str,
    public_url: str,
    guide: str = "",
    webhooks: Document | None = None,
    examples: Path | None = None,
    has_fhir_table: bool = False,
) -> Document:
    """Returns the completed document. `guide` is the service's introduction in Markdown, `webhooks` what it sends to others,
    `examples` the file of requests and responses by operation (made by tests/contract/examples.py)."""
    problems = f"{public_url}/{service}/api/problems"
    fhir = FHIR.format(page=f"{public_url}/{service}/api/agencies/docs/fhir") if has_fhir_table else ""
    general = GENERAL.format(problems=problems, public_url=public_url, service=service)
    about = (guide.strip() + "\n" + general + fhir).strip()
    document["info"] |= {"description": about, "contact": {"name": "International Medical Center", "url": public_url}}
    document["servers"] = [{"url": public_url, "description": "The gateway of this hospital"}]
    document["components"].setdefault("headers", {}).update(HEADERS)
    _name_operations(document)
    for _, method, operation in operations(document):
        for status, media in operation.pop("x-files").items():
            operation["responses"][status]["content"] = {one: {"schema": _file(one)} for one in media}
        for status, answer in operation["responses"].items():
            if "$ref" not in answer:
                answer.setdefault("headers", {}).update(_headers(method, status, answer))
    for name, answer in document["components"]["responses"].items():
        more = (["RetryAfter"] if "Retry-After" in answer["description"] else []) + (
            ["ETag"] if name == "NotModified" else []
        )
        answer["headers"] = _referred(["RequestId", "RateLimit", "RateLimitPolicy", *more])
    if webhooks:
        document["webhooks"] = webhooks
    problems_of = {
        answer.pop("x-status"): answer
        for answer in document["components"]["responses"].values()
        if "x-status" in answer
    }
    if examples:
        _show(document, json.loads(examples.read_text("utf-8")), problems_of)
    return document


def _show(document: Document, examples: Document, problems_of: Mapping[str, Document]) -> None:
    """Adds the example request and responses to each operation, and an example problem to each status."""
    received = [event["post"] for event in document.get("webhooks", {}).values()]
    for operation in [*(one for _, _, one in operations(document)), *received]:
        example = examples.get(operation["operationId"], {"answers": {}})
        if "request" in example:
            _beside(operation["requestBody"], example["request"])
        for status, answer in example["answers"].items():
            _beside(operation["responses"][status], answer)
    for status, problem in examples.get("problems", {}).items():
        _beside(problems_of[status], problem)


def _beside(described: Document, example: Any) -> None:
    for media, content in described["content"].items():
        described["content"][media] = content | {"example": example}


def operations(document: Document) -> Iterable[tuple[str, str, Document]]:
    """Yields (path, method, operation) of all operations."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method in _METHODS:
                yield path, method, operation


def _file(media_type: str) -> Document:
    """The content schema of a download: text for a text type, bytes for every other."""
    return {"type": "string"} if media_type.startswith("text/") else {"type": "string", "format": "binary"}


def _name_operations(document: Document) -> None:
    """Sets operation ids by intent. Where agencies and staff do the same thing, the staff's id includes the resource's name."""
    named: dict[str, list[tuple[str, Document]]] = {}
    for path, _, operation in operations(document):
        operation["operationId"] = _intent(operation.pop("x-view"), path)
        named.setdefault(operation["operationId"], []).append((path, operation))
    for name, alike in named.items():
        for path, operation in alike if len(alike) > 1 else ():
            if not operation.get("x-scope"):
                verb = re.match("[a-z]+", name)
                assert verb is not None
                noun = _singular(path.split("/")[4]).capitalize()
                operation["operationId"] = f"{verb[0]}{noun}{name.removeprefix(verb[0])}"


def _intent(view: str, path: str) -> str:
    """`createReferral` of create_referral; a verb alone gets the noun of its address: `acceptCase`."""
    words = view.split("_")
    if len(words) == 1:
        nouns = [step for step in path.split("/")[4:] if step and not step.startswith("{")]
        nouns = nouns[:-1] if len(nouns) > 1 and nouns[-1].replace("-", "_") == view else nouns
        noun = _singular(nouns[-1] if nouns else path.split("/")[1]).replace("-", "_")
        words += [noun] if noun != view else []
    first, *rest = "_".join(words).split("_")
    return first + "".join(word.capitalize() for word in rest)


def _singular(noun: str) -> str:
    return noun[:-3] + "y" if noun.endswith("ies") else noun.removesuffix("s")


def _headers(method: str, status: str, answer: Document) -> Document:
    names = ["RequestId", "RateLimit", "RateLimitPolicy"]
    if status.startswith("2") and "application/json" in answer.get("content", {}):
        names.append("ETag")
        names += ["Link"] if method == "get" and _PAGE.search(str(answer["content"])) else []
        names += ["Location"] if status == "201" else []
        names += ["IdempotencyReplayed"] if method == "post" else []
    return _referred(names)


def _referred(names: Iterable[str]) -> Document:
    return {NAMES.get(name, name): {"$ref": f"#/components/headers/{name}"} for name in names}


def for_agencies(document: Document) -> Document:
    """The same document with only the operations that an API key may call or that are public."""
    paths: Document = {}
    for path, method, operation in operations(document):
        if operation.get("x-scope") or (operation["security"] == [] and "/operations" not in path):
            beside = {name: value for name, value in document["paths"][path].items() if name not in _METHODS}
            paths.setdefault(path, beside)[method] = operation
    used = {tag for _, _, operation in operations({"paths": paths}) for tag in operation.get("tags", ())}
    part = document | {
        "paths": paths,
        "info": document["info"] | {"title": f"{document['info']['title']}, for agencies"},
        "tags": [tag for tag in document.get("tags", ()) if tag["name"] in used],
    }
    return part | {
        "components": _reached(
            document["components"], {name: part[name] for name in ("paths", "webhooks") if name in part}
        )
    }


def _reached(components: Mapping[str, Document], start: Any) -> Document:
    """The components that `start` refers to, directly or through others."""
    found: dict[str, Document] = {"securitySchemes": components.get("securitySchemes", {})}
    waiting = [start]
    while waiting:
        for kind, name in _references(waiting.pop()):
            if name not in found.setdefault(kind, {}):
                found[kind][name] = components[kind][name]
                waiting.append(components[kind][name])
    return {kind: dict(sorted(members.items())) for kind, members in found.items()}


def _references(part: Any) -> list[tuple[str, str]]:
    if isinstance(part, list):
        return [one for each in part for one in _references(each)]
    if not isinstance(part, dict):
        return []
    found = [one for each in part.values() for one in _references(each)]
    named = _REFERENCE.fullmatch(part["$ref"]) if isinstance(part.get("$ref"), str) else None
    return [*found, (named[1], named[2])] if named else found
