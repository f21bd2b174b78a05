"""Parses a form into a tree (`patient.name.latin`, `languages.0.tag`), and maps a fault's pointer back to its field.

Empty fields are left out, and rows after an empty row move up. Not here: validation (a Schema), rendering (templates).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from werkzeug.datastructures import MultiDict

from shared.unicode_forms import composed

HIDDEN = ("csrf", "idempotency_key", "version", "seen")
MAX_DEEP = 6
MAX_SHOWN = 200_000  # characters shown again in a rejected form: five times what the longest form takes
_ROW_DIGITS = 4  # of a row's number: a longer one is an ordinary name


@dataclass
class Typed:
    """A parsed form. `values` is what was sent, to show it again; `tree` is what a schema loads; `names` maps pointers of moved fields."""

    values: MultiDict[str, str]
    tree: dict[str, Any] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    hidden: dict[str, str] = field(default_factory=dict)

    def field_of(self, pointer: str) -> str:
        """The field of a fault: `#/languages/0/tag` is `languages.2.tag` where the rows before it were empty."""
        path = pointer.removeprefix("#").strip("/")
        steps = [unquote(step).replace("~1", "/").replace("~0", "~") for step in path.split("/")]
        for known in range(len(steps), 0, -1):  # a missing field in a row that moved
            if moved := self.names.get(".".join(steps[:known])):
                return ".".join([moved, *steps[known:]])
        return ".".join(steps)


def read_typed(form: MultiDict[str, str], lists: Iterable[str] = (), groups: Iterable[Sequence[str]] = ()) -> Typed:
    """Parses a form; names in `lists` may be sent several times and are always lists; `groups` exist even where empty."""
    many = frozenset(lists)
    values: MultiDict[str, str] = MultiDict()
    typed = Typed(values)
    raw: dict[str, Any] = {}
    for name, sent in form.items(multi=True):
        text = plain(sent)
        if name in HIDDEN:
            typed.hidden[name] = text
            continue
        values.add(name, text)
        if text.strip():
            _put(raw, name, text, name in many)
    if sum(len(name) + len(value) for name, value in values.items(multi=True)) > MAX_SHOWN:
        values.clear()
    for group in groups:
        at = raw
        for name in group:
            at = at.setdefault(name, {}) if isinstance(at, dict) else {}
    typed.tree = _closed_up(raw, "", "", typed.names)
    return typed


def plain(text: str) -> str:
    """The text with LF line ends, without NUL, in one Unicode normal form."""
    return composed(text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", ""))


def _put(raw: dict[str, Any], name: str, text: str, many: bool) -> None:
    """Adds one value. A name sent twice, or both a value and a group, becomes a list, which no plain field accepts."""
    *groups, last = name.split(".", MAX_DEEP)[:MAX_DEEP]
    at = raw
    for group in groups:
        below = at.setdefault(group, {})
        if not isinstance(below, dict):
            below = at[group] = {"": below}
        at = below
    if many:
        at.setdefault(last, []).append(text)
    else:
        at[last] = [at[last], text] if last in at else text


def _closed_up(part: Any, pointer: str, name: str, names: dict[str, str]) -> Any:
    """Turns groups numbered 0, 1, 2 … into lists; fields that moved are recorded in `names`."""
    if not isinstance(part, Mapping):
        if pointer != name:
            names[pointer] = name
        return part
    if part and all(len(key) <= _ROW_DIGITS and key.isascii() and key.isdigit() for key in part):
        numbered = sorted(part.items(), key=lambda pair: int(pair[0]))
        return [
            _closed_up(below, _join(pointer, str(place)), _join(name, key), names)
            for place, (key, below) in enumerate(numbered)
        ]
    if pointer != name:
        names[pointer] = name
    return {key: _closed_up(below, _join(pointer, key), _join(name, key), names) for key, below in part.items()}


def _join(before: str, key: str) -> str:
    return f"{before}.{key}" if before else key
