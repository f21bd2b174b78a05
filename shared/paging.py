"""Pagination for stores: where a page continues and how many rows it has. Not here: the cursors (shared/web/lists.py)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Window:
    """One page of a list. `after` has the sort values of the last row seen (None: from the start); a store returns up to `rows` documents."""

    after: tuple[Any, ...] | None
    limit: int

    @property
    def rows(self) -> int:
        """The number of rows to read: one more than is shown, to know whether there is a next page."""
        return self.limit + 1


def onward(query: Document, sort: Sequence[tuple[str, int]], window: Window) -> Document:
    """Restricts `query` to the rows after `window.after` in the order of `sort`: stable while rows are added, and an index scan.

    `sort` must end in a unique field, such as `_id`; pass it unchanged to find().
    """
    if window.after is None:
        return query
    branches = []
    for place, (field, direction) in enumerate(sort):
        equal = {name: window.after[at] for at, (name, _) in enumerate(sort[:place])}
        branches.append(equal | {field: {"$gt" if direction > 0 else "$lt": window.after[place]}})
    following = branches[0] if len(branches) == 1 else {"$or": branches}
    return {"$and": [query, following]} if query else following
