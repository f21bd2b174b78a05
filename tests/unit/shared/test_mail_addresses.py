"""E-mail addresses: what is taken, what is refused and in which words, how they go over the wire; every field that takes one."""

import re
import string
import unicodedata
from collections import Counter
from email.headerregistry import Address
from pathlib import Path

import idna
import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from shared.mail_addresses import ADDRESS, BLANKS, DOMAIN, LENGTH, LOCAL, NotAnAddress, key, read, wire
from shared.texts import LANGUAGES
from shared.ui.catalogue import catalogue
from shared.web.fields import EmailAddress

ROOT = Path(__file__).parents[3]
ATEXT = string.ascii_letters + string.digits + "!#$%&'*+-/=?^_`{|}~"


@pytest.mark.parametrize(
    ("typed", "kept", "spec"),
    [
        ("info@例え.jp", "info@例え.jp", "info@xn--r8jz45g.jp"),
        ("info@xn--r8jz45g.jp", "info@xn--r8jz45g.jp", "info@xn--r8jz45g.jp"),
        ("desk@mañana.example", "desk@mañana.example", "desk@xn--maana-pta.example"),
        ("desk@faß.example", "desk@faß.example", "desk@xn--fa-hia.example"),  # IDNA 2008, not 2003
        ("desk@มหาวิทยาลัย.example", "desk@มหาวิทยาลัย.example", "desk@" + idna.encode("มหาวิทยาลัย").decode() + ".example"),
        ("desk@例え。ＪＰ", "desk@例え.JP", "desk@xn--r8jz45g.jp"),
        ("desk＠agency．example", "desk@agency.example", "desk@agency.example"),
        ("ｄｅｓｋ＠ａｇｅｎｃｙ．ｅｘａｍｐｌｅ", "desk@agency.example", "desk@agency.example"),
        ("desk@agency.example\u202c", "desk@agency.example", "desk@agency.example"),
        ("\ufeff\u200bdesk@agency.example\u00a0\n", "desk@agency.example", "desk@agency.example"),
        ("\u3164desk@agency.example\ufe0f", "desk@agency.example", "desk@agency.example"),
        ("Desk@Agency.Example", "Desk@Agency.Example", "Desk@agency.example"),
        (".hanako@softbank.ne.jp", ".hanako@softbank.ne.jp", '".hanako"@softbank.ne.jp'),
        ("a..b@docomo.ne.jp", "a..b@docomo.ne.jp", '"a..b"@docomo.ne.jp'),
        ("abc.@docomo.ne.jp", "abc.@docomo.ne.jp", '"abc."@docomo.ne.jp'),
        ("...@ezweb.ne.jp", "...@ezweb.ne.jp", '"..."@ezweb.ne.jp'),
        ('".hanako"@softbank.ne.jp', '".hanako"@softbank.ne.jp', '".hanako"@softbank.ne.jp'),
        ('"night desk"@agency.example', '"night desk"@agency.example', '"night desk"@agency.example'),
        ('"a@b"@agency.example', '"a@b"@agency.example', '"a@b"@agency.example'),
        (r'"say \"a\""@agency.example', r'"say \"a\""@agency.example', r'"say \"a\""@agency.example'),
        ('"desk"@agency.example', '"desk"@agency.example', "desk@agency.example"),
        ("o'brien+x=y@agency.example", "o'brien+x=y@agency.example", "o'brien+x=y@agency.example"),
        ("花子@例え.jp", "花子@例え.jp", "花子@xn--r8jz45g.jp"),
    ],
)
def test_an_address_that_can_be_reached_is_taken_as_it_was_entered(typed: str, kept: str, spec: str) -> None:
    assert read(typed) == kept and read(kept) == kept
    assert wire(kept).spec == spec and wire(kept).abroad == (not spec.isascii())


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", ADDRESS), ("desk", ADDRESS), ("@agency.example", ADDRESS), ("desk@", ADDRESS), (" \u200b ", ADDRESS),
        ("desk@agency", DOMAIN), ("desk@localhost", DOMAIN), ("desk@agency.local", DOMAIN), ("desk@agency.invalid", DOMAIN),
        ("desk@-agency.example", DOMAIN), ("desk@agency-.example", DOMAIN), ("desk@agency..example", DOMAIN),
        ("desk@agency.example.", DOMAIN), ("desk@.example", DOMAIN), ("desk@my_agency.example", DOMAIN),
        ("desk@[192.0.2.1]", DOMAIN), ("desk@192.0.2.1", DOMAIN), ("desk@" + "x" * 64 + ".example", DOMAIN),
        ("desk@☃.example", DOMAIN), ("desk@xn--a.example", DOMAIN), ("desk@" + "あ" * 60 + ".jp", DOMAIN),
        ("a,b@agency.example", LOCAL), ("a@b@agency.example", LOCAL), ('"a@agency.example', LOCAL), ('a"b"@agency.example', LOCAL),
        ("a(b)@agency.example", LOCAL), ("mailto:a@agency.example", LOCAL), ('""@agency.example', LOCAL),
        ("<desk@agency.example>", LOCAL),
        ("a b@agency.example", BLANKS), ("a@agency.example, b@agency.example", BLANKS), ("Desk <a@agency.example>", BLANKS),
        ("x" * 65 + "@agency.example", LENGTH), ("." + "x" * 61 + "@agency.example", None), ("." + "x" * 62 + "@agency.example", LENGTH),
        ("desk@" + ".".join(["x" * 60] * 4) + ".example", LENGTH), ("x" * 5000 + "@agency.example", LENGTH),
        ("a\u00a0b@agency.example", "“NO-BREAK SPACE (U+00A0)”"), ("a\u200bb@agency.example", "“ZERO WIDTH SPACE (U+200B)”"),
        ("desk@agen\u202ecy.example", "“RIGHT-TO-LEFT OVERRIDE (U+202E)”"), ("de\u00adsk@agency.example", "“SOFT HYPHEN (U+00AD)”"),
        ("de\u3164sk@agency.example", "“HANGUL FILLER (U+3164)”"), ("de\x00sk@agency.example", "“control character (U+0000)”"),
        ("desk@agency.example\r\nBcc: all@agency.example", "“control character (U+000D)”"), ("de\ud800sk@agency.example", "U+D800"),
    ],
)  # fmt: skip
def test_what_no_mail_can_reach_is_refused_with_what_is_expected(typed: str, says: str | None) -> None:
    if says is None:
        assert read(typed) == typed
        return
    with pytest.raises(NotAnAddress) as refused:
        read(typed)
    assert says in str(refused.value)
    if says.startswith("expected"):
        assert str(refused.value).startswith((says, ADDRESS)) or says == LENGTH


