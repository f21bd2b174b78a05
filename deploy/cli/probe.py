"""Sends one GET to our own gateway or services, for commands that check whether they answer."""

import json
from collections.abc import Mapping
from typing import Any

import urllib3

Answer = tuple[int, dict[str, Any]]
# A pool uses no proxy unless it is given one: requests to our own servers go directly, whatever http_proxy is set to.
_DIRECT = urllib3.PoolManager(retries=False)


def probe(url: str, seconds: float = 5.0, headers: Mapping[str, str] | None = None) -> Answer:
    """Status and JSON body of a GET to one of our own servers; (0, {}) where none answers. No redirect is followed."""
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
