"""Headers of an e-mail that hold names or titles, encoded and folded here; `email` passes them on unchanged.

Python's own folding removes the quotes of a phrase that it breaks (3.11.7 does), so that one name with a comma becomes three recipients.
Here an ASCII name is never broken: a long line is allowed (RFC 5322, 2.1.1), and readers that do not unfold end a quoted string at the end
of its line. Other names are broken between encoded words, each complete in itself (RFC 2047).
"""

import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from email.policy import EmailPolicy

MAX_LINE = 76
"""Characters of a line with an encoded word (RFC 2047, 2); of a title where there is a blank to break it at."""
MAX_PLAIN = 450
"""What stays on one line even with every character escaped; a line may have 998."""
_WRAPPER_LENGTH = len("=?utf-8?b??=")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+( [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")  # RFC 5322, 3.2.3
_PLAIN = re.compile(r"[ -~]*")
_NOT_PRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


@dataclass(frozen=True)
class FoldedHeader:
    """A header as `email.policy.EmailPolicy` takes one that folds itself: by its `name` and `fold`."""

    name: str
    value: str

    def fold(self, *, policy: EmailPolicy) -> str:
        """Returns the header in its lines; nothing is left to be folded."""
        return f"{self.name}: {self.value.replace(chr(10), policy.linesep)}{policy.linesep}"


def mailbox_header(name: str, display_name: str, spec: str) -> FoldedHeader:
    """Returns a header with one address under its owner's name, in any script, with any special characters, of any length."""
    line = _one_line(display_name)
    if not line:
        return FoldedHeader(name, spec)
    phrase = _phrase(line, MAX_LINE - len(name) - 2)
    last = phrase.rpartition("\n")[2] if "\n" in phrase else f"{name}: {phrase}"
    between = " " if len(last) + len(spec) + 3 <= MAX_LINE else "\n "
    return FoldedHeader(name, f"{phrase}{between}<{spec}>")


def text_header(name: str, text: str) -> FoldedHeader:
    """Returns a header of free text, such as a subject."""
    line, room = _one_line(text), MAX_LINE - len(name) - 2
    return FoldedHeader(name, _fold(line, room) if _is_plain(line) else _encoded_words(line, room))


def _one_line(text: str) -> str:
    return " ".join(_NOT_PRINTABLE.sub(" ", text).split())


def _phrase(name: str, room: int) -> str:
    """Returns atoms or a quoted string where it is ASCII, else encoded words (RFC 5322, 3.2.5; RFC 2047, 5)."""
    if not _is_plain(name):
        return _encoded_words(name, room)
    if _ATOMS.fullmatch(name):
        return name
    return '"' + re.sub(r'(["\\])', r"\\\1", name) + '"'


def _is_plain(text: str) -> bool:
    """Whether it can be sent unchanged: ASCII that cannot be taken for an encoded word."""
    return bool(_PLAIN.fullmatch(text)) and "=?" not in text and len(text) <= MAX_PLAIN


def _fold(text: str, room: int) -> str:
    """Returns the text broken at single blanks so that lines fit where they can; unfolded it is the same text."""
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if len(longer) <= (room if len(lines) == 1 else MAX_LINE - 1) or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return "\n ".join(lines)


def _encoded_words(text: str, room: int) -> str:
    """Returns Base64 of UTF-8, one word a line; blanks between two of them are not part of the text (RFC 2047, 6.2)."""
    return "\n ".join(f"=?utf-8?b?{b64encode(part).decode()}?=" for part in _parts(text, room))


def _parts(text: str, room: int) -> Iterator[bytes]:
    """Yields whole characters, as many as fit into a word: `room` on the first line, a whole line less a blank on the others."""
    limit, part = _octets_that_fit(room), b""
    for letter in text:
        octets = letter.encode()
        if len(part) + len(octets) > limit:
            yield part
            limit, part = _octets_that_fit(MAX_LINE - 1), b""
        part += octets
    yield part


def _octets_that_fit(room: int) -> int:
    return (room - _WRAPPER_LENGTH) // 4 * 3
