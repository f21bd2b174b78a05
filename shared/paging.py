"""A page of a list, in the words of a store: where to go on, how many rows. Cursors themselves are made in shared/web/lists.py."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Window:
    """`after` holds the sort values of the last row seen (None: from the start); a store returns up to `rows` documents."""

    after: tuple[Any, ...] | None
    limit: int

    @property
    def rows(self) -> int:
        """One more than is shown, to know whether there is a next page."""
        return self.limit + 1


def onward(query: Document, sort: Sequence[tuple[str, int]], window: Window) -> Document:
    """`query` narrowed to what follows `window.after` under `sort`: stable while rows are added, and an index walk.

    `sort` must end in a unique field, such as `_id`; it goes to find() as it is.
    """
    if window.after is None:
        return query
    branches = []
    for place, (field, direction) in enumerate(sort):
        equal = {name: window.after[at] for at, (name, _) in enumerate(sort[:place])}
        branches.append(equal | {field: {"$gt" if direction > 0 else "$lt": window.after[place]}})
    following = branches[0] if len(branches) == 1 else {"$or": branches}
    return {"$and": [query, following]} if query else following
