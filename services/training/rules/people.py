"""Which fields of an application are stored in clear and which in encrypted blocks, joining both, and how a person is recognized.

In clear: codes, languages, days, ids. `identity` identifies the person, `contact` is how to reach them, `clinical` what they wrote about
themselves and their health. Not here: the keys (shared/sealing.py).
"""

import hmac
import unicodedata
from collections.abc import Iterable, Mapping
from typing import cast

from services.training.rules.faults import NotComplete
from services.training.rules.records.applicants import ApplicantData, Identity, OpenFields
from services.training.rules.records.applications import Application
from shared.unicode_forms import normalized

Fields = Mapping[str, object]
IDENTITY = ("name", "birth_date", "sex", "passport", "licence", "institution", "position")
CONTACT = ("email", "phone", "address", "emergency_contact")
CLINICAL = ("motivation", "experience", "health_note", "risk_note")
OPEN = (
    "nationality",
    "residence",
    "profession",
    "exempt_scheme",
    "language",
    "period_id",
    "first_day",
    "last_day",
    "rotations",
)
EDITABLE_LATER = (
    "passport",
    "licence",
    "phone",
    "address",
    "emergency_contact",
    "health_note",
    "risk_note",
    "exempt_scheme",
)
"""Fields that may be added or corrected after submission, as long as it is not over: the start, or the law, may still require them."""
ALL_FIELDS = (*IDENTITY, *CONTACT, *CLINICAL, *OPEN)
NAMES = ("latin", "native", "kana", "preferred")
BLOCKS = {"identity": IDENTITY, "contact": CONTACT, "clinical": CLINICAL}


def checked(body: Mapping[str, object]) -> ApplicantData:
    """Returns a body whose schema was checked, with its type."""
    return cast("ApplicantData", body)


def split(body: ApplicantData) -> tuple[OpenFields, dict[str, Fields]]:
    """Returns what an applicant wrote, as (clear fields, blocks to encrypt)."""
    blocks: dict[str, Fields] = {name: _selected(body, parts) for name, parts in BLOCKS.items()}
    return cast("OpenFields", _selected(body, OPEN)), blocks


def with_open_fields(application: Application, *fields: OpenFields) -> Application:
    """Returns the application with these clear fields replaced."""
    replaced: dict[str, object] = {**application}
    for each in fields:
        replaced |= each
    return cast("Application", replaced)


def with_blocks(application: Application, blocks: Mapping[str, Fields]) -> ApplicantData:
    """Returns the inverse of `split`; blocks that were not decrypted are left out."""
    fields = _selected(application, OPEN)
    for name in BLOCKS:
        fields |= blocks.get(name) or {}
    return cast("ApplicantData", fields)


def with_changes(body: ApplicantData, changes: Fields) -> ApplicantData:
    """Returns the stored fields with an edit applied: fields of a section one by one; null removes one."""
    result: dict[str, object] = dict(body)
    for name, value in changes.items():
        before = result.get(name)
        result[name] = before | value if isinstance(value, dict) and isinstance(before, dict) else value
    return cast("ApplicantData", {name: _without_none(value) for name, value in result.items() if value is not None})


def check_complete(body: ApplicantData, direction: str) -> None:
    """Raises NotComplete with everything that is missing for submission."""
    wanted = ["birth_date", "nationality", "profession", "email", "period_id", "first_day", "last_day"]
    if direction == "in":
        wanted += ["residence", "institution", "motivation"]
    if direction == "out":
        wanted += ["risk_note", "emergency_contact"]
    faults = [(f"#/{name}", "expected; it is required") for name in wanted if not body.get(name)]
    if not any((body.get("name") or {}).get(part) for part in NAMES):
        faults.insert(0, ("#/name", f"expected at least one of {', '.join(NAMES)}"))
    if faults:
        raise NotComplete(faults)


def person_keys(key: bytes, body: ApplicantData, period_id: str) -> list[str]:
    """Returns keyed hashes that recognize one person in a period without identifying them: by passport, by name and birth date."""
    return sorted({f"{hashed}/{period_id}" for _, hashed in _hashes(key, body)})


def match_keys(key: bytes, body: ApplicantData, mail: str | None, account: str | None) -> list[str]:
    """Returns the keys that find one person's applications over all periods: `passport`, `name`, `mail`, `account`, each with a keyed hash or id."""
    known = [(kind, hashed) for kind, hashed in _hashes(key, body)] + [("mail", mail), ("account", account)]
    return sorted({match_key(kind, value) for kind, value in known if value})


def match_key(kind: str, value: str) -> str:
    """Returns one of them: `value` is a keyed hash or an id."""
    return f"{kind}/{value}"


def _hashes(key: bytes, body: ApplicantData) -> list[tuple[str, str]]:
    """Returns the hashes of name and birth date in every spelling, and of the passport; none for what is not known yet."""
    birth, passport = body.get("birth_date"), body.get("passport") or {}
    known = [("name", f"name/{folded_name(written)}/{birth}") for written in _known_names(body) if birth]
    if passport.get("number"):
        plain = normalized("NFKC", str(passport["number"])).upper()
        number = "".join(letter for letter in plain if letter.isalnum())
        known.append(("passport", f"passport/{passport.get('country', '')}/{number}"))
    return [(kind, hmac.digest(key, one.encode(), "sha256").hex()[:32]) for kind, one in known]


def folded_name(name: str) -> str:
    """Returns a name for comparison: width, case, the form of accents, spaces and invisible characters make no difference."""
    seen = "".join(letter for letter in name if unicodedata.category(letter) != "Cf")
    return " ".join(sorted(normalized("NFKC", seen).casefold().split()))


def display_name(identity: Identity | ApplicantData) -> str:
    """Returns a person's name for staff pages: as in the passport, else as written."""
    name = identity.get("name") or {}
    return str(name.get("latin") or name.get("native") or name.get("kana") or name.get("preferred") or "")


def _known_names(body: ApplicantData) -> list[str]:
    """Returns the name as in the passport and in the own script; where neither is known, any other: nobody is without a name."""
    name = body.get("name") or {}
    known = [name[part] for part in ("latin", "native") if name.get(part)]
    return known or [name[part] for part in ("kana", "preferred") if name.get(part)]


def _selected(body: Mapping[str, object], names: Iterable[str]) -> dict[str, object]:
    return {name: body[name] for name in names if body.get(name) is not None}


def _without_none(value: object) -> object:
    return {k: v for k, v in value.items() if v is not None} if isinstance(value, dict) else value
