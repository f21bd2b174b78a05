"""The papers of training: names of the world come out whole, each paper in both languages, nothing too long for its page."""

import tomllib
import unicodedata
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from services.training.rules import letter_values
from services.training.rules.letter_values import (
    Badge,
    Certificate,
    Invitation,
    Issuer,
    Letter,
    Name,
    Period,
    Pledge,
    Programme,
    Schedule,
    Session,
    Signer,
    Stay,
    Words,
)
from shared.pdf import MissingGlyphs, render
from tests.pdf_reader import NOTDEF, Pdf

ROOT = Path(__file__).parents[3]
TEMPLATES = ROOT / "services" / "training" / "letters"
NAMES = tomllib.loads((ROOT / "tests" / "data" / "names_of_the_world.toml").read_text("utf-8"))["name"]
MADE = datetime(2026, 11, 27, tzinfo=UTC)
MONTH = Period(date(2026, 11, 2), date(2026, 11, 27))

ISSUER = Issuer(
    hospital=Words("東都国際大学医学部附属病院", "Toto International University Hospital"),
    center=Words("国際医療センター", "International Medical Center"),
    address=Words("〒113-0000 東京都文京区本町1-2-3", "1-2-3 Honcho, Bunkyo-ku, Tokyo 113-0000, Japan"),
    phone="+81 3 0000 0000",
    email="imc@hospital.example",
)
SIGNER = Signer(Words("高橋 誠一", "TAKAHASHI Seiichi"), Words("病院長", "Director of the Hospital"))
PROGRAMME = Programme(
    Words("循環器内科 臨床見学プログラム", "Observership in Cardiology"),
    "observation",
    (Words("循環器内科", "Cardiology"), Words("心臓血管外科", "Cardiovascular Surgery")),
    MONTH,
)
LONG = replace(
    PROGRAMME,
    title=Words("先進的低侵襲治療および周術期チーム医療に関する国際臨床見学プログラム" * 3, "International Observership in Minimally Invasive Treatment " * 4),
    departments=tuple(Words(f"第{number}内科部門", f"Department of Internal Medicine {number}") for number in range(8)),
)  # fmt: skip
PERSON = Name("MARIA SANTOS", "Maria Santos", "pt")
AFFILIATION = Words("国立大学病院", "National University Hospital")
CONTACT = Words("研修担当 佐藤", "Ms SATO, training desk")


def certificate(person: Name = PERSON, programme: Programme = PROGRAMME, **others) -> Certificate:
    known = {
        "number": "IMC-T-2026-0042",
        "issuer": ISSUER,
        "person": person,
        "programme": programme,
        "place": Words("東都国際大学医学部附属病院", "Toto International University Hospital"),
        "issued": date(2026, 11, 27),
        "signer": SIGNER,
        "code": "7Q4M-X2KD-9WPA",
        "url": "https://imc.hospital.example/training/verify/7Q4M-X2KD-9WPA",
        "days": 18,
        "hours": 126,
    }
    return Certificate(**{**known, **others})


def badge(person: Name = PERSON) -> Badge:
    return Badge("0042", ISSUER, person, AFFILIATION, PROGRAMME.departments[0], "observation", MONTH)


def pledge(kind: str = "observation") -> Pledge:
    return Pledge(ISSUER, PERSON, AFFILIATION, replace(PROGRAMME, kind=kind), date(2026, 11, 2))


def letter(**others) -> Letter:
    supervisor = Words("教授 山本 健", "Prof. YAMAMOTO Ken")
    return Letter(
        "118", ISSUER, PERSON, AFFILIATION, PROGRAMME, supervisor, CONTACT, date(2026, 9, 1), SIGNER, **others
    )


