"""A blind index: search terms that reveal nothing without the key. A text becomes a 64-bit number, in which every prefix has a range.

The number is a path: some bytes of a keyed hash (BLAKE2b, RFC 7693) of the first characters, some of a hash of a few more,
and so on. With the key, one range of an index finds all texts with a prefix; without it, one learns only which
records share a prefix. Not here: folding, and which texts get a term (a service's rules).
"""

from dataclasses import dataclass
from hashlib import blake2b

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

SIZE = 8
Span = tuple[int, int]


@dataclass(frozen=True)
class Kind:
    """A kind of text with its own terms. `levels`: (characters, bytes of the number), eight bytes in total."""

    name: str
    levels: tuple[tuple[int, int], ...]

    def __post_init__(self) -> None:
        if sum(size for _, size in self.levels) != SIZE:
            raise ValueError(f"{self.name}: expected {SIZE} bytes in all")


class BlindIndex:
    """The terms under one key; thread-safe."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._begun: dict[str, blake2b] = {}

    def term(self, kind: Kind, text: str) -> int:
        """The stored term of a text. Texts longer than the last level have the same term as all with the same beginning."""
        return int.from_bytes(self._path(kind, text), "big", signed=True)

    def span(self, kind: Kind, prefix: str) -> Span | None:
        """The range of terms of all texts with this prefix (and of some others, where it ends between two levels), both ends included.

        None where the prefix is shorter than the first level.
        """
        within = sum(size for end, size in kind.levels if end <= len(prefix))
        path = self._path(kind, prefix)[:within]
        first, last = path.ljust(SIZE, b"\0"), path.ljust(SIZE, b"\xff")
        if not within:
            return None
        return int.from_bytes(first, "big", signed=True), int.from_bytes(last, "big", signed=True)

    def _path(self, kind: Kind, text: str) -> bytes:
        """The eight bytes of a term; those of a level come from the hash of the text up to there."""
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
    """The service's blind index, with a key derived from `master`."""
    return BlindIndex(HKDFExpand(SHA256(), 32, b"imc search terms").derive(master))
