"""Parses references as people say and type them: with or without dashes, with O for zero, without the check character."""

import re
from dataclasses import dataclass

from stdnum.iso7064 import mod_37_36

LIKE_DIGITS = str.maketrans("OILSBZ", "011582")
MISREAD = {
    "0": "O",
    "O": "0",
    "1": "I",
    "I": "1L",
    "L": "1",
    "5": "S",
    "S": "5",
    "8": "B",
    "B": "8",
    "2": "Z",
    "Z": "2",
}
_SHAPE = re.compile(r"(R?)([0-9OILSBZ]{2})([0-9OILSBZ]{5,7})([0-9A-Z]?)\Z")
_DASHED = re.compile(r"R?[- ]*\w{2}[- ]+\w{5,7}([- ]+\w)?\Z", re.IGNORECASE)
MIN_DIGITS = 4


@dataclass(frozen=True)
class Reference:
    """`text` is the reference as printed, empty if the check character matches no reading; `certain`: the text can be nothing else."""

    text: str
    certain: bool


def read_reference(typed: str) -> Reference | None:
    """Returns the reference a text means, or None where it does not look like one. Digits alone may mean something else."""
    compact = re.sub(r"[\s.\-]", "", typed).upper()
    found = _SHAPE.match(compact)
    if not found or sum(letter.isdigit() for letter in compact) < MIN_DIGITS:
        return None
    certain = bool(found[1]) or bool(_DASHED.match(typed))
    for body, check in _readings(compact.removeprefix("R")):
        if mod_37_36.is_valid(body + check):
            return Reference(f"R-{body[1:3]}-{body[3:]}-{check}", certain)
    return Reference("", True) if certain and found[1] else None


def _readings(text: str) -> list[tuple[str, str]]:
    """Returns pairs of (body, check character): as typed, as misread, and, if the check character is missing, the right one."""
    body = "R" + text[:-1].translate(LIKE_DIGITS)
    readings = [(body, check) for check in (text[-1], *MISREAD.get(text[-1], ""))] if len(body) >= 8 else []
    if len(text) == 7:
        whole = "R" + text.translate(LIKE_DIGITS)
        readings.append((whole, mod_37_36.calc_check_digit(whole)))
    return readings
