"""A client of the public APIs for commands that use them like any other program (`imc demo`)."""

import uuid
from typing import Any

import msgspec
import urllib3


class Refused(RuntimeError):
    """An answer that is not a success; the text is the problem's title and detail."""


class Caller:
    """A client with one credential at one gateway. Every POST has an Idempotency-Key and is sent again where a server is unavailable."""

    def __init__(self, url: str, credential: str) -> None:
        self._url, self._head = url.rstrip("/"), {"Authorization": f"Bearer {credential}"}
        again = urllib3.Retry(total=6, backoff_factor=0.3, status_forcelist=(429, 502, 503, 504), allowed_methods=None)
        self._pool = urllib3.PoolManager(retries=again, timeout=20.0)

    def get(self, path: str) -> Any:
        """The answer's JSON; raises Refused."""
        return self._ask("GET", path, None)

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """The answer's JSON; raises Refused."""
        return self._ask("POST", path, body or {})

    def upload(self, path: str, fields: dict[str, str], name: str, content: bytes) -> Any:
        """Uploads a file with its fields; returns the answer's JSON; raises Refused."""
        sent, media = urllib3.encode_multipart_formdata({**fields, "file": (name, content)})
        return self._sent("POST", path, sent, media)

    def _ask(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        if body is None:
            return self._sent(method, path, None, None)
        return self._sent(method, path, msgspec.json.encode(body), "application/json")

    def _sent(self, method: str, path: str, content: bytes | None, media: str | None) -> Any:
        head = dict(self._head)
        if media:
            head |= {"Content-Type": media, "Idempotency-Key": uuid.uuid4().hex}
        try:
            answer = self._pool.request(method, self._url + path, body=content, headers=head)
        except urllib3.exceptions.HTTPError as error:
            raise Refused(f"{self._url} does not answer ({type(error).__name__}): does `imc up` run?") from error
        if answer.status >= 300:
            raise Refused(f"{method} {path}: {answer.status} {answer.data.decode(errors='replace')[:500]}")
        return msgspec.json.decode(answer.data)