def test_every_refusal_stands_in_both_languages() -> None:
    words = catalogue(None)
    unseen = "expected an e-mail address without the invisible character “NO-BREAK SPACE (U+00A0)”"
    for language in LANGUAGES:
        for sentence in (ADDRESS, BLANKS, LOCAL, DOMAIN, LENGTH, unseen):
            told = words.expected(language, sentence)
            assert "expected" not in told.lower() and "{" not in told
        assert "“NO-BREAK SPACE (U+00A0)”" in words.expected(language, unseen)
    assert "254文字" in words.expected("ja", LENGTH) and "64文字" in words.expected("ja", LENGTH)


def test_two_ways_to_write_one_mailbox_are_one() -> None:
    assert key("Info@例え.jp") == key("info@xn--r8jz45g.jp") == key('"info"@例え.JP')
    assert key(".hanako@softbank.ne.jp") == key('".hanako"@softbank.ne.jp')
    assert key("a@agency.example") != key("b@agency.example") and key("no address") == key("No Address")


FILLERS = "\u115f\u1160\u3164\uffa0"
"""Letters by their category that nobody sees."""
LOCALS = st.text(
    st.sampled_from(ATEXT + ".")
    | st.characters(min_codepoint=0xC0, categories=("Lo", "Ll", "Lu"), exclude_characters=FILLERS),
    min_size=1,
    max_size=20,
)
QUOTABLE = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=20)
LABELS = st.text(st.sampled_from(string.ascii_lowercase + string.digits + "例えばñöüжщ"), min_size=1, max_size=12)


