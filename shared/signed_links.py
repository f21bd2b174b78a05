"""Signed links: the holder has access to one part of one record until a given time, without signing in. Nothing is stored.

A token consists of version, record, part, expiry, issue number where there is one, and the first half of an HMAC-SHA-256 over
them, in base64url.
"""

import base64
import binascii
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from shared.errors import NotFound

VERSION, NUMBERED = b"\x01", b"\x02"
_ID, _END, _NUMBER, _MAC = 16, 5, 4, 16
_LENGTHS = {VERSION: 1 + 2 * _ID + _END, NUMBERED: 1 + 2 * _ID + _END + _NUMBER}


class NoSuchLink(NotFound):
    """Not one of ours, altered, or past its end: all answer alike."""

    slug, title = "no-such-link", "This link opens nothing"


@dataclass(frozen=True, slots=True)
class Link:
    """The content of a token: an offer of a booking, or an application and its current link; both ids are UUIDs.

    `number` counts the issues of one link; None where a link is issued once.
    """

    record_id: str
    part_id: str
    until: datetime
    number: int | None = None


def token_of(key: bytes, link: Link) -> str:
    """Returns the token of a link."""
    end = int(link.until.timestamp()).to_bytes(_END, "big")
    body = UUID(link.record_id).bytes + UUID(link.part_id).bytes + end
    body = VERSION + body if link.number is None else NUMBERED + body + link.number.to_bytes(_NUMBER, "big")
    return base64.urlsafe_b64encode(body + _signed(key, body)).decode().rstrip("=")


def read(key: bytes, token: str, now: datetime) -> Link:
    """The inverse of `token_of`; raises NoSuchLink."""
    raw = _bytes(token)
    body, mac = raw[:-_MAC], raw[-_MAC:]
    if len(body) != _LENGTHS.get(body[:1]) or not hmac.compare_digest(mac, _signed(key, body)):
        raise NoSuchLink()
    ids, rest = body[1 : 1 + 2 * _ID], body[1 + 2 * _ID :]
    until = datetime.fromtimestamp(int.from_bytes(rest[:_END], "big"), UTC)
    if until <= now:
        raise NoSuchLink()
    number = int.from_bytes(rest[_END:], "big") if body[:1] == NUMBERED else None
    return Link(str(UUID(bytes=ids[:_ID])), str(UUID(bytes=ids[_ID:])), until, number)


def _bytes(token: str) -> bytes:
    try:
        return base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""


def _signed(key: bytes, body: bytes) -> bytes:
    return hmac.digest(key, body, "sha256")[:_MAC]
