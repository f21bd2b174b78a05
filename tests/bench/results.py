"""What a bench prints: medians with their spread, ratios taken round by round, and whether a bar holds. Plain arithmetic, no I/O."""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any


def median(values: Sequence[float]) -> float:
    """The middle value; of an even count, the mean of the two in the middle."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    if not ordered:
        return math.nan
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` (0 … 1) of all values do not exceed (nearest rank)."""
    ordered = sorted(values)
    if not ordered:
        return math.nan
    return ordered[max(math.ceil(share * len(ordered)), 1) - 1]


def ratios(ours: Sequence[float], reference: Sequence[float]) -> list[float]:
    """Round by round, because what slows one side of a round slows the other too."""
    return [mine / theirs for mine, theirs in zip(ours, reference, strict=True) if theirs]


@dataclass(frozen=True)
class Bar:
    """`least` or `most` a ratio may be; `aim` is where it should get to."""

    least: float | None = None
    most: float | None = None
    aim: float | None = None

    def holds(self, ratio: float) -> bool:
        if math.isnan(ratio):
            return False
        return (self.least is None or ratio >= self.least) and (self.most is None or ratio <= self.most)

    def __str__(self) -> str:
        sign, bound = ("≥", self.least) if self.least is not None else ("≤", self.most)
        text = f"{sign} {bound:g}" if bound is not None else "printed"
        return f"{text} (aim {sign} {self.aim:g})" if self.aim is not None else text


@dataclass
class Row:
    """One line of the table. `ratios` are the rounds' ratios, `facts` whatever else was counted."""

    name: str
    what: str
    ours: float
    reference: float
    unit: str
    ratios: list[float]
    bar: Bar
    against: str = ""
    judged: bool = True
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def ratio(self) -> float:
        return median(self.ratios)

    @property
    def holds(self) -> bool | None:
        """None where the bar is not judged on this machine."""
        return self.bar.holds(self.ratio) if self.judged else None

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "bar": str(self.bar), "ratio": self.ratio, "holds": self.holds}


def compared(
    name: str, what: str, ours: Sequence[float], reference: Sequence[float], unit: str, bar: Bar, **more: Any
) -> Row:
    """A row from the rounds of both sides."""
    return Row(name, what, median(ours), median(reference), unit, ratios(ours, reference), bar, **more)


def fact(name: str, what: str, true: bool, **facts: Any) -> Row:
    """A row that is a plain yes or no: ratio 1 or 0 against a bar of 1."""
    return Row(name, what, float(true), 1.0, "", [float(true)], Bar(least=1), facts=facts)


def _number(value: float) -> str:
    if math.isnan(value):
        return "–"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


VERDICTS = {True: "holds", False: "FALLS SHORT", None: "printed only"}
HEAD = ("bench", "what", "ours", "against", "ratio", "spread", "bar", "")


def line(row: Row) -> tuple[str, ...]:
    """One row as it is printed."""
    spread = f"{min(row.ratios):.2f}–{max(row.ratios):.2f}" if row.ratios else "–"
    return (
        row.name,
        row.what,
        f"{_number(row.ours)} {row.unit}".strip(),
        f"{_number(row.reference)} {row.unit} {row.against}".strip(),
        f"{row.ratio:.2f}",
        spread,
        str(row.bar),
        VERDICTS[row.holds],
    )


def table(rows: Iterable[Row]) -> str:
    """A Markdown table, columns padded so that it reads in a terminal as well."""
    lines = [HEAD, *(line(row) for row in rows)]
    widths = [max(len(cells[place]) for cells in lines) for place in range(len(HEAD))]
    ruled = [lines[0], tuple("-" * width for width in widths), *lines[1:]]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"
        for cells in ruled
    )


def dump(rows: Iterable[Row], machine: dict[str, Any]) -> str:
    """All rows for a program."""
    return json.dumps({"machine": machine, "rows": [row.as_json() for row in rows]}, indent=1, default=str)