def invitation() -> Invitation:
    return Invitation(
        number="IMC-V-2026-031",
        issuer=ISSUER,
        addressee=Words("在リスボン日本国大使", "The Ambassador of Japan in Lisbon"),
        person=PERSON,
        birth_date=date(1988, 3, 14),
        nationality=Words("ポルトガル", "Portugal"),
        passport="N1234567",
        affiliation=AFFILIATION,
        programme=PROGRAMME,
        purpose=Words("低侵襲手術の見学", "To observe minimally invasive surgery"),
        background=Words("協定による推薦", "Nominated under our agreement"),
        relation=Words("協定校の職員", "Staff of a partner"),
        costs=Words("所属機関が負担", "Borne by the institution"),
        stays=(Stay(MONTH, Words("臨床見学", "Observership"), CONTACT, Words("国際会館", "International House")),),
        contact=CONTACT,
        issued=date(2026, 9, 5),
        signer=SIGNER,
    )


def schedule(days: int = 3) -> Schedule:
    sessions = tuple(
        Session(
            date(2026, 11, day), Words("カテーテル室見学", "Catheter laboratory"), "09:00", "12:00", Words("2階", "2F")
        )
        for day in range(2, 2 + days)
    )
    return Schedule(ISSUER, PERSON, PROGRAMME, sessions, CONTACT, date(2026, 10, 20), Words("白衣着用", "White coat"))


def pdf(paper: letter_values.LetterValues) -> Pdf:
    return Pdf(render(TEMPLATES / letter_values.template(paper), letter_values.data(paper), MADE))


def letters(text: str) -> set[str]:
    """Its base letters, of which marks and joiners may be drawn within another glyph."""
    return {letter for letter in unicodedata.normalize("NFC", text) if unicodedata.category(letter)[0] == "L"}


def person(entry: dict) -> Name:
    return Name(entry["latin"], entry["own"], entry["language"])


def test_names_are_of_many_scripts():
    assert len(NAMES) >= 30
    assert len({entry["script"] for entry in NAMES}) >= 20


@pytest.mark.parametrize("entry", NAMES, ids=lambda entry: f"{entry['language']}-{entry['latin'][:12]}")
def test_every_name_is_written_whole(entry):
    found = pdf(certificate(person(entry)))
    assert found.pages == 1
    assert NOTDEF not in {number for _, number in found.glyphs()}
    text = unicodedata.normalize("NFC", found.text())
    assert letters(entry["latin"]) <= letters(text)
    if entry["own"]:
        assert any(font.startswith(entry["font"]) for font in found.fonts()), found.fonts()
        assert letters(entry["own"]) <= letters(text)


@pytest.mark.parametrize("entry", NAMES, ids=lambda entry: entry["latin"][:12])
def test_how_a_name_is_set_follows_from_language_and_letters(entry):
    made = letter_values.name(person(entry))
    assert (made["script"], made["region"]) == (entry["script"], entry["region"])
    assert made["rtl"] is entry.get("rtl", False)


@pytest.mark.parametrize(
    ("own", "language", "script"),
    [("王伟", "", "Jpan"), ("김민서", "", "Kore"), ("محمد", "", "Arab"), ("ສົມ", "", "Laoo"), ("Ann", "", "Latn"), ("陳", "yue-HK", "Hant"), ("陈", "zh", "Hans")],
)  # fmt: skip
def test_a_language_nobody_told_is_guessed_and_chinese_is_one_of_two(own, language, script):
    assert letter_values.name(Name("X", own, language))["script"] == script


def test_an_own_name_that_only_repeats_the_latin_one_is_left_out():
    assert letter_values.name(Name("MARIA  SANTOS", "Maria Santos"))["own"] == ""
    assert letter_values.name(Name("ZOE", "Zoé"))["own"] == "Zoé"


def test_kanji_have_the_forms_of_their_owner_s_country():
    made = {
        language: embedded(certificate(Name("X", "骨直戸化", language)))
        for language in ("ja", "ko", "zh-Hans", "zh-Hant")
    }
    assert len(set(made.values())) == 4


def test_a_variant_of_a_kanji_is_drawn_as_its_owner_writes_it():
    assert embedded(certificate(Name("X", "葛", "ja"))) != embedded(certificate(Name("X", "葛\U000e0100", "ja")))


def embedded(paper: Certificate) -> bytes:
    """The kanji font inside, which holds the outlines drawn and no others."""
    content = render(TEMPLATES / letter_values.template(paper), letter_values.data(paper), MADE)
    return next(file for name, file in Pdf(content).fonts().items() if name.startswith("NotoSerifCJKjp"))


