"""Signed links: who holds one may see to one part of one record until a moment, without signing in. Nothing is stored.

A token is version, record, part, end and the first half of an HMAC-SHA-256 over them, base64url.
"""

import base64
import binascii
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from shared.errors import NotFound

VERSION = b"\x01"
_ID, _END, _MAC = 16, 5, 16
_LENGTH = len(VERSION) + 2 * _ID + _END + _MAC


class NoSuchLink(NotFound):
    """Not one of ours, altered, or past its end: all answer alike."""

    slug, title = "no-such-link", "This link opens nothing"


@dataclass(frozen=True, slots=True)
class Link:
    """What a token stands for: an offer of a booking, an application and its link in force; both ids are UUIDs."""

    record_id: str
    part_id: str
    until: datetime


def token_of(key: bytes, link: Link) -> str:
    """The token of a link."""
    end = int(link.until.timestamp()).to_bytes(_END, "big")
    body = VERSION + UUID(link.record_id).bytes + UUID(link.part_id).bytes + end
    return base64.urlsafe_b64encode(body + _signed(key, body)).decode().rstrip("=")


def read(key: bytes, token: str, now: datetime) -> Link:
    """The inverse of `token_of`; raises NoSuchLink."""
    raw = _bytes(token)
    body, mac = raw[:-_MAC], raw[-_MAC:]
    if len(raw) != _LENGTH or body[:1] != VERSION or not hmac.compare_digest(mac, _signed(key, body)):
        raise NoSuchLink()
    until = datetime.fromtimestamp(int.from_bytes(body[-_END:], "big"), UTC)
    if until <= now:
        raise NoSuchLink()
    return Link(str(UUID(bytes=body[1 : 1 + _ID])), str(UUID(bytes=body[1 + _ID : 1 + 2 * _ID])), until)


def _bytes(token: str) -> bytes:
    try:
        return base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""


def _signed(key: bytes, body: bytes) -> bytes:
    return hmac.digest(key, body, "sha256")[:_MAC]
