"""The benches' own arithmetic: medians, percentiles, ratios by round, bars and the printed table."""

import math

import pytest

from tests.bench.results import Bar, Row, compared, fact, median, percentile, ratios, table


def test_median_of_odd_even_and_none() -> None:
    assert median([3, 1, 2]) == 2
    assert median([4, 1, 2, 3]) == 2.5
    assert math.isnan(median([]))


@pytest.mark.parametrize(("share", "value"), [(0.0, 1), (0.01, 1), (0.5, 50), (0.99, 99), (0.991, 100), (1.0, 100)])
def test_percentile_is_the_nearest_rank(share: float, value: int) -> None:
    assert percentile(list(range(100, 0, -1)), share) == value


def test_percentile_of_few() -> None:
    assert percentile([7.0], 0.99) == 7.0
    assert math.isnan(percentile([], 0.5))


def test_ratios_are_taken_round_by_round() -> None:
    assert ratios([10, 40], [20, 20]) == [0.5, 2.0]
    with pytest.raises(ValueError):
        ratios([1], [1, 2])


def test_a_bar_is_a_least_or_a_most() -> None:
    assert Bar(least=0.75).holds(0.75) and not Bar(least=0.75).holds(0.74)
    assert Bar(most=1.1).holds(1.1) and not Bar(most=1.1).holds(1.11)
    assert not Bar(least=0.1).holds(math.nan)
    assert str(Bar(least=1.5, aim=2.0)) == "≥ 1.5 (aim ≥ 2)"


def test_a_row_judges_the_median_of_its_ratios() -> None:
    row = compared("accept", "POST", [80, 60, 90], [100, 100, 100], "/s", Bar(least=0.75))
    assert row.ratio == 0.8 and row.holds
    assert (row.ours, row.reference) == (80, 100)
    assert row.as_json()["holds"] is True


def test_a_row_that_is_only_printed_is_not_judged() -> None:
    row = Row("scaling", "1 → 2", 1.0, 1.0, "", [1.0], Bar(least=1.6), judged=False)
    assert row.holds is None
    assert "printed only" in table([row])


def test_a_fact_holds_or_not() -> None:
    assert fact("scaling", "order", True).holds and not fact("scaling", "order", False).holds


def test_the_table_lines_up() -> None:
    rows = [fact("a", "x", True), compared("longer name", "y", [1234.5], [1000], "/s", Bar(most=2))]
    lines = table(rows).splitlines()
    assert len({len(line) for line in lines}) == 1
    assert "1,234 /s" in lines[3] or "1,235 /s" in lines[3]
