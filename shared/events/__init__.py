"""The published language: one file per publisher. Importing this package fills the catalogue."""

from shared.events import accounts, intake, interpreting, notify, partners, training  # noqa: F401 - each registers its events
from shared.events.language import CATALOGUE, Event, Next, binding_keys, event, json_schema

__all__ = ["CATALOGUE", "Event", "Next", "binding_keys", "event", "json_schema"]
