"""Regroups a stream of bytes into pieces of another size."""

from collections.abc import Iterable, Iterator


def regrouped(pieces: Iterable[bytes], first: int, size: int) -> Iterator[bytes]:
    """The same bytes as one piece of `first` and pieces of `size`; the last one may be shorter."""
    waiting, wanted = bytearray(), first
    for piece in pieces:
        waiting += piece
        while len(waiting) >= wanted:
            yield bytes(waiting[:wanted])
            del waiting[:wanted]
            wanted = size
    if waiting:
        yield bytes(waiting)
