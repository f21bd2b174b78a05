"""Shortens a list with entries of several owners so that no owner displaces the first entries of the others. Plain values.

Not here: the same for a collection (shared/outbox/records.py, with_shares).
"""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

T = TypeVar("T")
SHARES = 5
"""Each has a fifth of their own, beyond what stands first in any case."""


def shared_out(items: Iterable[T], whose: Callable[[T], Any], most: int) -> list[T]:
    """The first `most` items, and the first `most` / SHARES of each owner, in their original order."""
    so_far: Counter[Any] = Counter()
    chosen = []
    for at, item in enumerate(items):
        so_far[whose(item)] += 1
        if at < most or so_far[whose(item)] <= most // SHARES:
            chosen.append(item)
    return chosen
