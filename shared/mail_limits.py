"""How many e-mails may leave because somebody asked who need not be known: per recipient, per source and overall, an hour and a day.

What is counted by is a hash or an id, never an address. Not here: how it is counted (window_limits.py).
"""

from shared.window_limits import Limit

RECIPIENT = Limit("recipient", hour=5, day=10)
"""To one address: what somebody needs who lost a link, and no more than they can bear from a stranger."""
SOURCE = Limit("source", hour=30, day=100)
"""From one network address: a class of a university behind one gateway."""
OVERALL = Limit("overall", hour=300, day=2000)
"""Of the whole: what no day of applications comes near."""
AGENCY = Limit("agency", hour=600, day=5000)
"""To one contact of an agency, whose own calls make most of its mail."""
