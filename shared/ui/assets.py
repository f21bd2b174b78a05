"""Static files (stylesheet, scripts, vendored files): read once, served under the service's prefix, cacheable for a year.

`asset("imc.css")` returns the address with a digest of the content, so that changed content has another address.
"""

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from flask import Response, request
from werkzeug.exceptions import NotFound

SHARED = Path(__file__).parent / "static"
YEAR = "public, max-age=31536000, immutable"
_KINDS = {  # the `mimetypes` table differs between machines
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}


@dataclass(frozen=True)
class Asset:
    """One static file."""

    content: bytes
    kind: str

    @cached_property
    def digest(self) -> str:
        return sha256(self.content).hexdigest()[:16]


class Assets:
    """The files of one service and the shared ones; the service's come first."""

    def __init__(self, service: str, own: Path | None) -> None:
        self._service, self._folders = service, [folder for folder in (own, SHARED) if folder]
        self._known: dict[str, Asset] = {}

    def address(self, name: str) -> str:
        """Returns /intake/static/imc.css?v=0123456789abcdef; raises KeyError where there is no such file."""
        return f"/{self._service}/static/{name}?v={self._asset(name).digest}"

    def serve(self, name: str) -> Response:
        """The view of `/<service>/static/<name>`; public."""
        try:
            asset = self._asset(name)
        except KeyError:
            raise NotFound from None
        fresh = request.args.get("v") == asset.digest
        answer = Response(asset.content, content_type=asset.kind)
        answer.headers["Cache-Control"] = YEAR if fresh else "no-cache"
        answer.set_etag(asset.digest)
        answer.make_conditional(request)
        return answer

    def _asset(self, name: str) -> Asset:
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = self._read(name)
        return known

    def _read(self, name: str) -> Asset:
        for folder in self._folders:
            file = (folder / name).resolve()
            if file.is_file() and file.is_relative_to(folder.resolve()):
                return Asset(file.read_bytes(), _KINDS.get(file.suffix, "application/octet-stream"))
        raise KeyError(name)
