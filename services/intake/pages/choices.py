"""What can be chosen in forms of a case, as (code, word) in the reader's language; by the names the words have below `code.`"""

from collections.abc import Callable, Iterable, Sequence

from services.intake.rules import documents, needs, values
from shared import languages as spoken
from shared import places
from shared.named import Names, NotNamed
from shared.ui.names import country_name, language_name
from shared.ui.shell import page, t

LISTS: dict[str, Sequence[str]] = {
    "decline": values.DECLINE_REASONS,
    "cancel": values.CANCEL_REASONS,
    "wanted_by": values.WANTED_BY,
    "outcome": values.OUTCOMES,
    "document": documents.KINDS,
    "reader": documents.READERS[1:],
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


def languages(used: Iterable[str] = ()) -> list[tuple[str, str]]:
    """(tag, name) in order of their names; those of a case are among them whatever they are."""
    reader = page().reader.language
    return sorted(
        ((tag, language_name(tag, reader)) for tag in {*spoken.SPOKEN, *used}), key=lambda pair: pair[1].casefold()
    )


def nearest(field: str, typed: str) -> list[str]:
    """Names of what a text may have been meant for, in a field that takes whole names; empty where it is one, or nothing is near."""
    reader = page().reader.language
    kinds: dict[str, tuple[Callable[[], Names], Callable[[str, str], str]]] = {
        "nationality": (places.nationality_names, country_name),
        "country": (places.issuer_names, country_name),
        "tag": (spoken.typed_names, language_name),
    }
    names, name = kinds[field.rpartition(".")[2]]
    try:
        names().find(typed)
    except NotNamed as error:
        return [name(code, reader) for code in error.nearest]
    return []
