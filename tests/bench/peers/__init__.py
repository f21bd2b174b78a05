"""What the application is measured against: the same work done by well-known libraries, as their manuals show it.

Not here: an outbox, single effect, order per subject. None of them has these; that is the point of the comparison.
"""
