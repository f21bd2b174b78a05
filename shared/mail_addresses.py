"""E-mail addresses: validation, stored form, wire form, comparison. It makes no DNS queries.

An address is stored as entered, in half width, without invisible characters at its ends. On the wire its domain is ASCII
(RFC 5890, 5891 with UTS 46) and its local part is quoted where it is valid only in quotes, like `.hanako@` (RFC 5321, 4.1.2).
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from shared.unicode_forms import normalized

MOST = 254
"""Octets of an address on the wire (RFC 5321, 4.5.3.1.3: a path of 256, less its angle brackets)."""
MAX_LOCAL = 64
MAX_TYPED = 1000

ADDRESS = "expected an e-mail address, such as name@example.jp"
BLANKS = "expected an e-mail address without blanks"
LOCAL = "expected before the @ letters, digits, dots and hyphens, anything else in double quotes"
DOMAIN = "expected a domain that can exist after the @, such as example.jp"
LENGTH = f"expected an e-mail address of at most {MOST} characters, {MAX_LOCAL} of them before the @"

_ATEXT = r"A-Za-z0-9!#$%&'*+/=?^_`{|}~\-\u0080-\U0010ffff"  # RFC 5322, 3.2.3; letters beyond ASCII: RFC 6531, 3.3
_DOT_ATOM = re.compile(rf"[{_ATEXT}]+(\.[{_ATEXT}]+)*")
_BARE = re.compile(rf"[{_ATEXT}.]+")
_QUOTED = re.compile(r'"((?:[ !#-\[\]-~\u0080-\U0010ffff]|\\[ -~])+)"')  # RFC 5321, 4.1.2; RFC 6531, 3.3
_ESCAPED = re.compile(r"\\(.)")
_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {ord("﹫"): "@", ord("﹒"): "."}
_DOTS = str.maketrans("。．｡", "...")  # UTS 46, 2.3: full stops as input methods produce them
_IGNORABLE = re.compile(
    # Default_Ignorable_Code_Point of Unicode's DerivedCoreProperties.txt, whatever general category each has
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_UNSEEN = frozenset(("Cc", "Cf", "Co", "Cs", "Cn", "Zs", "Zl", "Zp"))


class NotAnAddress(ValueError):
    """No mail can be sent to this address; the message says what was expected."""


@dataclass(frozen=True)
class Wire:
    """The wire form of an address for SMTP and headers: `spec` is the whole; `key` is equal for addresses of the same mailbox.

    `abroad`: its local part is not ASCII, and only a server with SMTPUTF8 accepts it (RFC 6531).
    """

    spec: str
    key: str
    abroad: bool


def read(typed: str) -> str:
    """The stored form of a typed address; raises NotAnAddress."""
    if len(typed) > MAX_TYPED:
        raise NotAnAddress(LENGTH)
    address = normalized("NFC", _without_unseen_ends(typed).translate(_HALF_WIDTH))
    local, at, domain = address.rpartition("@")
    if not at or not local or not domain:
        raise NotAnAddress(ADDRESS)
    _refuse_unseen(local, quoted=local.startswith('"'))
    _refuse_unseen(domain)
    joined = f"{local}@{domain.translate(_DOTS)}"
    wire(joined)
    return joined


@lru_cache(maxsize=4096)
def wire(address: str) -> Wire:
    """The wire form of an address; raises NotAnAddress, never for a stored one."""
    local, _, domain = address.rpartition("@")
    plain = _plain(local)
    written = plain if _DOT_ATOM.fullmatch(plain) else '"' + re.sub(r'(["\\])', r"\\\1", plain) + '"'
    ascii_domain = _ascii(domain)
    spec = f"{written}@{ascii_domain}"
    if len(written.encode()) > MAX_LOCAL or len(spec.encode()) > MOST:
        raise NotAnAddress(LENGTH)
    return Wire(spec, f"{plain.casefold()}@{ascii_domain}", not written.isascii())


def key(address: str) -> str:
    """The comparison key of an address; an invalid one is compared as written."""
    try:
        return wire(address).key
    except NotAnAddress:
        return address.casefold()


def _plain(local: str) -> str:
    """The value of a local part, without quotes and escapes."""
    if quoted := _QUOTED.fullmatch(local):
        return _ESCAPED.sub(r"\1", quoted[1])
    if not _BARE.fullmatch(local):
        raise NotAnAddress(LOCAL)
    return local


def _ascii(domain: str) -> str:
    """The domain in A-labels; it must be well-formed and not reserved for other purposes than mail (RFC 6761)."""
    from email_validator import (
        EmailNotValidError,
        validate_email,
    )  # takes 20 ms and memory for its tables: imported with the first address

    if domain.startswith("["):
        raise NotAnAddress(DOMAIN)
    try:
        found = validate_email(f"x@{domain}", check_deliverability=False)
    except EmailNotValidError:
        raise NotAnAddress(DOMAIN) from None
    return found.ascii_domain.lower()


def _is_unseen(letter: str) -> bool:
    return unicodedata.category(letter) in _UNSEEN or bool(_IGNORABLE.fullmatch(letter))


def _without_unseen_ends(typed: str) -> str:
    first, last = 0, len(typed)
    while first < last and _is_unseen(typed[first]):
        first += 1
    while last > first and _is_unseen(typed[last - 1]):
        last -= 1
    return typed[first:last]


def _refuse_unseen(part: str, quoted: bool = False) -> None:
    """Raises with the name of the first invisible character; in quotes a plain blank is allowed."""
    for letter in part:
        if letter == " ":
            if not quoted:
                raise NotAnAddress(BLANKS)
        elif _is_unseen(letter):
            named = unicodedata.name(letter, "control character")
            raise NotAnAddress(
                f"expected an e-mail address without the invisible character “{named} (U+{ord(letter):04X})”"
            )
