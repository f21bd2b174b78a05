"""Headers with names and titles: whatever a name holds and however long it is, one recipient with that name is read from them.

Read by three parsers that share nothing: a strict one written here from RFC 5322 and 2047, and the old and the new one of Python.
"""

import base64
import email
import email.header
import email.policy
import email.utils
import re
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.notify.actions.delivery.mail import compose
from services.notify.rules.texts import RenderedText
from services.notify.settings import STARTTLS, MailServer
from shared.mail_addresses import wire

LONG = "Rahman-Idris, Yusuf (night desk), Eastern Gulf Medical Assistance and Repatriation Services"
NAMES = [
    LONG, "Smith, John", "Smith,John", "a", "", "St. Mary's Hospital", 'John "the Desk" Smith', "back\\slash", 'quote at the end"', "trailing\\",
    "group: a@x.example, b@x.example;", "<other@agency.example>", "(comment", "comment)", "((", "@", "a@b", "a@b.example, Desk", "=?utf-8?q?Bcc?=",
    "=?utf-8?b?Zm9v?= =?utf-8?b?YmFy?=", "Malee\r\nBcc: all@agency.example", "Malee\n\n<body>", "tab\there", "  two  blanks  ", "x" * 200, "x," * 100,
    "鈴木, 花子（夜間デスク）", "鈴木花子" * 50, "สมชาย ใจดี " * 18, "محمد بن سلمان، قسم الطوارئ", "Nguyễn Thị Minh Khai, Bệnh viện", "👩‍⚕️ Desk, Clinic 🏥",
    "\u202eevil\u202c, name", "é" * 199, "e\u0301" * 100, "𠮷" * 100, "İstanbul Şişli, Özel", "a" * 68, "a" * 69, "a" * 70, "a" * 71, "a" * 72,
    "; ".join(["Desk"] * 30), 'x"' * 100, "\\" * 199, "," * 199, "name\x00\x7f\x1b[31m", "nbsp\u00a0inside", "line\u2028break",
]  # fmt: skip
SERVER = MailServer("mail.example", 25, "", "", STARTTLS, True, "desk@hospital.example", "hospital.example")
SPECS = [
    "desk@agency.example",
    ".hanako@softbank.ne.jp",
    '"night desk"@agency.example',
    "x@" + ("y" * 60 + ".") * 3 + "example",
]


def headers_of(name: str, address: str, subject: str) -> tuple[bytes, list[tuple[str, str]]]:
    """A whole mail as it is handed over, and its headers: name and value, unfolded as RFC 5322 says and no other way."""
    notice = {"_id": "n1", "at": datetime(2026, 11, 23, tzinfo=UTC)}
    whole = compose(SERVER, notice, name, wire(address), RenderedText(subject, "text\n")).as_bytes()
    head, _, body = whole.partition(b"\r\n\r\n")
    assert body.strip() == b"text"
    lines = head.decode("ascii").split("\r\n")
    assert all(len(line) <= 998 and "\n" not in line and "\r" not in line and line.strip() for line in lines)
    found: list[tuple[str, str]] = []
    for line in lines:
        if line[0] in " \t":
            found[-1] = found[-1][0], found[-1][1] + line
        else:
            title, colon, value = line.partition(":")
            assert colon and re.fullmatch(r"[A-Za-z-]+", title)
            found.append((title, value.strip(" ")))
    return whole, found


WORD = re.compile(
    r'\s*(?:"((?:[^"\\\r\n]|\\.)*)"|(=\?utf-8\?b\?[A-Za-z0-9+/=]{1,63}\?=)|([A-Za-z0-9!#$%&\'*+/=?^_`{|}~-]+))'
)
ANGLE = re.compile(r"\s*<([^<>\s]+|\"(?:[^\"\\]|\\.)*\"@[^<>\s]+)>\s*")


