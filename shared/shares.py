"""How a list that several fill is cut: whoever fills the most of it, the first of everybody else are among what is left. Plain values.

Not here: the same of a collection (records.with_shares).
"""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

T = TypeVar("T")
SHARES = 5
"""Each has a fifth of their own, beyond what stands first in any case."""


def shared_out(items: Iterable[T], whose: Callable[[T], Any], most: int) -> list[T]:
    """The first `most`, and the first `most` / SHARES of each, in the order they came in."""
    so_far: Counter[Any] = Counter()
    kept = []
    for at, item in enumerate(items):
        so_far[whose(item)] += 1
        if at < most or so_far[whose(item)] <= most // SHARES:
            kept.append(item)
    return kept
