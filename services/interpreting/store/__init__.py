"""The only part that knows MongoDB: records, claims on interpreters' days, who waits, and the search of who fits."""

from services.interpreting.store.store import INDEXES, Store, booking_filter, roster_filter

__all__ = ["INDEXES", "Store", "booking_filter", "roster_filter"]
