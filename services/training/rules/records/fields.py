"""Types that several records share."""

from collections.abc import Mapping
from typing import Literal

Direction = Literal["in", "out", "own"]
Texts = Mapping[str, str]
"""A text by language."""
