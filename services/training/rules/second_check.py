"""The second question to an applicant, asked before anything is shown that identifies them: which it is, and whether an answer is right."""

import unicodedata

from services.training.rules.records.applicants import ApplicantData
from shared.eras import typed_day
from shared.unicode_forms import normalized

BIRTH_DATE, FAMILY_NAME, PASSPORT, PHONE = QUESTIONS = ("birth_date", "family_name", "passport", "phone")
FAMILY_LETTERS = 2
"""A family name with fewer letters proves nothing: the whole name is asked."""
PARTICLES = frozenset({"al", "bin", "binti", "da", "das", "de", "del", "dela", "della", "den", "der", "di", "do", "dos", "du", "el", "la", "le", "van", "von"})  # fmt: skip
"""Words of family names that are no family name by themselves."""
PHONE_DIGITS = 6


def question(body: ApplicantData) -> str | None:
    """Returns the question, from what the record has: the birth date, else the family name, else a number; None where it has none of these."""
    if body.get("birth_date"):
        return BIRTH_DATE
    if _forms(body):
        return FAMILY_NAME
    if _plain((body.get("passport") or {}).get("number")):
        return PASSPORT
    return PHONE if len(_digits(body.get("phone"))) >= PHONE_DIGITS else None


def is_right(body: ApplicantData, typed: str) -> bool:
    """Whether this answers the question; a name counts in any of its scripts, with or without accents."""
    kind = question(body)
    if kind == BIRTH_DATE:
        day = typed_day(typed)
        return day is not None and day.isoformat() == body["birth_date"]
    if kind == FAMILY_NAME:
        return any(_names(form, typed) for form in _forms(body))
    if kind == PASSPORT:
        return _plain(typed) == _plain(body["passport"]["number"])
    digits = _digits(typed).lstrip("0")
    return kind == PHONE and len(digits) >= PHONE_DIGITS and _digits(body["phone"]).endswith(digits)


def _forms(body: ApplicantData) -> list[str]:
    """Returns the whole name in each script; the preferred name, and one of a single letter, only where there is no other."""
    written = {script: str(name) for script, name in (body.get("name") or {}).items() if _plain(name)}
    whole = [name for script, name in written.items() if script != "preferred"] or list(written.values())
    return [name for name in whole if len(_plain(name)) > 1] or whole


def _names(form: str, typed: str) -> bool:
    """Whether it is the whole family name, where the form shows which part that is, else all words of the form, in any order; initials may be
    left out."""
    answer, family = _plain(typed), _family(form)
    if answer in {_plain(word) for word in family}:
        return True
    return answer == _plain(form) or _weighty(typed) == _weighty(form)


def _weighty(name: str) -> list[str]:
    words = sorted(filter(None, map(_plain, _parted(name))))
    longer = [word for word in words if len(word) > 1 or not _is_alphabet(word)]
    return longer if len(longer) > 1 else words


def _family(form: str) -> set[str]:
    """Returns the family name where the form shows it: before a comma, in capitals, or the first of two words of a script without capitals."""
    before, comma, after = form.replace("、", ",").replace("，", ",").partition(",")
    words = form.split()
    if comma and _plain(after):
        found = {before}
    elif not _is_alphabet(form):
        found = {words[0]} if len(words) > 1 else set()
    else:
        found = _capitals(words)
    return {name for name in found if len(_plain(name)) >= FAMILY_LETTERS and not _is_particles(name)}


def _capitals(words: list[str]) -> set[str]:
    """Returns words in capitals beside others that are not, with and without the particles before them: NGUYEN Thi Hoa, Jan van der BERG."""
    large = [at for at, word in enumerate(words) if word.isupper() and len(_plain(word)) > 1]
    others = [word for word in words if not word.isupper() and not _is_particles(word)]
    if not large or not others or large != list(range(large[0], large[-1] + 1)):
        return set()
    first = large[0]
    while first and _is_particles(words[first - 1]):
        first -= 1
    return {" ".join(words[start : large[-1] + 1]) for start in (first, large[0])}


def _is_particles(name: str) -> bool:
    return all(_plain(word) in PARTICLES for word in name.split())


def _parted(name: str) -> list[str]:
    return name.replace(",", " ").replace("、", " ").replace("，", " ").split()


def _plain(text: object) -> str:
    """Returns only letters and digits, without accents, width, case, and with one kind of kana."""
    parted = normalized("NFKD", str(text or "")).casefold()
    return "".join(_hiragana(letter) for letter in parted if unicodedata.category(letter)[0] in "LN")


def _hiragana(letter: str) -> str:
    return chr(ord(letter) - 0x60) if "ァ" <= letter <= "ヶ" else letter


def _is_alphabet(word: str) -> bool:
    """Whether it is of a script with capitals or similar: all but Han, Hangul and kana."""
    return not any(
        unicodedata.name(letter, "").startswith(("CJK", "HANGUL", "HIRAGANA", "KATAKANA", "HALFWIDTH KATAKANA"))
        for letter in word
    )


def _digits(text: object) -> str:
    return "".join(
        str(unicodedata.digit(letter)) for letter in str(text or "") if unicodedata.digit(letter, None) is not None
    )
