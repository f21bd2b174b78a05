"""The usual documents a programme may require, read from usual_documents.toml: proposals only, a programme stores its own copy."""

import tomllib
from functools import cache
from pathlib import Path
from typing import cast

from services.training.rules.records.documents import StoredRequirement

FILE = Path(__file__).with_suffix(".toml")


@cache
def usual_documents() -> tuple[StoredRequirement, ...]:
    """Returns requirements as programmes store them, with `ticked`: the kinds for which each is preselected."""
    return tuple(tomllib.loads(FILE.read_text("utf-8"))["document"])


def proposed_for(kind: str) -> list[StoredRequirement]:
    """Returns all of them without `ticked`; those usual for this kind come first."""
    found = sorted(usual_documents(), key=lambda one: kind not in one.get("ticked", ()))
    return [
        cast("StoredRequirement", {name: value for name, value in one.items() if name != "ticked"}) for one in found
    ]
