"""Hints of doubles: precision and recall over a table of pairs (printed: pytest -s), twins, and what each sign is called."""

from collections import Counter

import pytest

from services.intake.rules.duplicate_queries import lookups
from services.intake.rules.name_similarity import compare
from services.intake.rules.search_terms import terms_of
from services.intake.rules.similarity import LIKELY, POSSIBLE, RELATIVE, hint, slips, swapped
from shared.blind_index import BlindIndex
from tests.name_pairs import Pair, pairs, person

PRECISION, RECALL = 0.94, 0.92
INDEX = BlindIndex(b"k" * 32)


def graded(one, other):
    found = hint(person(one), person(other))
    return found.grade if found else None


def told(pair: Pair) -> bool:
    found = hint(pair.one, pair.other)
    return found is not None and found.grade in (LIKELY, POSSIBLE)


def test_precision_and_recall_over_the_table():
    table = pairs()
    counted = Counter((pair.verdict == "same", told(pair)) for pair in table)
    right, missed, wrong = counted[True, True], counted[True, False], counted[False, True]
    precision, recall = right / (right + wrong), right / (right + missed)
    print(f"\n{len(table)} pairs: precision {precision:.3f}, recall {recall:.3f}")
    for pair in table:
        if told(pair) != (pair.verdict == "same"):
            print(f"  {'missed' if pair.verdict == 'same' else 'wrong'}: {pair.line}")
    assert precision >= PRECISION
    assert recall >= RECALL


@pytest.mark.parametrize("pair", pairs(), ids=lambda pair: pair.line)
def test_likeness_has_no_sides(pair):
    one, other = hint(pair.one, pair.other), hint(pair.other, pair.one)
    assert (one and (one.grade, one.score, set(one.reasons))) == (
        other and (other.grade, other.score, set(other.reasons))
    )


@pytest.mark.parametrize("pair", [pair for pair in pairs() if told(pair)], ids=lambda pair: pair.line)
def test_whoever_is_told_of_is_looked_for(pair):
    """The index leads from either to the other."""
    for one, other in ((pair.one, pair.other), (pair.other, pair.one)):
        terms = terms_of(INDEX, other, other)
        assert any(
            all(any(first <= term <= last for first, last in clause for term in terms) for clause in clauses)
            for clauses in lookups(INDEX, one)
        )


def test_twins_are_relatives_and_with_almost_one_name_possible():
    family = "/ 2015-03-03 f JP +81312345678"
    assert graded(f"Tanaka Hana {family}", f"Tanaka Saki {family}") == RELATIVE
    assert graded(f"Tanaka Kaori {family}", f"Tanaka Kaoru {family}") == POSSIBLE
    assert graded(f"Tanaka Hana {family}", f"Tanaka Hana {family}") == LIKELY
    assert graded("Tanaka Hana / 2015-03-03 f JP", "Tanaka Saki / 2015-03-03 f JP") is None


@pytest.mark.parametrize(
    ("one", "other", "reasons", "against"),
    [
        ("A Bc / 1990-01-02 m TH P:X12 H:7", "A Bc / 1990-01-02 m TH P:X12 H:07", {"same_passport", "same_hospital_number", "same_birth_date", "same_name"}, set()),
        ("Ana Silva / 1990-02-01 f BR", "Ana Silva / 1990-01-02 f BR", {"birth_date_swapped", "same_name"}, set()),
        ("Ana Silva / 1990-02-01 f BR", "Ana Silva / 1990-02-07 m BR +5511", {"birth_date_slip", "same_name"}, {"sex"}),
        ("Ana Silva / 1990 f BR", "Ana Silva / 1990-02-07 f BR", {"same_birth_year", "same_name"}, set()),
        ("Ana Silva / 1990-02-01 f BR H:9", "Eva Lima / 1981-02-01 f PT H:9", {"same_hospital_number"}, {"name", "birth_date", "nationality"}),
        ("Katherine Blake / 1990-02-01 f GB", "Kathrine Blakey / 1990-02-01 f GB", {"same_birth_date", "similar_name"}, set()),
    ],
)  # fmt: skip
def test_reasons(one, other, reasons, against):
    found = hint(person(one), person(other))
    assert (set(found.reasons), set(found.against)) == (reasons, against)


def test_dates_near_one_another():
    assert swapped("1990-02-01") == "1990-01-02"
    assert swapped("1990-01-13") is None and swapped("1990-01-01") is None
    assert {"1990-01-03", "1990-10-02", "1980-01-02", "1990-01-12"} <= slips("1990-01-02")
    assert len(slips("1990-01-02")) < 80 and "1990-01-02" not in slips("1990-01-02")


def test_names_without_a_common_script_say_nothing():
    assert compare({"latin": "Wang Wei"}, {"native": "王伟"}).score is None
    assert compare({}, {"latin": "Wang Wei"}).score is None
    assert compare({"latin": "Yamada Hanako"}, {"kana": "ヤマダ ハナコ"}).score == 1.0
