"""Templates for replies (replies.toml) in Japanese and English, with the case's values filled in."""

from functools import cache
from pathlib import Path
from typing import NamedTuple

from shared.texts import LANGUAGES, fill, read_toml

FIELDS = ("organization", "agency_reference", "reference", "department", "clerk")
PURPOSES = ("ask", "decline", "message")
NO_NAME = {"ja": "ご紹介元", "en": "your institution"}


class Reply(NamedTuple):
    """One reply in one language; `reason` is the reason for declining it belongs to."""

    name: str
    purpose: str
    language: str
    title: str
    text: str
    reason: str | None = None


@cache
def replies() -> tuple[Reply, ...]:
    """Returns all templates, not filled in."""
    known = read_toml(Path(__file__).with_suffix(".toml"))
    return tuple(
        Reply(
            name, entry["for"], language, entry[language]["title"], entry[language]["text"].strip(), entry.get("reason")
        )
        for name, entry in known.items()
        for language in LANGUAGES
    )


def reply_language(contact_language: str | None, japanese: bool) -> str:
    """Returns the language to write in: ja or en by the agency contact's language; else Japanese to a writer in Japan and English to others."""
    if contact_language:
        return "ja" if contact_language.partition("-")[0] == "ja" else "en"
    return "ja" if japanese else "en"


def replies_for(purpose: str, language: str, fields: dict[str, str]) -> list[Reply]:
    """Returns the replies for a purpose with their fields filled in, those in `language` first."""
    matching = [reply for reply in replies() if reply.purpose == purpose]
    ordered = sorted(matching, key=lambda reply: reply.language != language)
    return [reply._replace(text=fill(reply.text, _in(reply.language, fields))) for reply in ordered]


def _in(language: str, fields: dict[str, str]) -> dict[str, str]:
    return fields | {"organization": fields["organization"] or NO_NAME[language]}
