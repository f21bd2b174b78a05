"""The code of a certificate: 80 random bits in sixteen letters and digits that can be read over the phone (Crockford's base 32).

It is stored as a keyed hash: a look-up takes as long for a wrong code as for a right one, and a dump reveals none.
"""

import hmac

from shared.digits import closed_up

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_BYTES = 10
LENGTH = 16
MAX_TYPED = 200
"""The most characters read of a typed code; what is longer matches none."""
_MISREAD = str.maketrans("OIL", "011")


def format_code(random: bytes) -> str:
    """Returns ten random bytes as `K7Q2-9DMX-4T3B-H8WZ`."""
    number = int.from_bytes(random, "big")
    letters = "".join(ALPHABET[(number >> shift) & 31] for shift in range(5 * (LENGTH - 1), -1, -5))
    return "-".join(letters[at : at + 4] for at in range(0, LENGTH, 4))


def normalized_code(typed: str) -> str:
    """Returns a typed code without dashes and spaces, O read as 0, I and L as 1."""
    return closed_up(typed).upper().translate(_MISREAD)


def hashed_code(key: bytes, typed: str) -> str:
    """Returns the hash under which a code is stored and looked up, for any input."""
    return hmac.digest(key, normalized_code(typed[:MAX_TYPED]).encode(), "sha256").hex()
