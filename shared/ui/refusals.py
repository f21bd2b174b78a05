"""A form that came back: what was typed, what is wrong where. And a clash: who changed what meanwhile. Plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.ui.typed import Typed


@dataclass
class Refused:
    """`action` is the path it was posted to; `faults` by field, in words; `general` is about the whole."""

    action: str
    typed: Typed
    faults: dict[str, str] = field(default_factory=dict)
    general: str | None = None


@dataclass(frozen=True)
class Change:
    """One thing somebody did since the form was opened; `who` as people know them, `what` in the reader's language."""

    when: datetime
    who: str
    what: str


@dataclass(frozen=True)
class Clash:
    """What a `clash` function gives: the changes, the version there is now, and where theirs is to be seen."""

    changes: Sequence[Change]
    version: int
    theirs: str


class Form:
    """A form as a template fills it: what was typed where it came back, else the values there are."""

    def __init__(
        self,
        action: str,
        values: Mapping[str, Any] | None,
        version: int | None,
        open_: bool,
        refused: Refused | None,
        id_: str,
    ) -> None:
        self.action, self.open, self.id = action, open_, id_
        self.refused = refused if refused and refused.action == action.partition("?")[0] else None
        self._values = values or {}
        sent = self.refused.typed.hidden.get("version") if self.refused else None
        self.version = sent if sent is not None else version
        self.faults = self.refused.faults if self.refused else {}
        self.labels: dict[str, str] = {}

    def id_of(self, name: str) -> str:
        return f"{self.id}-{name}".replace(".", "-")

    def called(self, name: str, label: str) -> str:
        """Notes what a field is called, for the summary of faults; gives the label."""
        self.labels[name] = label
        return label

    def value(self, name: str) -> str:
        """What stands in the field."""
        if self.refused:
            return self.refused.typed.values.get(name, "")
        found = self._value(name)
        return "" if found is None else str(found)

    def chosen(self, name: str, option: str) -> bool:
        """Whether this option of a choice, or a box, is the one."""
        if self.refused:
            return option in self.refused.typed.values.getlist(name)
        found = self._value(name)
        if isinstance(found, bool):
            return found
        return str(option) in [str(one) for one in found] if isinstance(found, list | tuple | set) else found == option

    def _value(self, name: str) -> Any:
        if name in self._values:
            return self._values[name]
        at: Any = self._values
        for step in name.split("."):
            if isinstance(at, Mapping):
                at = at.get(step)
            elif isinstance(at, list | tuple) and step.isdigit() and int(step) < len(at):
                at = at[int(step)]
            else:
                return None
        return at
