"""What is typed into forms, how forms are filled again, the CSRF tokens they carry, where `next` may lead."""

from typing import Any

import pytest
from flask import Request
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from werkzeug.test import EnvironBuilder

from shared.ui.arrivals import safe_next
from shared.ui.csrf import CsrfTokens
from shared.ui.flash import Flash, FlashCookie, Undo, flash
from shared.ui.refusals import Form, Refused
from shared.ui.typed import read_typed


def typed(*pairs: tuple[str, str], **options: Any) -> Any:
    return read_typed(MultiDict(list(pairs)), **options)


def test_dots_make_groups_and_numbers_rows() -> None:
    read = typed(
        ("name.latin", "A"), ("languages.0.tag", "th"), ("languages.1.tag", "ja"), ("languages.0.level", "native")
    )
    assert read.tree == {"name": {"latin": "A"}, "languages": [{"tag": "th", "level": "native"}, {"tag": "ja"}]}


def test_empty_fields_are_left_out_and_empty_rows_close_up() -> None:
    read = typed(("a", " "), ("rows.0.x", ""), ("rows.2.x", "1"), ("rows.10.x", "2"))
    assert read.tree == {"rows": [{"x": "1"}, {"x": "2"}]}
    assert read.field_of("#/rows/0/x") == "rows.2.x"
    assert read.field_of("#/rows/1/never_sent") == "rows.10.never_sent"
    assert read.field_of("#/a~1b/%C3%A9") == "a/b.é"


def test_what_was_typed_is_kept_as_it_was() -> None:
    read = typed(("a", " x\r\ny\0 "), ("csrf", "p"), ("idempotency_key", "k"), ("version", "3"))
    assert read.values.to_dict() == {"a": " x\ny "}
    assert read.hidden == {"csrf": "p", "idempotency_key": "k", "version": "3"}


def test_a_name_sent_twice_is_a_list_which_no_plain_field_takes() -> None:
    assert typed(("a", "1"), ("a", "2")).tree == {"a": ["1", "2"]}
    assert typed(("w", "a"), lists=["w"]).tree == {"w": ["a"]}
    assert typed(("a", "1"), ("a.b", "2")).tree == {"a": {"": "1", "b": "2"}}


@given(st.lists(st.tuples(st.text(alphabet="ab.01_", max_size=12), st.text(max_size=5)), max_size=12))
def test_no_form_breaks_the_reader(pairs: list[tuple[str, str]]) -> None:
    typed(*pairs)


def test_a_form_shows_the_values_there_are_and_what_was_typed_where_it_came_back() -> None:
    values = {"name": {"latin": "A"}, "rows": [{"tag": "th"}], "ok": True, "wards": ["a"], "n": 0}
    form = Form("/x?y=1", values, 3, False, None, "f")
    assert [form.value(name) for name in ("name.latin", "rows.0.tag", "rows.1.tag", "n", "no")] == [
        "A",
        "th",
        "",
        "0",
        "",
    ]
    assert (form.chosen("ok", "on"), form.chosen("wards", "a"), form.chosen("wards", "b")) == (True, True, False)
    back = Refused("/x", typed(("name.latin", "B"), ("wards", "b"), ("version", "2")), {"name.latin": "wrong"})
    again = Form("/x?y=1", values, 3, False, back, "f")
    assert (again.value("name.latin"), again.value("rows.0.tag"), again.version) == ("B", "", "2")
    assert (again.chosen("wards", "a"), again.chosen("wards", "b"), again.chosen("ok", "on")) == (False, True, False)
    assert Form("/other", values, 3, False, back, "f").value("name.latin") == "A"


def test_a_csrf_token_is_new_each_time_and_bound_to_secret_and_session() -> None:
    csrf, other = CsrfTokens(b"1" * 32), CsrfTokens(b"2" * 32)
    first, second = csrf.token("ses-1"), csrf.token("ses-1")
    assert first != second
    assert csrf.is_valid(first, "ses-1")
    assert csrf.is_valid(second, "ses-1")
    assert not csrf.is_valid(first, "ses-2")
    assert not other.is_valid(first, "ses-1")
    assert not csrf.is_valid("", "ses-1")


