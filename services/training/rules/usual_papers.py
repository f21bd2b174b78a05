"""The usual papers a programme may ask for, read from usual_papers.toml: proposals only, a programme keeps its own copy."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

Document = dict[str, Any]
FILE = Path(__file__).with_suffix(".toml")


@cache
def usual_papers() -> tuple[Document, ...]:
    """Requirements as programmes keep them, with `ticked`: the kinds for which each is proposed at once."""
    return tuple(tomllib.loads(FILE.read_text("utf-8"))["paper"])


def proposed(kind: str) -> list[Document]:
    """All of them without `ticked`; first those that this kind usually asks for."""
    found = sorted(usual_papers(), key=lambda one: kind not in one.get("ticked", ()))
    return [{name: value for name, value in one.items() if name != "ticked"} for one in found]