@pytest.mark.parametrize("filler", FILLERS)
def test_a_letter_that_nobody_sees_is_refused_by_name(filler: str) -> None:
    with pytest.raises(NotAnAddress, match=f"U\\+{ord(filler):04X}"):
        read(f"a{filler}b@hospital.example")


@given(LOCALS, LABELS)
def test_every_bare_local_part_is_taken_and_is_a_good_address_on_the_wire(local: str, label: str) -> None:
    typed = unicodedata.normalize("NFC", f"{local}@{label}.example")
    try:
        label_ok = bool(idna.encode(label, uts46=True))
    except idna.IDNAError:
        label_ok = False
    if not label_ok or len(typed.encode()) > 60:
        return
    kept = read(typed)
    spec = wire(kept).spec
    assert kept == typed == read(kept)
    assert spec.rpartition("@")[2] == idna.encode(label, uts46=True).decode() + ".example"
    assert wire(kept).abroad == (not local.isascii())
    if local.isascii():
        assert Address(addr_spec=spec).username == local


@given(QUOTABLE)
def test_every_local_part_is_taken_in_quotes_and_means_the_same_on_the_wire(content: str) -> None:
    quoted = '"' + content.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if len(quoted) > 64:
        return
    kept = read(f"{quoted}@agency.example")
    assert kept == f"{quoted}@agency.example"
    assert Address(addr_spec=wire(kept).spec).username == content


@given(st.text(max_size=80) | st.text(st.sampled_from('a.@"\\ ,<>()例\u200b\u00a0＠。'), max_size=30))
def test_whatever_is_typed_is_taken_for_good_or_refused_in_words(typed: str) -> None:
    try:
        kept = read(typed)
    except NotAnAddress as refused:
        assert str(refused).startswith("expected ")
        return
    assert read(kept) == kept
    spec = wire(kept).spec
    assert spec.rpartition("@")[2].isascii() and spec.isprintable()
    if spec.isascii():
        assert Address(addr_spec=spec).addr_spec == spec


ANSWERS = {  # what goes out is as it was kept
    "services/accounts/schemas/responses.py": 1, "services/interpreting/schemas/responses.py": 1,
    "services/training/schemas/responses.py": 1, "services/intake/schemas/responses.py": 1,
    "services/notify/schemas/fields.py": 1, "services/notify/schemas/forms.py": 1,  # a channel, not an address
}  # fmt: skip


def test_every_field_for_an_address_is_of_the_one_type() -> None:
    """Whatever a schema of any service calls e-mail, and takes in, takes nothing else in."""
    taken, others = 0, Counter()
    for path in sorted((ROOT / "services").rglob("*.py")):
        text = path.read_text("utf-8")
        assert "fields.Email" not in text and "validate.Email" not in text, path
        if "schemas" in path.relative_to(ROOT).as_posix():
            for made in re.findall(r"^    \w*e?mail\w* = (\w+(?:\.\w+)?)\(", text, re.MULTILINE):
                taken += made in ("EmailAddress", "email")
                others[path.relative_to(ROOT).as_posix()] += made not in ("EmailAddress", "email")
    assert taken >= 13 and {path: n for path, n in others.items() if n} == ANSWERS


def test_the_field_says_what_was_expected() -> None:
    assert EmailAddress().deserialize(" .hanako＠softbank.ne.jp\u200b") == ".hanako@softbank.ne.jp"
    with pytest.raises(ValidationError, match="expected a domain that can exist"):
        EmailAddress().deserialize("desk@agency")
    for odd in (1, ["desk@agency.example"], True):
        with pytest.raises(ValidationError):
            EmailAddress().deserialize(odd)