def strictly(value: str) -> tuple[str, str]:
    """One mailbox and nothing else, by the grammar; raises AssertionError. Name and addr-spec."""
    shown, encoded, place, before = "", b"", 0, ""
    while found := WORD.match(value, place):
        quoted, word, atom = found.groups()
        if word:
            assert len(word) <= 75
            content = base64.b64decode(word[10:-2], validate=True)
            content.decode("utf-8")  # each is whole in itself
            assert content
            encoded += content
        shown += "" if not before or (before == "encoded" and word) else " "
        if word is None:
            shown += re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else atom
        before, place = "encoded" if word else "plain", found.end()
    shown += encoded.decode("utf-8")
    if place == 0:
        raise AssertionError(value)
    angle = ANGLE.fullmatch(value, place)
    assert angle, value
    return shown, angle[1]


def legacy(value: str) -> list[tuple[str, str]]:
    return [
        (str(email.header.make_header(email.header.decode_header(name))), spec)
        for name, spec in email.utils.getaddresses([value])
    ]


def shown_as(name: str) -> str:
    """The name on one line, without what no line shows."""
    return " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+", " ", name).split())


def check(name: str, address: str) -> None:
    whole, found = headers_of(name, address, "Subject")
    assert [title for title, _ in found].count("To") == 1 and not {"Bcc", "Cc"} & {title for title, _ in found}
    value, wanted, spec = dict(found)["To"], shown_as(name), wire(address).spec
    assert strictly(value) == (wanted, spec) if wanted else value == spec
    assert legacy(value) == [(wanted, spec)]
    assert legacy(email.message_from_bytes(whole)["To"]) == [(wanted, spec)]  # not unfolded
    parsed = email.message_from_bytes(whole, policy=email.policy.default)["To"]
    ((read, at),) = [(one.display_name, f"{one.username}@{one.domain}") for one in parsed.addresses]
    assert at == wire(address).key and not parsed.defects
    if (
        value.count("=?") > 1
    ):  # this parser puts blanks between two encoded words of a phrase: a fault of its own (RFC 2047, 6.2)
        assert read.replace(" ", "") == wanted.replace(" ", "")
    else:
        assert read == wanted


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("address", SPECS)
def test_one_recipient_is_read_with_the_name_as_it_was_entered(name: str, address: str) -> None:
    check(name, address)


ODD = st.text(
    st.sampled_from(",;:()<>@\"\\. =?_\t\r\nabZ鈴é👩\u0301\u202e\u00a0-'") | st.characters(exclude_categories=("Cs",)),
    max_size=260,
)


@given(ODD, st.sampled_from(SPECS))
@example(LONG, SPECS[0])
def test_one_recipient_is_read_whatever_the_name_is(name: str, address: str) -> None:
    check(name, address)


@given(ODD)
@example("紹介 R-26-00427-K：" + "循環器内科・至急" * 20)
@example("Referral =?utf-8?q?R?= received")
@example("word " * 60)
def test_a_subject_is_read_as_it_was_written(title: str) -> None:
    whole, found = headers_of("Malee", SPECS[0], title)
    value = dict(found)["Subject"]
    assert str(email.header.make_header(email.header.decode_header(value))) == shown_as(title)
    assert email.message_from_bytes(whole, policy=email.policy.default)["Subject"] == shown_as(title)
    assert [name for name, _ in found].count("Subject") == 1


def test_lines_with_encoded_words_are_as_short_as_they_must_be() -> None:
    for name in NAMES:
        whole, _ = headers_of(name, SPECS[0], name)
        for line in whole.decode().split("\r\n"):
            assert len(line) <= 76 or (
                "=?" not in line and not (line[0] in " S" and " " in line.strip().partition(": ")[2])
            ), line


def test_nothing_of_the_headers_is_folded_by_python() -> None:
    """The same bytes under every version: what has names in it comes out as it was written here."""
    whole, _ = headers_of(LONG, SPECS[0], "Referral R-26-00427-K: " + LONG)
    assert (
        b'\r\nTo: "Rahman-Idris, Yusuf (night desk), Eastern Gulf Medical Assistance and Repatriation Services"\r\n <desk@agency.example>\r\n'
        in whole
    )
    assert b"\r\nSubject: Referral R-26-00427-K: Rahman-Idris, Yusuf (night desk), Eastern\r\n Gulf" in whole
    assert b"From: International Medical Center <desk@hospital.example>\r\n" in whole
