"""The page that maps our fields to HL7 FHIR elements, from a service's fhir.toml. Not here: FHIR itself."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from markupsafe import Markup

from shared.web.problem_pages import framed

Row = Mapping[str, str]
_HEADS = ("Field", "FHIR R4", "FHIR R5", "Code system or extension", "Note")
_ABOUT = Markup(
    "<p>Where HL7 FHIR has what the fields of this API hold: for those who fill a referral from FHIR resources, or keep one in them. "
    "R5 is as R4 where nothing else is said.</p>"
)


def rows_of(file: Path) -> dict[str, dict[str, Row]]:
    """The rows by resource and field: `r4` and optionally `r5`, `system` and `note`; or `none`, the reason why FHIR has no such element."""
    return tomllib.loads(file.read_text(encoding="utf-8"))


def fhir_page(file: Path) -> str:
    """Returns the whole page."""
    parts = Markup("").join(_table(name, rows) for name, rows in rows_of(file).items())
    return framed("Fields and HL7 FHIR", _ABOUT + parts)


def _table(name: str, rows: Mapping[str, Row]) -> Markup:
    heads = Markup("").join(Markup('<th scope="col">{}</th>').format(head) for head in _HEADS)
    lines = Markup("").join(_line(field, row) for field, row in rows.items())
    return Markup("<h2>{}</h2><table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>").format(
        name.capitalize(), heads, lines
    )


def _line(field: str, row: Row) -> Markup:
    if "none" in row:
        cells: tuple[Any, ...] = ("no counterpart", "no counterpart", "", row["none"])
    else:
        cells = (row["r4"], row.get("r5", row["r4"]), row.get("system", ""), row.get("note", ""))
    shown = Markup("").join(Markup("<td>{}</td>").format(cell) for cell in cells)
    return Markup('<tr><th scope="row"><code>{}</code></th>{}</tr>').format(field, shown)
