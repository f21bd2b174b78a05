"""A form that somebody else was quicker to save: what each of the two changed, and the fields that keep both.

Compared are the fields as the form showed them at first, as they were sent, and as they are now. Not here: who saved what (a Clash).
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
    """A field that the sender changed; `now` is what it holds since, where that is something else and nobody's form began with it."""

    name: str
    mine: Sequence[str]
    now: Sequence[str] | None


@dataclass(frozen=True)
class Merged:
    """`fields` to be sent again over the present version; what the sender left as it was follows the present record."""

    fields: Sequence[tuple[str, str]]
    differences: Sequence[Difference]


def snapshot(values: Values) -> str:
    """What a form carries to know later which of its fields were changed: a digest of each field, as JSON."""
    return msgspec.json.encode({name: _digest(value) for name, value in values.items()}).decode()


def merged(sent: MultiDict[str, str], began: str, now: Values) -> Merged:
    """The sender's changes over what the record holds now. `began` is the form's snapshot; without one, every field is a change.

    Numbered rows (`languages.0.tag`, `languages.1.tag`) are one thing: rows move up where one is taken out.
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
    """The part before its number, where it has one."""
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
