"""One GET to our own gateway or services, for commands that ask whether they answer."""

import json
from collections.abc import Mapping
from typing import Any

import urllib3

Answer = tuple[int, dict[str, Any]]
# A pool knows no proxy unless it is given one: what is said to ourselves goes there directly, whatever http_proxy holds.
_DIRECT = urllib3.PoolManager(retries=False)


def probe(url: str, seconds: float = 5.0, headers: Mapping[str, str] | None = None) -> Answer:
    """Status and JSON body of a GET to one of our own; (0, {}) where nobody answers. No redirect is followed."""
    try:
        answer = _DIRECT.request("GET", url, headers=headers, timeout=seconds)
    except urllib3.exceptions.HTTPError:
        return 0, {}
    return answer.status, _json(answer.data)


def _json(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
