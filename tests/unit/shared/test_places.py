"""Countries, nationalities, languages: everybody can be said truthfully, every offered name is taken, nothing else is without a question."""

import pycountry
import pytest

from shared import languages, places
from shared.named import NotNamed

LISTS = {
    "country": (places.countries, places.country, lambda: places.nationality_names()),
    "nationality": (places.nationalities, places.nationality, lambda: places.nationality_names()),
    "issuer": (places.issuers, places.issuer, lambda: places.issuer_names()),
}


@pytest.mark.parametrize("kind", LISTS)
@pytest.mark.parametrize("reader", ["ja", "en"])
def test_whatever_a_list_offers_is_taken_by_code_and_by_name(kind, reader):
    offered, check, names = LISTS[kind]
    assert len(offered(reader)) >= 250
    for code, name in offered(reader):
        assert check(code) == code and names().find(name) == code, (code, name)
        assert name != code, f"{code} has a name"


def test_every_country_there_is_is_in_the_lists_and_no_other():
    codes = {code for code, _ in places.countries("en")}
    assert codes == {each.alpha_2 for each in pycountry.countries} | {"XK"}


@pytest.mark.parametrize(("written", "kept"), [("XXA", "XXA"), ("XXB", "XXB"), ("XXC", "XXC"), ("XXX", "XXX"), ("XKX", "XK"), ("RKS", "XK"), ("XK", "XK"), ("THA", "TH"), ("D", "DE"), ("GBN", "GBN"), ("unknown", "unknown")])  # fmt: skip
def test_nationalities_as_documents_have_them(written, kept):
    assert places.nationality(written) == kept


@pytest.mark.parametrize("code", ["UNO", "EUE", "UNK", "XOM", "GBD", "XKX", "JPN", "unknown"])
def test_who_issues_passports(code):
    assert places.issuer(code)
    assert places.name(places.issuer(code), "ja") != code


@pytest.mark.parametrize("code", ["", "th", "ZZ", "QO", "EU", "XXD", "UNO", "XA", "Thailand", "UTO", "TH ", "𝐓𝐇"])
def test_what_is_no_nationality(code):
    with pytest.raises(places.NoPlace):
        places.nationality(code)


@pytest.mark.parametrize("code", ["XXA", "XXB", "UNO", "unknown", "EU"])
def test_what_is_no_country(code):
    with pytest.raises(places.NoPlace):
        places.country(code)


@pytest.mark.parametrize(("typed", "code"), [("香港", "HK"), ("台湾", "TW"), ("韓国", "KR"), ("アメリカ", "US"), ("イギリス", "GB"), ("英国", "GB"), ("Côte d'Ivoire", "CI"), ("cote d ivoire", "CI"), ("Türkiye", "TR"), ("Turkey", "TR"), ("Hong Kong", "HK"), ("ｈｏｎｇ　ｋｏｎｇ", "HK"), ("ふぃりぴん", "PH"), ("Burma", "MM"), ("無国籍", "XXA"), ("ロシア連邦", "RU")])  # fmt: skip
def test_countries_as_people_call_them(typed, code):
    assert places.nationality_names().find(typed) == code


@pytest.mark.parametrize(("typed", "among"), [("Viet", "VN"), ("CH", "CN"), ("CH", "CH"), ("AUS", "AU"), ("AUS", "AT"), ("Congo", "CD"), ("Congo", "CG"), ("MY", "MM"), ("Philipines", "PH"), ("タイラ", "")])  # fmt: skip
def test_what_may_be_several_is_asked_back(typed, among):
    with pytest.raises(NotNamed) as asked:
        places.nationality_names().find(typed)
    assert not among or among in asked.value.nearest


@pytest.mark.parametrize("reader", ["ja", "en"])
def test_every_language_offered_is_taken_by_its_name(reader):
    for tag in languages.SPOKEN:
        assert languages.find(languages.name(tag, reader)) == languages.canonical(tag)
        assert languages.canonical(tag) == tag


@pytest.mark.parametrize(("typed", "tag"), [("フィリピン語", "fil"), ("タガログ語", "fil"), ("広東語", "yue"), ("北京語", "zh"), ("台湾語", "nan"), ("British Sign Language", "bfi"), ("日本手話", "jsl"), ("Farsi", "fa"), ("ペルシャ語", "fa"), ("ダリ語", "fa-AF"), ("ブラジルポルトガル語", "pt-BR"), ("Burmese", "my"), ("th", "th"), ("zh-Hant", "zh-Hant"), ("Minangkabau", "min"), ("Cebuano", "ceb")])  # fmt: skip
def test_languages_as_people_call_them(typed, tag):
    assert languages.find(typed) == tag


@pytest.mark.parametrize(("typed", "among"), [("BSL", "bfi"), ("Min", "nan"), ("viet", "vi"), ("kr", ""), ("br", ""), ("se", ""), ("Viet", "vi"), ("ベトナム", "vi"), ("Tha", "th"), ("am", "ase"), ("手話", "jsl"), ("Nepalli", "ne")])  # fmt: skip
def test_beginnings_abbreviations_and_codes_by_chance_are_asked_back(typed, among):
    with pytest.raises(NotNamed) as asked:
        languages.find(typed)
    assert not among or among in asked.value.nearest


def test_no_code_of_three_letters_is_taken_unless_it_is_offered():
    """Abbreviations look like codes: each of them is asked back, but for those a list shows."""
    usual = {tag for tag in languages.SPOKEN if len(tag) == 3} | {"asl"}
    for each in list(pycountry.languages)[::23]:
        if each.alpha_3 not in usual:
            try:
                found = languages.find(each.alpha_3)
            except NotNamed:
                continue
            assert each.alpha_3 in (languages.name(found, "en").casefold(), each.name.casefold()), each.alpha_3


def test_a_long_text_is_no_name():
    for find in (languages.find, lambda text: places.nationality_names().find(text)):
        with pytest.raises(NotNamed):
            find("a" * 100_000)
