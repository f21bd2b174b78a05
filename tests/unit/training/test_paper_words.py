"""Papers in words: every state, reason, owner and field a rule can name has its word in both languages."""

import re
from pathlib import Path

import pytest

from services.training.rules import programmes, requirements, validity
from services.training.schemas.applications import REJECT_REASONS, WITHDRAW_REASONS
from services.training.schemas.forms_public import QUESTIONS
from services.training.schemas.parts import PROFESSIONS, SEXES
from shared.ui.catalogue import LANGUAGES, read_words

WORDS = Path(__file__).parents[3] / "services" / "training" / "words"
RULES = "".join(Path(one.__file__).read_text("utf-8") for one in (requirements, validity))


def coded(beginning: str, codes: object) -> set[str]:
    return {f"{beginning}.{code}" for code in codes}  # type: ignore[attr-defined]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_a_rule_can_say_has_a_word(language: str) -> None:
    reasons = set(re.findall(r'Reason\(\s*"(\w+)"', RULES)) - {"date_missing"}
    dated = set(re.findall(r'_unknown\("(\w+)"\)', RULES))
    assert {"too_old", "doses_missing", "out_of_season"} <= reasons and dated == {
        "issued_on",
        "valid_from",
        "valid_until",
    }
    wanted = coded("paper.reason", reasons) | coded("paper.date_missing", dated)
    wanted |= coded("paper.state", requirements.STATES) | coded("paper.told", requirements.STATES)
    wanted |= coded("paper.owner", set(requirements.OWNERS) - {"applicant"}) | coded("kind", programmes.KINDS)
    wanted |= coded("profession", PROFESSIONS)
    wanted |= coded("apply.rejected", REJECT_REASONS) | coded("apply.reason", WITHDRAW_REASONS)
    wanted |= coded("apply.question", QUESTIONS) | coded("apply.sex", SEXES)
    assert wanted - set(read_words(WORDS / f"{language}.toml")) == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_an_applicant_is_shown_has_its_sentence(language: str) -> None:
    from services.training.rules.states import STATES

    assert coded("apply.stands_undated", STATES) - set(read_words(WORDS / f"{language}.toml")) == set()