@pytest.mark.parametrize(
    "long",
    [Name(("MARIA DEL CARMEN " * 12)[:200], ("マリア・デル・カルメン・" * 20)[:200], "ja"), Name("W" * 200, "ü" * 200, "de"), Name("A", "Б", "ru")],
    ids=["words", "one word", "one letter"],
)  # fmt: skip
def test_long_and_short_names_stay_on_one_page(long):
    assert pdf(certificate(long, LONG, place=Words("所" * 120, "Place " * 30))).pages == 1
    assert pdf(badge(long)).pages == 1
    assert pdf(replace(pledge(), person=long, affiliation=Words("所属" * 60, "Affiliation " * 15))).pages == 1


@pytest.mark.parametrize("kind", letter_values.KINDS)
def test_every_kind_has_its_certificate_and_pledge(kind):
    assert pdf(certificate(programme=replace(PROGRAMME, kind=kind, departments=()), days=None, hours=None)).pages == 1
    assert pdf(pledge(kind)).pages == 1


def test_a_certificate_says_what_was_done_in_both_languages():
    text = pdf(certificate()).text().replace(" ", "")
    for said in (
        "修了証",
        "循環器内科",
        "2026年11月2日～2026年11月27日",
        "18日・126時間",
        "高橋誠一",
        "7Q4M-X2KD-9WPA",
    ):
        assert said in text
    for said in ("ObservershipinCardiology", "2November2026–27November2026", "18days,126hours", "IMC-T-2026-0042"):
        assert said in text


@pytest.mark.parametrize(
    ("paper", "pages", "said"),
    [
        (letter(), 2, ("受入許可書", "wearepleasedtoacceptyou", "kind見学")),
        (letter(conditions=(Words("保険", "Insurance"),), answer_by=date(2026, 9, 20)), 2, ("条件付受入内定書", "2026年9月20日", "20september2026")),
        (pledge(), 1, ("誓約書", "iwillobserveonly")),
        (invitation(), 3, ("招へい理由書", "letterofinvitation", "滞在予定表", "n1234567", "1988年3月14日")),
        (schedule(), 1, ("日程表", "mon2november", "11月2日（月）")),
        (schedule(25), 3, ("日程表",)),
        (badge(), 1, ("見学者", "observer", "mariasantos")),
    ],
    ids=["letter", "conditional", "pledge", "invitation", "schedule", "long schedule", "badge"],
)  # fmt: skip
def test_every_other_paper_in_both_languages(paper, pages, said):
    found = pdf(paper)
    assert found.pages <= pages
    assert NOTDEF not in {number for _, number in found.glyphs()}
    text = "".join(found.text().split()).lower()
    assert [each for each in said if each not in text] == []


@pytest.mark.parametrize("latin", ['#panic("no")', "$x$ \\ @me", "*bold* _it_ `raw`", '"]) #eval("1")'])
def test_a_name_is_never_code(latin):
    assert latin in pdf(certificate(Name(latin, latin + "é"))).text()


def test_a_name_no_font_can_write_is_refused():
    with pytest.raises(MissingGlyphs, match=r"U\+17000"):
        pdf(certificate(Name("TANGUT", "\U00017000")))


def test_words_in_one_language_stand_for_the_other():
    made = letter_values.data(certificate(place=Words(en="Lisbon")))
    assert made["place"] == {"ja": "Lisbon", "en": "Lisbon"}


def test_every_template_says_its_data():
    for template in sorted(TEMPLATES.glob("*.typ")):
        if template.name != "layout.typ":
            assert "\n// data: " in template.read_text("utf-8"), template.name


