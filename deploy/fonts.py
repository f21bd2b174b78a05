"""`python -m deploy.fonts FOLDER`: makes shared/pdf/fonts anew from fonts unpacked in FOLDER; needs the dev requirements.

What is cut: hints, signs and forms no name or line of ours needs, old hangul, Hong Kong's own glyph forms. Sources: the README there.
"""

import json
import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTCollection, TTFont

HERE = Path(__file__).resolve().parents[1] / "shared" / "pdf" / "fonts"
SCRIPTS = ("", "Armenian", "Bengali", "Devanagari", "Ethiopic", "Georgian", "Gujarati", "Gurmukhi", "Hebrew", "Kannada", "Khmer", "Lao", "Malayalam", "Myanmar", "Sinhala", "Tamil", "Telugu", "Thai", "Tibetan")  # fmt: skip
SMALL = (*(f"NotoSerif{script}" for script in SCRIPTS), "NotoNaskhArabic", "NotoNastaliqUrdu", "NotoSansThaana")
HAN = [
    f"{script}.{form}" for script in ("DFLT", "hani", "hang", "kana") for form in ("dflt", "JAN", "KOR", "ZHS", "ZHT")
]
LEFT_OUT = (  # what other fonts write, old hangul, boxes, strokes, signs upright or in circles (but ① to ⑳ and ㈱)
    range(0x2000), range(0x2474, 0x25A0), range(0x2FF0, 0x3000), range(0x31C0, 0x31F0), range(0x3200, 0x3231), range(0x3232, 0x3400),
    range(0xA960, 0xA980), range(0xD7B0, 0xD800), range(0xFE10, 0xFE50), range(0x1F100, 0x1F300),
)  # fmt: skip
NO_LETTERS = (range(0x1D00, 0x1DC0), range(0x2070, 0x20A0), range(0x2150, 0x2300), range(0xA708, 0xA780))  # fmt: skip
KEPT = (range(0x20, 0x7F), range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))  # fmt: skip  # the last: variants of kanji (IVS)


def main(folder: Path) -> None:
    """Writes every font, then what they cover; some minutes, most of them for the kanji."""
    small = [("EBGaramond_400Regular.ttf", "EBGaramond-Regular.ttf"), *((f"{name}-Regular.ttf",) * 2 for name in SMALL)]
    written = [_cut(_one(folder, source), name) for source, name in small]
    written.append(_cut_han(_one(folder, "NotoSerifCJK-Regular.ttc"), "NotoSerifCJKjp-Regular.otf"))
    (HERE / "coverage.json").write_text(json.dumps({file.name: covered(file) for file in written}, indent=0) + "\n")


def covered(file: Path) -> str:
    """Its characters as `20-7e a0 c0-ff`: hexadecimal, in order."""
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
    return _written(font, set(font.getBestCmap()).difference(*NO_LETTERS), _options(), name)


def _cut_han(source: Path, name: str) -> Path:
    font = TTCollection(source, lazy=True).fonts[0]  # the Japanese one; Korean and Chinese forms by its `locl`
    options = _options()
    options.layout_features, options.layout_scripts = ["locl", "ccmp", "mark", "mkmk"], HAN  # its `kern` is for `palt`
    options.drop_tables += ["VORG", "vhea", "vmtx"]
    points = {point for point in font.getBestCmap() if not any(point in others for others in LEFT_OUT)}
    return _written(font, points.union(*KEPT), options, name)


def _options() -> subset.Options:
    options = subset.Options()
    options.hinting, options.notdef_outline, options.name_IDs = False, True, ["*"]
    options.layout_features = [name for name in options.layout_features if name not in {"frac", "numr", "dnom"}]
    return options


def _written(font: TTFont, points: set[int], options: subset.Options, name: str) -> Path:
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=points)
    cutter.subset(font)
    font.save(HERE / name)
    return HERE / name


if __name__ == "__main__":
    main(Path(sys.argv[1]))