def test_each_place_of_a_key_gets_its_own_and_nobody_can_write_a_place() -> None:
    csrf = CsrfTokens(b"1" * 32)
    text = csrf.fill(f"{csrf.key_placeholder} {csrf.key_placeholder} {csrf.csrf_placeholder}", "ses-1")
    one, two, token = text.split()
    assert one != two
    assert csrf.is_valid(token, "ses-1")
    assert CsrfTokens(b"2" * 32).csrf_placeholder != csrf.csrf_placeholder


@pytest.mark.parametrize("good", ["/", "/intake/", "/intake/?a=%2F%2Fx", "/intake/cases/1#x", "/a//b", "/患者"])
def test_next_is_a_path_of_ours(good: str) -> None:
    assert safe_next(good) == good


@pytest.mark.parametrize(
    "bad", [None, "", "//evil.example", "/\\evil.example", "https://evil.example", "intake/", "/\t/evil", "/a\n", "javascript:x",
            "/" + "a" * 3000, "\\/evil", "/x\\..\\y", " /intake/"],
)  # fmt: skip
def test_next_leads_nowhere_else(bad: str | None) -> None:
    assert safe_next(bad) is None


@pytest.mark.parametrize(
    ("action", "also"), [("/x/a", ()), ("/x/b", ("/x/a",)), ("/x/a?day=1", ()), ("/x/c", ("/x/b", "/x/a"))]
)
def test_a_form_is_the_refused_one_by_its_address_or_that_of_a_button(action: str, also: tuple[str, ...]) -> None:
    refused = Refused("/x/a", typed(("reason", "because")), {"reason": "Give a reason."})
    form = Form(action, {}, 3, False, refused, "f", also)
    assert form.value("reason") == "because" and form.explains() == {"reason": "Give a reason."}
    assert refused.explained


@pytest.mark.parametrize("kept", [3, "3", [3], ["3"], {3}, (3, 5)])
def test_what_is_kept_is_chosen_whatever_its_type(kept: object) -> None:
    form = Form("/x/a", {"score": kept}, 3, False, None, "f")
    assert [
        option for option, _ in form.offers("score", [(3, "three"), (4, "four")], True) if form.chosen("score", option)
    ] == ["3"]


@pytest.mark.parametrize("kept", [None, "", [], False])
def test_what_is_not_kept_is_not_chosen(kept: object) -> None:
    form = Form("/x/a", {"score": kept}, 3, False, None, "f")
    assert not any(form.chosen("score", option) for option, _ in form.offers("score", [(0, "none"), (4, "four")], True))


@pytest.mark.parametrize("action", ["/x/b", "/x", "/x/a/b"])
def test_another_form_explains_nothing(action: str) -> None:
    refused = Refused("/x/a", typed(), {"reason": "Give a reason."})
    assert Form(action, {}, 3, False, refused, "f").explains() == {}
    assert not refused.explained


def test_a_message_is_read_by_the_service_that_sent_it_and_by_no_other_key() -> None:
    cookies, other = FlashCookie(b"1" * 32), FlashCookie(b"2" * 32)
    sent = (flash("bed.accepted", undo=Undo("/x", {"back": "1"}, 3), n=2), flash("紹介"))
    header = cookies.header(sent, "intake", secure=True)
    assert header.endswith("; Path=/intake; Max-Age=300; HttpOnly; SameSite=Lax; Secure")
    value = header.partition("=")[2].partition(";")[0]

    def read(cookie: str, reader: FlashCookie = cookies) -> list[Flash]:
        return reader.read(Request(EnvironBuilder(headers={"Cookie": f"imc_flash={cookie}"}).get_environ()))

    assert tuple(read(value)) == sent
    assert read(value, other) == []
    assert read(f"A{value}") == []
    assert read(CsrfTokens(b"1" * 32).token("ses-1")) == []
