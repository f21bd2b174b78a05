"""The only part of training that knows MongoDB: programmes and applications as records, guards of places, papers' contents, copies."""

from services.training.store.indexes import INDEXES
from services.training.store.store import Store, application_filter

__all__ = ["INDEXES", "Store", "application_filter"]
