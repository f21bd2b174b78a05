"""CSV for spreadsheets: UTF-8 with a byte order mark, CRLF, and no cell that a spreadsheet would interpret as a formula."""

import csv
import io
from collections.abc import Iterable

BOM = "\ufeff"
MEDIA = "text/csv; charset=utf-8"
BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def written(rows: Iterable[Iterable[str | int | float | None]]) -> bytes:
    """The rows as CSV, the headings first. Numbers stay numbers, also negative ones; a text that begins like a formula gets a '."""
    out = io.StringIO()
    out.write(BOM)
    csv.writer(out, lineterminator="\r\n").writerows([cell(value) for value in row] for row in rows)
    return out.getvalue().encode()


def cell(value: str | int | float | None) -> str | int | float:
    """The value of one cell; empty for None."""
    if value is None:
        return ""
    if isinstance(value, int | float):
        return value
    begins = value.lstrip(" \u3000")
    return f"'{value}" if value.startswith(BEGINS_A_FORMULA) or begins.startswith(BEGINS_A_FORMULA) else value
