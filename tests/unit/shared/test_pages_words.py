"""Words of pages: fields, plural forms, fallbacks, markup; and what a field expects, in both languages."""

from markupsafe import Markup

from shared.ui.catalogue import Catalogue

WORDS = Catalogue(
    {
        "ja": {"a": "あ", "hello": "{name}さん", "n": {"other": "{n}件"}, "expected.expected # to # beds": "{0}から{1}", "form.expected": "（{what}）"},
        "en": {"a": "A", "hello": "Hello {name}", "n": {"one": "one", "other": "{n} of them"}},
    }
)  # fmt: skip


def test_words_have_fields_and_plural_forms() -> None:
    assert WORDS.word("en", "hello", name="Mori") == "Hello Mori"
    assert [WORDS.word("en", "n", n=n) for n in (0, 1, 2)] == ["0 of them", "one", "2 of them"]
    assert [WORDS.word("ja", "n", n=n) for n in (1, 2)] == ["1件", "2件"]


def test_an_unknown_word_is_shown_as_its_key_and_an_unknown_language_in_japanese() -> None:
    assert WORDS.word("en", "no.such") == "no.such"
    assert WORDS.word("th", "a") == "あ"


def test_markup_stays_markup_and_everything_else_is_escaped() -> None:
    shown = WORDS.word("en", "hello", name=Markup("<b>x</b>"))
    assert isinstance(shown, Markup)
    assert str(shown) == "Hello <b>x</b>"
    assert not isinstance(WORDS.word("en", "hello", name="<b>"), Markup)


def test_what_is_expected_is_told_in_the_readers_language() -> None:
    assert WORDS.expected("ja", "expected 3 to 12 beds") == "3から12"
    assert WORDS.expected("ja", "expected a colour") == "（a colour）"
    assert WORDS.expected("en", "expected a colour") == "Expected a colour"
