"""Rejected forms (what was typed, which faults at which fields) and conflicts (who changed what meanwhile), as plain values."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.ui.merging import snapshot
from shared.ui.typed import Typed, plain


@dataclass
class Refused:
    """A rejected form. `action` is the path it was posted to; `faults` are texts by field; `general` are texts about the whole form.

    `explained`: a form on the page lists the faults. Where none does, `general` lists them, so that no rejection is silent.
    """

    action: str
    typed: Typed
    faults: dict[str, str] = field(default_factory=dict)
    general: list[str] = field(default_factory=list)
    explained: bool = False


@dataclass(frozen=True)
class Change:
    """One change since the form was opened; `who` is the person's display name, `what` a text in the reader's language.

    `event` is the noun and verb of its event, `about` the id of the part of the record that it concerns.
    """

    when: datetime
    who: str
    what: str
    event: str = ""
    about: str = ""


@dataclass(frozen=True)
class Clash:
    """The result of a `clash` function: the changes, the current version, and the address where the changed record is shown."""

    changes: Sequence[Change]
    version: int
    theirs: str

    def recorded(self, event: str, about: Collection[str] = ()) -> Change | None:
        """The change that already did what the form would do: the last one of the event's noun, where it is the same event.

        `about` are ids in the form's path; changes of other parts of the record do not count.
        """
        noun = event.partition(".")[0] + "."
        ours = [
            each for each in self.changes if each.event.startswith(noun) and (not each.about or each.about in about)
        ]
        return ours[-1] if ours and ours[-1].event == event else None


class Form:
    """A form that a template renders: with the typed values where it was rejected, else with the record's.

    `also` are the addresses of its buttons that are posted elsewhere (`formaction`).
    """

    def __init__(
        self,
        action: str,
        values: Mapping[str, Any] | None,
        version: int | None,
        open_: bool,
        refused: Refused | None,
        id_: str,
        also: Sequence[str] = (),
    ) -> None:
        self.action, self.open, self.id = action, open_, id_
        self.refused = refused if refused and refused.action in (self.path, *also) else None
        self._values = values or {}
        sent = self.refused.typed.hidden.get("version") if self.refused else None
        self.version = sent if sent is not None else version
        self.faults = self.refused.faults if self.refused else {}
        self.labels: dict[str, str] = {}
        self.words: dict[str, dict[str, str]] = {}
        self.shown: dict[str, list[str]] = {}

    @property
    def path(self) -> str:
        """The path it is posted to, without the query."""
        return self.action.partition("?")[0]

    @property
    def seen(self) -> str | None:
        """The snapshot sent along with a form over a version, to find later what was changed in it."""
        if self.refused:
            return self.refused.typed.hidden.get("seen")
        return snapshot(self.shown) if self.version is not None and self._values else None

    def explains(self) -> dict[str, str]:
        """The faults for the summary on top of the form: in the order of its fields, then those of no field."""
        if self.refused and self.faults:
            self.refused.explained = True
        order = {name: at for at, name in enumerate(self.labels)}
        return dict(sorted(self.faults.items(), key=lambda fault: order.get(fault[0], len(order))))

    def id_of(self, name: str) -> str:
        return f"{self.id}-{name}".replace(".", "-")

    def called(self, name: str, label: str) -> str:
        """Records a field's label for the summary of faults and returns it."""
        self.labels[name] = label
        return label

    def value(self, name: str) -> str:
        """The field's value."""
        self._begins(name)
        if self.refused:
            return self.refused.typed.values.get(name, "")
        found = self._value(name)
        return "" if found is None else str(found)

    def chosen(self, name: str, option: str) -> bool:
        """Whether this option of a choice, or a checkbox, is selected."""
        self._begins(name)
        if self.refused:
            return option in self.refused.typed.values.getlist(name)
        found = self._value(name)
        if found is None or isinstance(found, bool):
            return bool(found)
        return str(option) in map(str, found) if isinstance(found, list | tuple | set) else str(found) == str(option)

    def offers(self, name: str, options: Iterable[tuple[Any, str]], empty: bool) -> list[tuple[str, str]]:
        """Records the labels of a choice and returns its options; without an `empty` one a browser always sends at least the first."""
        listed = [(str(value), word) for value, word in options]
        self.words[name] = dict(listed)
        self._begins(name)
        if listed and not empty and not set(self.shown[name]) & self.words[name].keys():
            self.shown[name] = [listed[0][0]]
        return listed

    def said(self, name: str, values: Iterable[str]) -> str:
        """The typed or chosen values as the page shows them."""
        return ", ".join(self.words.get(name, {}).get(value, value) for value in values)

    def _begins(self, name: str) -> None:
        if name not in self.shown:
            self.shown[name] = _as_sent(self._value(name))

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


def _as_sent(value: Any) -> list[str]:
    """A value as a browser sends it back unchanged."""
    if value is None or value is False:
        return []
    if value is True:
        return ["on"]
    return [
        plain(str(one)) for one in (value if isinstance(value, list | tuple | set) else [value]) if str(one).strip()
    ]
