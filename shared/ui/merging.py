"""Merges a form with another person's change saved before it: what each of the two changed, and the fields that combine both.

It compares the fields as the form first showed them, as they were sent, and as they are now. Not here: who saved what (a Clash).
"""

from base64 import b85encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import takewhile

import msgspec
from werkzeug.datastructures import MultiDict

Values = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Difference:
    """A field that the sender changed; `now` is its current value where that is another, and not the one the form began with."""

    name: str
    mine: Sequence[str]
    now: Sequence[str] | None


@dataclass(frozen=True)
class Merged:
    """The merge: `fields` to send again over the current version; fields that the sender did not change have the current value."""

    fields: Sequence[tuple[str, str]]
    differences: Sequence[Difference]


def snapshot(values: Values) -> str:
    """The snapshot that a form carries to find later which of its fields were changed: a digest of each field, as JSON."""
    return msgspec.json.encode({name: _digest(value) for name, value in values.items()}).decode()


def merged(sent: MultiDict[str, str], began: str, now: Values) -> Merged:
    """Applies the sender's changes to the current record. `began` is the form's snapshot; without one, every field is a change.

    Numbered rows (`languages.0.tag`, `languages.1.tag`) are merged as one group: rows move up where one is removed.
    """
    first = _read(began)
    names = list(dict.fromkeys([*now, *sent]))
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(_group(name), []).append(name)
    fields: list[tuple[str, str]] = []
    differences: list[Difference] = []
    for group in groups.values():
        changed = [name for name in group if _digest(sent.getlist(name)) != first.get(name, _NOTHING)]
        known = all(name in now for name in group)
        for name in group:
            taken = sent.getlist(name) if changed or not known else now[name]
            fields += [(name, value) for value in taken]
        for name in changed:
            present = now.get(name, ())
            moved = known and _digest(present) not in (first.get(name, _NOTHING), _digest(sent.getlist(name)))
            differences.append(Difference(name, sent.getlist(name), present if moved else None))
    return Merged(fields, differences)


def _group(name: str) -> str:
    """The part of a field's name before its row number, where it has one."""
    return ".".join(takewhile(lambda step: not step.isdigit(), name.split(".")))


def _digest(values: Sequence[str]) -> str:
    plain = "\0".join(value.replace("\r\n", "\n").strip() for value in values if value.strip())
    return b85encode(blake2b(plain.encode(), digest_size=8).digest()).decode()


_NOTHING = _digest(())


def _read(text: str) -> dict[str, str]:
    try:
        return msgspec.json.decode(text, type=dict[str, str])
    except msgspec.MsgspecError:
        return {}
