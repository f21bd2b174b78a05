"""Characters that change the direction of text around them (Unicode, UAX 9: embeddings, overrides, isolates and their terminators).

In a name or any other single line they affect the adjacent text and show characters in another order: there they are rejected.
Arabic and Hebrew need none of them. Directional marks (U+200E, U+200F, U+061C) and joiners have no such effect and are allowed.
"""

TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
EXPECTED = "expected no invisible characters that turn the direction of writing"


def turns(text: str) -> bool:
    """Whether the text contains one of them."""
    return not text.isascii() and not TURNING.isdisjoint(text)