ENDLESS = {
    "Latin": Name("W" + "olfeschlegel" * 16),
    "Thai": Name("SOMCHAI Jaidee", ("สมชายใจดีนามสกุลยาวมากไม่มีเว้นวรรค" * 6)[:200], "th"),
    "Thai, no words": Name("SOMCHAI Jaidee", "กขคงจชซญดตถทธนบปผพฟมยรลวสหอ" * 7, "th"),
    "Burmese": Name("MIN Aung", ("မင်းအောင်လှိုင်ကျော်စွာသက္ကရာဇ်" * 8)[:200], "my"),
    "Khmer": Name("SOK Dara", ("សុខដារ៉ាព្រះចន្ទ្រស្រីស្ត្រី" * 8)[:200], "km"),
    "Lao": Name("KEO", ("ແກ້ວມະນີວົງຄຳພູ" * 14)[:200], "lo"),
    "Tibetan": Name("TENZIN", ("བསྟན་འཛིན" * 30)[:200], "bo"),
    "Japanese": Name("YAMADA", "山田太郎左衛門" * 28, "ja"),
    "kana that hold together": Name("YAMADA", "アーッ" * 66, "ja"),
    "Arabic": Name("ALI", "محمدعلي" * 28, "ar"),
    "Urdu": Name("ALI", "محمدعلي" * 28, "ur"),
    "Cyrillic": Name("IVANOV", "Иванов" * 33, "ru"),
    "Devanagari": Name("RAI", "सुनिताराई" * 22, "ne"),
    "Korean": Name("KIM", "김지우" * 66, "ko"),
}
WORD = Words("Donaudampfschifffahrtselektrizitätengesellschaft" * 4, "Wolfeschlegelsteinhausen" * 8)


def papers_of(who: Name, words: Words) -> dict[str, letter_values.LetterValues]:
    """Each paper with these words wherever somebody's words stand."""
    programme = replace(PROGRAMME, title=words, departments=(words, words))
    about = {"person": who, "affiliation": words, "programme": programme}
    stay, session = Stay(MONTH, words, words, words), Session(date(2026, 11, 2), words, "09:00", "12:00", words, words)
    signer = Signer(words, words)
    return {
        "certificate": certificate(who, programme, place=words, signer=signer),
        "badge": Badge("0042", ISSUER, who, words, words, "observation", MONTH),
        "pledge": replace(pledge(), **about),
        "letter": replace(letter(conditions=(words,)), **about, supervisor=words, contact=words, signer=signer),
        "invitation": replace(
            invitation(), **about, background=words, relation=words, costs=words, stays=(stay,), contact=words
        ),
        "schedule": replace(schedule(), person=who, programme=programme, sessions=(session,), contact=words),
    }


@pytest.mark.parametrize("kind", ["certificate", "badge", "pledge", "letter", "invitation", "schedule"])
def test_words_without_a_place_to_break_stay_inside_the_page(kind):
    assert pdf(papers_of(ENDLESS["Latin"], WORD)[kind]).beyond() == []


@pytest.mark.parametrize("script", ENDLESS)
def test_a_long_name_in_any_script_stays_inside_the_page(script):
    made = papers_of(ENDLESS[script], Words("病院", "Hospital"))
    for kind in ("certificate", "badge", "letter"):
        found = pdf(made[kind])
        assert found.beyond() == [], kind
        assert found.pages == 1 or kind == "letter"


def test_a_glyph_beyond_the_page_would_be_seen(tmp_path):
    template = tmp_path / "wide.typ"
    template.write_text(
        '#set document(title: "t")\n#set page(width: 40mm, height: 40mm, margin: 5mm)\n#set text(font: "EB Garamond", lang: "en")\n#json(bytes(sys.inputs.data)).said'
    )
    beyond = Pdf(render(template, {"said": "W" * 40}, MADE)).beyond()
    assert {edge for _, edge, _ in beyond} == {"right"}


@pytest.mark.parametrize(
    ("name", "title"),
    [
        (Words(), Words()),
        (Words("高橋 誠一", "TAKAHASHI Seiichi"), Words()),
        (Words(), Words("病院長", "Director of the Hospital")),
    ],
)
def test_a_signer_who_is_not_set_leaves_no_stray_mark(name, title):
    for made in (certificate(signer=Signer(name, title)), replace(letter(), signer=Signer(name, title))):
        lines = [line.strip() for line in pdf(made).text().splitlines()]
        assert not any(line.startswith((",", "、")) for line in lines)
        assert isinstance(made, Letter) or not any(line.endswith(",") for line in lines)
