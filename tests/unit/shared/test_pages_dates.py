"""Days, times, ages as pages show them."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from shared.ui import dates, names

TOKYO, PARIS = ZoneInfo("Asia/Tokyo"), ZoneInfo("Europe/Paris")
MOMENT = datetime(2026, 11, 22, 15, 5, tzinfo=UTC)


def test_a_day_in_both_languages() -> None:
    assert dates.day(date(2026, 11, 23), "ja") == "2026年11月23日(月)"
    assert dates.day(date(2026, 11, 23), "en") == "Mon 23 Nov 2026"
    assert dates.day(MOMENT, "ja", TOKYO, year=False) == "11月23日(月)"
    assert dates.day(MOMENT, "en", PARIS) == "Sun 22 Nov 2026"


def test_times_have_24_hours_and_name_their_zone_where_asked() -> None:
    assert dates.when(MOMENT, "ja", TOKYO) == "2026年11月23日(月) 00:05"
    assert dates.when(MOMENT, "ja", TOKYO, named=True) == "2026年11月23日(月) 00:05 (日本標準時)"
    assert dates.when(MOMENT, "en", PARIS, named=True).endswith("16:05 (Central European Standard Time)")


def test_a_period_names_the_second_day_only_where_it_is_another() -> None:
    end = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)
    assert dates.period(MOMENT, end, "en", TOKYO) == "Mon 23 Nov 2026 00:05–01:00"
    assert dates.period(datetime(2026, 11, 22, 14, tzinfo=UTC), end, "en", TOKYO).endswith(
        "23:00 – Mon 23 Nov 2026 01:00"
    )
    assert dates.period(MOMENT, None, "ja", TOKYO) == "2026年11月23日(月) 00:05"


@pytest.mark.parametrize(
    ("kept", "ja", "en"),
    [
        ("1961-04-02", "1961年4月2日", "2 Apr 1961"),
        ("1961", "1961年", "1961"),
        ("1961-04", "1961年4月", "Apr 1961"),
        ("unknown",) * 3,
    ],
)
def test_birth_dates_may_be_known_in_part(kept: str, ja: str, en: str) -> None:
    assert (dates.partial_day(kept, "ja"), dates.partial_day(kept, "en")) == (ja, en)


def test_age_turns_on_the_birthday() -> None:
    assert dates.age("1990-11-23", date(2026, 11, 22)) == 35
    assert dates.age("1990-11-23", date(2026, 11, 23)) == 36
    assert dates.age("1990", date(2026, 11, 23)) is None


def test_names_of_languages_and_countries() -> None:
    assert (names.language_name("th", "ja"), names.language_name("zh-Hans", "en")) == ("タイ語", "Simplified Chinese")
    assert names.language_name("fa-AF", "en") == "Dari"
    assert names.language_name("xx-unknown", "en") == "xx-unknown"
    assert (names.country_name("TH", "ja"), names.country_name("QQ", "ja")) == ("タイ", "QQ")
    codes = [code for code, _ in names.countries("ja")]
    assert len(codes) == len(set(codes)) > 240
    assert "EU" not in codes
