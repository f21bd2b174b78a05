"""What can be chosen in forms of a case, as (code, word) in the reader's language; by the names the words have below `code.`"""

from collections.abc import Iterable, Sequence

from services.intake.rules import needs, papers, values
from shared.ui import page, t
from shared.ui.names import language_name

LISTS: dict[str, Sequence[str]] = {
    "decline": values.DECLINE_REASONS,
    "cancel": values.CANCEL_REASONS,
    "wanted_by": values.WANTED_BY,
    "outcome": values.OUTCOMES,
    "paper": papers.KINDS,
    "reader": papers.READERS[1:],
    "modality": values.MODALITIES,
    "kind": values.VISIT_KINDS,
    "provider": needs.PROVIDERS,
    "gender": values.GENDERS,
    "for": values.INTERPRET_FOR,
    "sex": values.SEXES,
    "level": values.LEVELS,
    "residence": values.RESIDENCES,
    "urgency": values.URGENCIES,
    "payer": values.PAYERS,
}


def codes() -> dict[str, list[tuple[str, str]]]:
    """All of them."""
    return {name: [(code, t(f"code.{name}.{code}")) for code in known] for name, known in LISTS.items()}


# Languages that patients in Japan speak most (Immigration Services Agency, statistics of foreign residents, by nationality), and sign languages.
SPOKEN = (
    "ja", "en", "zh-Hans", "zh-Hant", "yue", "nan", "ko", "vi", "th", "ne", "pt", "es", "id", "ms", "fil", "my", "km", "lo", "mn", "si",
    "ta", "te", "hi", "bn", "ur", "pa", "fa", "ps", "ar", "tr", "uz", "kk", "ru", "uk", "fr", "de", "it", "nl", "pl", "ro", "sw", "am",
    "jsl", "ase",
)  # fmt: skip


def languages(used: Iterable[str] = ()) -> list[tuple[str, str]]:
    """(tag, name) in order of their names; those of a case are among them whatever they are."""
    reader = page().reader.language
    return sorted(((tag, language_name(tag, reader)) for tag in {*SPOKEN, *used}), key=lambda pair: pair[1].casefold())
