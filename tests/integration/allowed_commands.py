"""What a refusal calls `allowed`, held to its word for one kind of resource: used by the inventory of every service.

Every command of the resource is given to a fresh one in the same state. Those that are not refused for the state are exactly those
that each refusal names; each has an address, and answers the whole resource as the same reader gets it, under the same ETag.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from tests.etags import version

Ask = Callable[[str, str, Any], TestResponse]


@dataclass(frozen=True)
class Commanded:
    """A kind of resource: its address in `app` as its route has it, and how somebody with every right over it asks.

    `beside`: addresses below it that depend on no state of it. `bodies`: what each command needs. `read_alone`: fields that a GET
    looks up besides. `turns`: by what `next` asks for, the commands of this resource of which one does it; none, where nothing here does.
    """

    app: Flask
    rule: str
    ask: Ask
    bodies: Mapping[str, Any] = field(default_factory=dict)
    beside: frozenset[str] = frozenset()
    read_alone: frozenset[str] = frozenset()
    turns: Mapping[str, frozenset[str]] | None = None

    @property
    def addresses(self) -> set[str]:
        """The last parts of all addresses right below it that take a POST."""
        path = re.compile(re.escape(self.rule) + r"/([a-z-]+)\Z")
        found = (path.match(rule.rule) for rule in self.app.url_map.iter_rules() if "POST" in (rule.methods or ()))
        return {match[1] for match in found if match}

    def at(self, id_: str) -> str:
        return re.sub(r"<[a-z_]+>\Z", id_, self.rule)


def check_state(kind: Commanded, make: Callable[[], str], named: set[str] | None = None) -> set[str]:
    """What is allowed in the state of what `make` makes; `named`: what the resource itself says, where it does."""
    commands = kind.addresses - kind.beside
    assert commands and not kind.beside - kind.addresses, f"{kind.rule}: {kind.addresses}"
    refused: dict[str, list[str]] = {}
    for command in sorted(commands):
        here = kind.at(make())
        answer = kind.ask("POST", f"{here}/{command}", kind.bodies.get(command))
        if answer.status_code == 409 and "allowed" in answer.json:
            refused[command] = answer.json["allowed"]
        else:
            _check_answer(kind, here, command, answer)
    allowed = commands - set(refused)
    for command, told in refused.items():
        assert set(told) == allowed and len(told) == len(set(told)), (command, told, allowed)
    if named is not None:
        assert named == allowed
    _check_turn(kind, make, allowed)
    return allowed


def _check_answer(kind: Commanded, here: str, command: str, answer: TestResponse) -> None:
    if answer.status_code == 409:
        return  # refused for something else than its state
    assert answer.status_code in (200, 201, 202), (command, answer.status_code, answer.text)
    address = answer.headers["Location"] if answer.status_code == 201 else here
    read = kind.ask("GET", address, None)
    assert read.status_code == 200, (command, address, read.text)
    whole = {name: value for name, value in read.json.items() if name not in kind.read_alone}
    assert answer.json == whole, command
    same = version if kind.read_alone else lambda one: one.headers.get("ETag")
    assert same(answer) == same(read), command


def _check_turn(kind: Commanded, make: Callable[[], str], allowed: set[str]) -> None:
    if kind.turns is None:
        return
    what = kind.ask("GET", kind.at(make()), None).json["next"]["what"]
    does = kind.turns[what]
    assert does <= kind.addresses and (not does or does & allowed), (what, allowed)
