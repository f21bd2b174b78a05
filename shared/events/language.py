"""Defines events: a frozen msgspec struct with its type, its subject kind and its consumers.

Consumers ignore unknown fields, so a schema may get new ones; publishers can only publish the fields of the struct.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The `data` of one event. `TYPE` is also its routing key: `<service>.<noun>.<what happened>.v<major>`."""

    TYPE: ClassVar[str] = ""
    SUBJECT: ClassVar[str] = ""


class Next(msgspec.Struct, frozen=True, omit_defaults=True):
    """Whose turn it is (`hospital`, `department`, `billing`, `agency`, `patient`, `guarantor`), for what, by when (RFC 3339)."""

    who: str
    what: str
    by: str | None = None


EventStruct = type[Event]  # an alias, since a field of Definition is called type


@dataclass(frozen=True)
class Definition:
    """One entry of the catalogue. `consumers` are names of services; where it is empty, `no_consumers_because` gives the reason."""

    type: str
    subject: str
    struct: EventStruct
    consumers: tuple[str, ...]
    no_consumers_because: str | None

    @property
    def service(self) -> str:
        return self.type.split(".", 1)[0]


CATALOGUE: dict[str, Definition] = {}
E = TypeVar("E", bound=type[Event])


def event(
    type_: str, *, subject: str, consumers: Iterable[str] = (), no_consumers_because: str | None = None
) -> Callable[[E], E]:
    """Registers an event in the catalogue. An event without consumers needs a reason."""

    def enter(struct: E) -> E:
        consumers_ = tuple(sorted(consumers))
        if type_ in CATALOGUE or bool(consumers_) == bool(no_consumers_because):
            raise ValueError(f"{type_}: defined twice, or without consumers and without a reason for none")
        struct.TYPE, struct.SUBJECT = type_, subject
        CATALOGUE[type_] = Definition(type_, subject, struct, consumers_, no_consumers_because)
        return struct

    return enter


def binding_keys(consumer: str) -> list[str]:
    """All event types of every subject kind of which `consumer` consumes any, so that its sequences have no gaps."""
    kinds = {(d.service, d.subject) for d in CATALOGUE.values() if consumer in d.consumers}
    return sorted(d.type for d in CATALOGUE.values() if (d.service, d.subject) in kinds)


def json_schema(struct: type[Event]) -> dict[str, Any]:
    """JSON Schema 2020-12 of one event's data."""
    return msgspec.json.schema(struct)
