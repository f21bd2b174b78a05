"""Search terms that tell nothing without the key: a text becomes one 64-bit number, in which every prefix has its own range.

A number is a path: some bytes from a keyed hash (BLAKE2b, RFC 7693) of the first characters, some from one of a few more,
and so on. Whoever holds the key finds all texts with a prefix by one range of an index; nobody else learns more than which
records share a prefix. Not here: what is folded and which texts get a term (a service's rules).
"""

from dataclasses import dataclass
from hashlib import blake2b

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

SIZE = 8
Span = tuple[int, int]


@dataclass(frozen=True)
class Kind:
    """A kind of text, apart from all others. `levels`: (characters, bytes of the number), eight bytes in all."""

    name: str
    levels: tuple[tuple[int, int], ...]

    def __post_init__(self) -> None:
        if sum(size for _, size in self.levels) != SIZE:
            raise ValueError(f"{self.name}: expected {SIZE} bytes in all")


class BlindIndex:
    """The terms under one key; one object may serve many threads."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._begun: dict[str, blake2b] = {}

    def term(self, kind: Kind, text: str) -> int:
        """What is stored of a text. Texts longer than the last level share their term with all that begin alike."""
        return int.from_bytes(self._path(kind, text), "big", signed=True)

    def span(self, kind: Kind, prefix: str) -> Span | None:
        """The terms of all texts with this prefix (where it ends between two levels, of some more), both ends included.

        None where the prefix is shorter than the first level.
        """
        within = sum(size for end, size in kind.levels if end <= len(prefix))
        path = self._path(kind, prefix)[:within]
        first, last = path.ljust(SIZE, b"\0"), path.ljust(SIZE, b"\xff")
        if not within:
            return None
        return int.from_bytes(first, "big", signed=True), int.from_bytes(last, "big", signed=True)

    def _path(self, kind: Kind, text: str) -> bytes:
        """Eight bytes; those of a level come from the hash of the text up to there."""
        state, length = self._start(kind), len(text)
        path, digest, begin = b"", b"", 0
        for end, size in kind.levels:
            if begin < length or not digest:
                state.update(text[begin:end].encode())
                digest, begin = state.digest(), end
            path += digest[:size]
        return path

    def _start(self, kind: Kind) -> blake2b:
        begun = self._begun.get(kind.name)
        if begun is None:
            begun = self._begun[kind.name] = blake2b(key=self._key, digest_size=SIZE, person=kind.name.encode())
        return begun.copy()


def blind_index(master: bytes) -> BlindIndex:
    """The service's own, its key derived from `master`."""
    return BlindIndex(HKDFExpand(SHA256(), 32, b"imc search terms").derive(master))
