"""Characters that turn the direction of writing around themselves (Unicode, UAX 9: embeddings, overrides, isolates and their ends).

In a name or on any other line they reach into the words beside it, and show letters in another order than they stand in: there they
are refused. Arabic and Hebrew need none of them. Marks of direction (U+200E, U+200F, U+061C) and joiners turn nothing and stay.
"""

TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
EXPECTED = "expected no invisible characters that turn the direction of writing"


def turns(text: str) -> bool:
    """Whether one of them is in it."""
    return not text.isascii() and not TURNING.isdisjoint(text)
