"""`python -m deploy.fonts FOLDER`: regenerates shared/pdf/fonts from fonts unpacked in FOLDER; needs the dev requirements.

It removes: hints, symbols and forms that no name or text of ours needs, old hangul, Hong Kong's glyph forms, kanji of Extension A that
no standard of names or text lists, Chinese forms of kanji outside everyday use. Sources: the README there; reasons: decision 11.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fontTools import subset
from fontTools.ttLib import TTCollection, TTFont

HERE = Path(__file__).resolve().parents[1] / "shared" / "pdf" / "fonts"
SCRIPTS = ("", "Armenian", "Bengali", "Devanagari", "Ethiopic", "Georgian", "Gujarati", "Gurmukhi", "Hebrew", "Kannada", "Khmer", "Lao", "Malayalam", "Myanmar", "Sinhala", "Tamil", "Telugu", "Thai", "Tibetan")  # fmt: skip
SMALL = (*(f"NotoSerif{script}" for script in SCRIPTS), "NotoNaskhArabic", "NotoNastaliqUrdu", "NotoSansThaana")
HAN = [
    f"{script}.{form}" for script in ("DFLT", "hani", "hang", "kana") for form in ("dflt", "JAN", "KOR", "ZHS", "ZHT")
]
LEFT_OUT = (  # covered by other fonts, old hangul, boxes, strokes, vertical or circled symbols (except ① to ⑳ and ㈱)
    range(0x2000), range(0x2474, 0x25A0), range(0x2FF0, 0x3000), range(0x31C0, 0x31F0), range(0x3200, 0x3231), range(0x3232, 0x3400),
    range(0xA960, 0xA980), range(0xD7B0, 0xD800), range(0xFE10, 0xFE50), range(0x1F100, 0x1F300),
)  # fmt: skip
NO_LETTERS = (range(0x1D00, 0x1DC0), range(0x2070, 0x20A0), range(0x2150, 0x2300), range(0xA708, 0xA780))  # fmt: skip
EXTENSION_A = range(0x3400, 0x4DC0)
# Its characters in the Table of General Standard Chinese Characters (China's State Council, 2013), from which names there are chosen;
# the other characters of the table are in blocks that are included whole.
GENERAL_STANDARD = frozenset(
    "㑇㑊㕮㘎㙍㙘㙦㛃㛚㛹㟃㠇㠓㤘㥄㧐㧑㧟㫰㬊㬎㬚㭎㭕㮾㰀㳇㳘㳚㴔㵐㶲㸆㸌㺄㻬㽏㿠䁖䂮䃅䃎䅟䌹䎃䎖䏝䏡䏲䐃䓖䓛䓨䓫䓬䗖䗛䗪䗴䜣䝙䢺䢼䣘䥽䦃䲟䲠䲢䴓䴔䴕䴖䴗䴘䴙䶮"
)
BIG5_FREQUENT = range(0xA440, 0xC67F)  # its first level
KEPT = (range(0x20, 0x7F), range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))  # fmt: skip  # the last: variants of kanji (IVS)


def main(folder: Path) -> None:
    """Writes every font, then their coverage; this takes some minutes, mostly for the kanji."""
    small = [("EBGaramond_400Regular.ttf", "EBGaramond-Regular.ttf"), *((f"{name}-Regular.ttf",) * 2 for name in SMALL)]
    written = [_cut(_one(folder, source), name) for source, name in small]
    written.append(_cut_han(_one(folder, "NotoSerifCJK-Regular.ttc"), "NotoSerifCJKjp-Regular.otf"))
    (HERE / "coverage.json").write_text(json.dumps({file.name: covered(file) for file in written}, indent=0) + "\n")


def covered(file: Path) -> str:
    """The characters of a font as `20-7e a0 c0-ff`: hexadecimal, in order."""
    ranges: list[list[int]] = []
    for point in sorted(TTFont(file, lazy=True).getBestCmap()):
        if ranges and ranges[-1][1] == point - 1:
            ranges[-1][1] = point
        else:
            ranges.append([point, point])
    return " ".join(f"{first:x}-{last:x}" if last > first else f"{first:x}" for first, last in ranges)


def _one(folder: Path, name: str) -> Path:
    return min(folder.rglob(name))


def _cut(source: Path, name: str) -> Path:
    font = TTFont(source)
    return _write_subset(font, set(font.getBestCmap()).difference(*NO_LETTERS), _options(), name)


def _cut_han(source: Path, name: str) -> Path:
    font = TTCollection(source, lazy=True).fonts[0]  # the Japanese font; its `locl` has the Korean and Chinese forms
    options = _options()
    options.layout_features, options.layout_scripts = ["locl", "ccmp", "mark", "mkmk"], HAN  # its `kern` is for `palt`
    options.drop_tables += ["VORG", "vhea", "vmtx"]
    _keep_forms(font, {"ZHS": _in_gb2312, "ZHT": _frequent_in_big5})
    points = {point for point in font.getBestCmap() if _is_wanted(point)}
    return _write_subset(font, points.union(*KEPT), options, name)


def _is_wanted(point: int) -> bool:
    if point in EXTENSION_A:
        return bool(_encoded(point, "shift_jis_2004") or _encoded(point, "big5hkscs") or chr(point) in GENERAL_STANDARD)
    return not any(point in others for others in LEFT_OUT)


def _keep_forms(font: TTFont, wanted: dict[str, Callable[[int], bool]]) -> None:
    """Reduces the `locl` lookups of each single language to the wanted kanji; symbols keep their forms."""
    characters: dict[str, list[int]] = {}
    for point, glyph in font.getBestCmap().items():
        characters.setdefault(glyph, []).append(point)
    lookups = _lookups_of_languages(font["GSUB"].table)
    for language, is_wanted in wanted.items():
        others: set[int] = set().union(*(found for name, found in lookups.items() if name != language))
        for number in lookups[language] - others:
            for part in font["GSUB"].table.LookupList.Lookup[number].SubTable:
                part = getattr(part, "ExtSubTable", part)
                part.mapping = {
                    glyph: form
                    for glyph, form in part.mapping.items()
                    if any(is_wanted(point) or not _is_kanji(point) for point in characters.get(glyph, ()))
                }


def _lookups_of_languages(table: Any) -> dict[str, set[int]]:
    """The indices of the `locl` lookups of each language that has its own forms."""
    found: dict[str, set[int]] = {}
    for script in table.ScriptList.ScriptRecord:
        for language in script.Script.LangSysRecord:
            for number in language.LangSys.FeatureIndex:
                feature = table.FeatureList.FeatureRecord[number]
                if feature.FeatureTag == "locl":
                    found.setdefault(language.LangSysTag.strip(), set()).update(feature.Feature.LookupListIndex)
    return found


def _is_kanji(point: int) -> bool:
    return point in EXTENSION_A or 0x4E00 <= point <= 0x9FFF


def _encoded(point: int, codec: str) -> bytes:
    """The encoded character; empty where the codec does not have it."""
    return chr(point).encode(codec, "ignore")


def _in_gb2312(point: int) -> bool:
    return bool(_encoded(point, "gb2312"))


def _frequent_in_big5(point: int) -> bool:
    return int.from_bytes(_encoded(point, "big5"), "big") in BIG5_FREQUENT


def _options() -> subset.Options:
    options = subset.Options()
    options.hinting, options.notdef_outline, options.name_IDs = False, True, ["*"]
    options.layout_features = [name for name in options.layout_features if name not in {"frac", "numr", "dnom"}]
    return options


def _write_subset(font: TTFont, points: set[int], options: subset.Options, name: str) -> Path:
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=points)
    cutter.subset(font)
    font.save(HERE / name)
    return HERE / name


if __name__ == "__main__":
    main(Path(sys.argv[1]))
