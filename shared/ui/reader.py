"""The reader of a page: language, time zone, theme. From cookies set by accounts and by the page's script, without a database query.

The person's own language is put into the cookie at sign-in; without a cookie the browser's Accept-Language counts, else Japanese.
"""

from dataclasses import dataclass
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flask import Request

from shared.texts import LANGUAGES

LANGUAGE_COOKIE, ZONE_COOKIE, LOOK_COOKIE = "imc_language", "imc_zone", "imc_look"
LOOKS = ("auto", "light", "dark")
RIGHT_TO_LEFT = frozenset(("ar", "fa", "he", "ur"))


@dataclass(frozen=True)
class Reader:
    """The reader's preferences. `zone` is the hospital's, unless the browser sent another: then the reader is abroad, and zones are named.
    At a first visit, and without a script, the browser has sent none: `placed` is false."""

    language: str
    zone: ZoneInfo
    abroad: bool
    look: str
    placed: bool = True

    @property
    def direction(self) -> str:
        return "rtl" if self.language.split("-")[0] in RIGHT_TO_LEFT else "ltr"


def reader_of(request: Request, hospital: ZoneInfo) -> Reader:
    """Reads them from this request."""
    zone = _zone(request.cookies.get(ZONE_COOKIE, ""))
    look = request.cookies.get(LOOK_COOKIE, "")
    abroad = zone is not None and zone.key != hospital.key
    return Reader(language_of(request), zone or hospital, abroad, look if look in LOOKS else LOOKS[0], zone is not None)


def language_of(request: Request) -> str:
    """The reader's language, one of LANGUAGES."""
    wished = request.cookies.get(LANGUAGE_COOKIE)
    if wished in LANGUAGES:
        return str(wished)
    return request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]


@cache
def _known(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _zone(name: str) -> ZoneInfo | None:
    """The zone of the tz database with this name, as browsers send it."""
    plain = 2 < len(name) <= 40 and name.isascii() and "/" in name and ".." not in name
    return _known(name) if plain else None
