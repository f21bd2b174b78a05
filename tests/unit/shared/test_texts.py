"""The text engine: fields, conditions, plural forms of languages, markup, what differs between languages."""

from pathlib import Path

import jinja2
import pytest
from markupsafe import Markup

from shared.texts import differences, fields_of, fill, in_plural_form, plural_form, read_texts


def test_a_file_is_read_flat_and_plural_forms_stay_together(tmp_path: Path) -> None:
    file = tmp_path / "en.toml"
    file.write_text('[a]\nb = "B"\n[a.n]\none = "one"\nother = "{n}"\n[code]\nother = "Other"\nill = "Ill"\n', "utf-8")
    assert read_texts(file) == {
        "a.b": "B",
        "a.n": {"one": "one", "other": "{n}"},
        "code.other": "Other",
        "code.ill": "Ill",
    }


@pytest.mark.parametrize(
    ("language", "forms"),
    [
        ("en", ["other", "one", "other", "other", "other"]),
        ("ja", ["other"] * 5),
        ("zh-Hans", ["other"] * 5),
        ("ar", ["zero", "one", "two", "few", "many"]),
        ("pt", ["one", "one", "other", "other", "other"]),
    ],
)
def test_a_count_takes_the_plural_form_of_its_language(language: str, forms: list[str]) -> None:
    assert [plural_form(language, n) for n in (0, 1, 2, 3, 11)] == forms


def test_a_form_that_a_text_does_not_have_is_the_one_for_all_others() -> None:
    text = {"one": "one", "other": "{n}"}
    assert [in_plural_form(text, "ar", n) for n in (1, 2, "x", None)] == ["one", "{n}", "{n}", "{n}"]
    assert in_plural_form("plain", "en", 1) == "plain"


def test_a_text_is_filled_in_by_name_and_a_missing_field_is_an_error() -> None:
    assert fill("Dear {name}", {"name": "{x}", "more": 1}) == "Dear {x}"
    with pytest.raises(KeyError):
        fill("Dear {name}", {})
    assert fill("{name}{% if place %}, {place}{% endif %}", {"name": "{x}", "place": ""}) == "{x}"
    with pytest.raises(jinja2.UndefinedError):
        fill("{name}{% if place %}{% endif %}", {"place": ""})


def test_a_text_that_is_markup_escapes_what_is_put_in() -> None:
    shown = fill(Markup("<p>{a} {b}"), {"a": "<b>", "b": Markup("<i>")})
    assert isinstance(shown, Markup)
    assert shown == "<p>&lt;b&gt; <i>"


def test_a_conditional_text_reaches_nothing_but_its_fields() -> None:
    with pytest.raises(jinja2.exceptions.SecurityError):
        fill("{''.__class__.__mro__}", {})


def test_the_fields_of_a_text_are_found_in_every_form() -> None:
    assert fields_of({"one": "{what}", "other": "{n} {what}"}) == {"n", "what"}
    assert fields_of("{% if place %}{place}, {when}{% endif %}") == {"place", "when"}
    assert fields_of("nothing") == set()


def test_languages_of_one_catalogue_are_held_against_each_other() -> None:
    same = {"ja": {"a": "{x}", "n": {"other": "{n}件"}}, "en": {"a": "{x}!", "n": {"one": "one", "other": "{n}"}}}
    assert differences(same) == []
    other = {"ja": {"a": "{x}", "b": "b"}, "en": {"a": "{y}", "n": {"other": "{n}"}}}
    assert differences(other) == [
        "en: b is missing",
        "ja: n is missing",
        "a: ja names ['x'], en names ['y']",
        "en: n lacks the forms one",
    ]
