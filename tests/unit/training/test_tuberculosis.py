"""Who needs a certificate of the screening before entry: the packaged table, and tables that ministries have changed."""

from copy import deepcopy
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.training.rules.documents.tuberculosis import certificate_needed, screening_table

TABLE = screening_table()


def needed(nationality: str, residence: str | None, first: str, last: str, **more: Any) -> tuple[str, str]:
    need = certificate_needed(
        nationality, residence, date.fromisoformat(first), date.fromisoformat(last), TABLE, **more
    )
    return need.state, need.reason


@pytest.mark.parametrize(
    ("nationality", "residence", "first", "last", "expected"),
    [
        pytest.param("PH", "PH", "2027-01-01", "2027-04-01", ("not_needed", "short_stay"), id="three months from the landing, 91 days"),
        pytest.param("PH", "PH", "2027-01-01", "2027-04-02", ("needed", "target_country"), id="a day longer than three months"),
        pytest.param("PH", "PH", "2027-07-01", "2027-10-01", ("not_needed", "short_stay"), id="three months of 93 days"),
        pytest.param("PH", "PH", "2027-07-01", "2027-10-02", ("needed", "target_country"), id="a day longer in autumn"),
        pytest.param("NP", "NP", "2027-02-01", "2027-05-01", ("not_needed", "short_stay"), id="three months of 90 days"),
        pytest.param("NP", "NP", "2027-02-01", "2027-05-02", ("needed", "target_country"), id="91 days are more than three months from February"),
        pytest.param("VN", "VN", "2026-11-30", "2027-02-28", ("not_needed", "short_stay"), id="to the last of February"),
        pytest.param("VN", "VN", "2026-11-30", "2027-03-01", ("needed", "target_country"), id="beyond the last of February"),
        pytest.param("VN", "VN", "2027-11-30", "2028-02-29", ("not_needed", "short_stay"), id="to the last of a leap February"),
        pytest.param("PH", "PH", "2027-01-01", "2027-03-31", ("not_needed", "short_stay"), id="Philippines, 90 days"),
        pytest.param("PH", None, "2027-01-01", "2027-06-30", ("needed", "target_country"), id="residence not known"),
        pytest.param("PH", "SG", "2027-01-01", "2027-06-30", ("not_needed", "lives_elsewhere"), id="lives in Singapore"),
        pytest.param("PH", "VN", "2027-01-01", "2027-06-30", ("needed", "target_country"), id="lives in another target country"),
        pytest.param("PH", "CN", "2027-01-01", "2027-06-30", ("needed", "target_country"), id="lives in an announced one"),
        pytest.param("PH", "PH", "2025-06-23", "2025-12-31", ("needed", "target_country"), id="Philippines, the first day"),
        pytest.param("PH", "PH", "2025-06-22", "2025-12-31", ("not_needed", "before_start"), id="Philippines, the day before"),
        pytest.param("NP", "NP", "2025-06-23", "2025-12-31", ("needed", "target_country"), id="Nepal, the first day"),
        pytest.param("NP", "NP", "2025-06-22", "2025-12-31", ("not_needed", "before_start"), id="Nepal, the day before"),
        pytest.param("VN", "VN", "2025-09-01", "2025-12-31", ("needed", "target_country"), id="Viet Nam, the first day"),
        pytest.param("VN", "VN", "2025-08-31", "2025-12-31", ("not_needed", "before_start"), id="Viet Nam, the day before"),
        pytest.param("ID", "ID", "2027-02-01", "2027-12-31", ("announced", "date_open"), id="Indonesia, date not verified"),
        pytest.param("MM", "MM", "2027-02-01", "2027-12-31", ("announced", "date_open"), id="Myanmar"),
        pytest.param("CN", "CN", "2027-02-01", "2027-12-31", ("announced", "date_open"), id="China"),
        pytest.param("CN", "CN", "2027-02-01", "2027-02-28", ("not_needed", "short_stay"), id="China, a month"),
        pytest.param("TH", "TH", "2027-02-01", "2027-12-31", ("not_needed", "other_country"), id="Thailand"),
        pytest.param("TH", "PH", "2027-02-01", "2027-12-31", ("not_needed", "other_country"), id="a Thai who lives in the Philippines"),
        pytest.param("VN", "VN", "2028-01-01", "2028-03-31", ("not_needed", "short_stay"), id="91 days by 29 February are three months"),
    ],
)  # fmt: skip
def test_who_needs_one(nationality: str, residence: str, first: str, last: str, expected: tuple[str, str]) -> None:
    assert needed(nationality, residence, first, last) == expected


def test_the_day_of_the_application_counts_where_it_is_known() -> None:
    assert needed("VN", "VN", "2025-10-01", "2026-03-31", applied_on=date(2025, 8, 31)) == (
        "not_needed",
        "before_start",
    )
    assert needed("VN", "VN", "2025-10-01", "2026-03-31", applied_on=date(2025, 9, 1)) == ("needed", "target_country")


def test_exempt_schemes() -> None:
    assert needed("VN", "VN", "2027-01-01", "2027-12-31", scheme="jica_trainee") == ("not_needed", "exempt_scheme")
    assert needed("VN", "VN", "2027-01-01", "2027-12-31", scheme="our_own_grant") == ("needed", "target_country")


def test_a_date_once_verified_makes_it_a_duty() -> None:
    table = deepcopy(dict(TABLE))
    table["countries"]["ID"]["verified"] = True
    first, last = date(2027, 1, 4), date(2027, 12, 31)
    assert certificate_needed("ID", "ID", first, last, table).state == "needed"
    assert certificate_needed("ID", "ID", date(2027, 1, 3), last, table).reason == "before_start"


def test_every_line_says_where_it_is_from() -> None:
    lines = [
        TABLE["scheme"],
        TABLE["certificate"],
        TABLE["residence"],
        *TABLE["countries"].values(),
        *TABLE["exempt"].values(),
    ]
    assert all(line["source"].startswith("https://") and isinstance(line["verified"], bool) for line in lines)
    need = certificate_needed("ID", "ID", date(2027, 2, 1), date(2027, 12, 31), TABLE)
    assert (need.since, need.verified, need.as_of) == (date(2027, 1, 4), False, TABLE["as_of"])


@given(
    st.sampled_from(["PH", "NP", "VN", "ID", "MM", "CN", "TH", "JP"]),
    st.dates(date(2024, 1, 1), date(2030, 1, 1)),
    st.dates(date(2024, 1, 1), date(2030, 1, 1)),
)
def test_not_needed_never_has_a_day_that_has_come(nationality: str, first: date, last: date) -> None:
    need = certificate_needed(nationality, None, first, last, TABLE)
    if need.state == "not_needed":
        assert need.since is None or need.since > first
