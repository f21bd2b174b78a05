"""The README of the project names files and functions that exist, so that a stranger who greps for them finds them."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "README.md").read_text("utf-8")
PLACEHOLDER = "<"


def paths() -> list[str]:
    """Every path in backticks or in a link that lies in the repository, those with a placeholder left out."""
    found = re.findall(r"`((?:services|shared|deploy|tests)/[^`\s]*)`|\]\(([^):]+)\)", TEXT)
    return sorted({path for pair in found for path in pair if path and PLACEHOLDER not in path and "*" not in path})


def functions() -> list[tuple[str, str]]:
    """Every function or class that is followed by its file: `name` (`path.py`)."""
    named = re.findall(r"`([\w.]+)`\s*\(`([^`]+\.py)`\)", TEXT)
    return [(name.rpartition(".")[2], path) for name, path in named]


@pytest.mark.parametrize("path", paths())
def test_every_path_exists(path: str) -> None:
    assert (ROOT / path).exists()


@pytest.mark.parametrize(("name", "path"), functions())
def test_every_function_is_where_it_says(name: str, path: str) -> None:
    assert re.search(rf"^ *(def|class) {name}\b", (ROOT / path).read_text("utf-8"), re.MULTILINE)


def test_the_way_of_a_referral_names_its_functions() -> None:
    """Fewer would mean that the expression above no longer matches how the README is written."""
    assert len(functions()) >= 9 and len(paths()) >= 20


def test_every_event_type_it_names_is_in_the_catalogue() -> None:
    named = set(re.findall(r"`((?:intake|interpreting|notify|partners|training|accounts)\.\w+\.\w+\.v\d+)`", TEXT))
    catalogue = (ROOT / "shared/events/README.md").read_text("utf-8")
    assert named and not {kind for kind in named if kind not in catalogue}
