"""PDF from Typst: data stay data, what no font can write is refused, and the same in gives the same out."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.fonts import covered
from shared.pdf import MissingGlyphs, NotRendered, render
from shared.pdf.coverage import FONTS, check, clusters
from tests.pdf_reader import NOTDEF, Pdf

MADE = datetime(2026, 11, 27, 9, 30, tzinfo=UTC)
LAYOUT = Path(__file__).parents[3] / "services" / "training" / "letters" / "layout.typ"
ECHO = '#set document(title: "t")\n#set text(font: {fonts}, lang: "en")\n#json(bytes(sys.inputs.data)).said'
MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def echo(tmp_path_factory) -> Path:
    """A template that sets data["said"] in the layout's fonts."""
    families = [font["name"].getDebugName(1) for font in _fonts()]
    file = tmp_path_factory.mktemp("pdf") / "echo.typ"
    file.write_text(ECHO.replace("{fonts}", json.dumps(families).replace("[", "(").replace("]", ")")), "utf-8")
    return file


def _fonts() -> list[TTFont]:
    return [TTFont(FONTS / name, lazy=True) for name in json.loads((FONTS / "coverage.json").read_text())]


@pytest.mark.parametrize(
    "said",
    [
        '#panic("no")',
        "$x$ * _ ` @ref <label>",
        "\\ \\u{41} // /* */",
        '"]#eval("1")',
        "= No heading",
        "- no list",
        "#sys.inputs",
    ],
)
def test_what_a_person_types_is_set_as_it_is(echo, said):
    assert said in Pdf(render(echo, {"said": said}, MADE)).text()


def test_the_same_gives_the_same_bytes_and_the_time_comes_from_outside(echo):
    first = render(echo, {"said": "one"}, MADE)
    assert render(echo, {"said": "two"}, MADE) != first
    assert render(echo, {"said": "one"}, MADE) == first
    assert Pdf(first).created == MADE


def test_a_time_without_zone_is_refused(echo):
    with pytest.raises(ValueError, match="zone"):
        render(echo, {"said": ""}, datetime(2026, 11, 27))


@pytest.mark.parametrize(
    ("said", "missing"),
    [
        ("\U00017000", ("\U00017000",)),  # Tangut
        ("Ann \ue000\uf8ff Lee", ("\ue000", "\uf8ff")),  # private use
        ("Ann\x00\x07", ("\x00", "\x07")),
        ("Ann \U0001f600 \U0001f600", ("\U0001f600",)),
        ("Ann \ud800", ("\ud800",)),
        ("ก\u0301", ("ก\u0301",)),  # each has a font, together none
    ],
)
def test_what_no_font_can_write_is_named(echo, said, missing):
    with pytest.raises(MissingGlyphs) as caught:
        render(echo, {"said": "fine", "deep": [{"down": (said,)}]}, MADE)
    assert caught.value.characters == missing
    assert f"U+{ord(missing[0][0]):04X}" in str(caught.value)


@pytest.mark.parametrize(
    "said",
    ["ශ\u0dca\u200dර\u0dd3", "علی\u200cنژاد", "\u2067محمد\u2069", "葛\U000e0100城", "a\u00adb\u2060c\ufeff", "A\u3000B\u2009C\u00a0D\nE", "e\u0302\u0301", "\u1ebf"],
)  # fmt: skip
def test_what_joins_directs_or_varies_is_not_missing(echo, said):
    pdf = Pdf(render(echo, {"said": said}, MADE))
    assert NOTDEF not in {number for _, number in pdf.glyphs()}


def test_clusters_are_letters_with_their_marks():
    assert list(clusters("e\u0301a \u200dक\u094dष")) == ["e\u0301", "a", "क\u094d", "ष"]


def test_a_glyph_missing_in_a_template_is_an_error_too_and_tells_nothing(tmp_path):
    template = tmp_path / "template.typ"
    template.write_text('#set text(font: "EB Garamond")\n#json(bytes(sys.inputs.data)).said \U00017000', "utf-8")
    with pytest.raises(NotRendered) as caught:
        render(template, {"said": "Canary"}, MADE)
    assert str(caught.value) == "template.typ: a glyph is missing"
    template.write_text("#panic(json(bytes(sys.inputs.data)).said)", "utf-8")
    with pytest.raises(NotRendered) as caught:
        render(template, {"said": "Canary"}, MADE)
    assert str(caught.value) == "template.typ: its source fails"
    template.write_text('#set text(font: ("EB Garamond", "None Such"))\n.', "utf-8")
    with pytest.raises(NotRendered, match="warnings"):
        render(template, {}, MADE)


@settings(max_examples=60, deadline=None)
@given(said=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12))
def test_what_passes_the_check_is_rendered(echo, said):
    try:
        check(said)
    except MissingGlyphs:
        return
    pdf = Pdf(render(echo, {"said": said + "."}, MADE))
    assert NOTDEF not in {number for _, number in pdf.glyphs()}


def test_what_the_fonts_cover_is_written_down_as_it_is():
    known = json.loads((FONTS / "coverage.json").read_text())
    assert {name: covered(FONTS / name) for name in known} == known
    assert set(known) == {path.name for path in FONTS.iterdir() if path.suffix in {".ttf", ".otf"}}


@pytest.mark.parametrize(
    "said",
    ["髙橋", "山﨑", "𠮷野", "邊邉辺", "彅", "王玥", "陈祎", "李喆堃", "張瑀媗", "龙䶮", "㛃", "𬍛", "믜똠뷁", "廣瀨", "陳翃", "羅㛥", "朴槿惠", "﨑"],
)  # fmt: skip
def test_kanji_and_hangul_of_real_names_are_written(echo, said):
    pdf = Pdf(render(echo, {"said": said}, MADE))
    assert NOTDEF not in {number for _, number in pdf.glyphs()}


@pytest.mark.parametrize("codec", ["shift_jis_2004", "cp932", "gb2312", "gbk", "big5", "big5hkscs", "cp949"])
def test_every_kanji_and_syllable_of_the_standards_is_covered(codec):
    points = [
        *range(0x3041, 0x3097),
        *range(0x3400, 0xA000),
        *range(0xAC00, 0xD7A4),
        *range(0xF900, 0xFB00),
        *range(0x20000, 0x31350),
    ]
    check("".join(chr(point) for point in points if chr(point).encode(codec, "ignore")))


def test_fonts_are_few_small_free_and_told_of():
    told = (FONTS / "README.md").read_text("utf-8")
    files = [path for path in FONTS.iterdir() if path.suffix in {".ttf", ".otf"}]
    assert [path.name for path in files if f"`{path.name}`" not in told] == []
    assert sum(path.stat().st_size for path in FONTS.iterdir()) < 17 * MEGABYTE
    assert "SIL OPEN FONT LICENSE Version 1.1" in (FONTS / "OFL.txt").read_text("utf-8")


def test_the_house_names_every_font_there_is():
    layout = LAYOUT.read_text("utf-8")
    assert [name for font in _fonts() if f'"{(name := font["name"].getDebugName(1))}"' not in layout] == []


def test_who_renders_nothing_loads_nothing():
    code = "import sys, shared.pdf; sys.exit('typst' in sys.modules or 'fontTools' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
