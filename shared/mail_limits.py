"""Limits on e-mails requested without sign-in: per recipient, per source and overall, for an hour and a day.

They are counted by a hash or an id, never by an address. Not here: the counting (window_limits.py).
"""

from shared.window_limits import Limit

RECIPIENT = Limit("recipient", hour=5, day=10)
"""Mails to one address: enough for a person who lost a link, and few enough that a stranger cannot flood them."""
SOURCE = Limit("source", hour=30, day=100)
"""From one network address: a class of a university behind one gateway."""
OVERALL = Limit("overall", hour=300, day=2000)
"""Of the whole: what no day of applications comes near."""
AGENCY = Limit("agency", hour=600, day=5000)
"""To one contact of an agency, whose own calls make most of its mail."""
