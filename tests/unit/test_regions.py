"""Public holidays of the part of a country in which a customer is."""

from datetime import UTC, date, datetime, timedelta

import pytest

from contacts.cadences.calendar import Place, deadline, place_of
from contacts.cadences.facts import CustomerFacts
from contacts.cadences.hours import AHEAD
from contacts.cadences.house import ANY_HOUSE, days_off
from contacts.cadences.model import Kind
from contacts.cadences.regions import known_region, subdivision
from contacts.windows import Window
from tests.opening import hours_in, of_one_step

CORPUS_CHRISTI = date(2026, 6, 4)  # a Thursday; a holiday in Bavaria, not in Berlin
TEXAS_DAY = date(2026, 3, 2)  # Texas Independence Day, a Monday


@pytest.mark.parametrize(
    ("country", "region", "code"),
    [
        ("DE", "BY", "BY"),
        ("DE", "de-by", "BY"),
        ("DE", " Bayern ", "BY"),
        ("DE", "thuringen", "TH"),
        ("US", "US-CA", "CA"),
        ("US", "California", "CA"),
        ("GB", "Scotland", "SCT"),
        ("DE", "Bayrn", ""),
        ("DE", "US-CA", ""),
        ("NP", "Bagmati", ""),
        ("ZZ", "BY", ""),
        ("DE", "", ""),
    ],
)
def test_a_region_is_read_by_its_code_or_its_name(country: str, region: str, code: str) -> None:
    assert subdivision(country, region) == code


def test_a_region_has_the_holidays_of_its_country_and_its_own() -> None:
    for region, is_off in (("DE-BY", True), ("Bayern", True), ("Berlin", False), ("Bayrn", False)):
        off = days_off(ANY_HOUSE, "DE", 2026, region)
        assert (CORPUS_CHRISTI in off) is is_off
        assert date(2026, 12, 25) in off
    assert days_off(ANY_HOUSE, "DE", 2026, "Bayrn") == days_off(ANY_HOUSE, "DE", 2026)


@pytest.mark.parametrize("channel", [Kind.EMAIL, Kind.SMS])
@pytest.mark.parametrize(
    ("zone", "country", "region", "holiday", "leaves"),
    [
        ("Europe/Berlin", "DE", "BY", CORPUS_CHRISTI, date(2026, 6, 5)),
        ("Europe/Berlin", "DE", "Berlin", CORPUS_CHRISTI, CORPUS_CHRISTI),
        ("America/Chicago", "US", "Texas", TEXAS_DAY, date(2026, 3, 3)),
        ("America/Chicago", "US", "US-NY", TEXAS_DAY, TEXAS_DAY),
        ("America/Chicago", "US", "", TEXAS_DAY, TEXAS_DAY),
    ],
)
def test_a_touch_leaves_after_the_holidays_of_the_customers_region(
    *, channel: Kind, zone: str, country: str, region: str, holiday: date, leaves: date
) -> None:
    cadence, _ = of_one_step(Window(), channel)
    who = CustomerFacts(1, timezone=zone, country=country, attributes={"region": region})
    hours = hours_in(Window(), place_of(cadence, who, ANY_HOUSE), channel)
    eve = datetime(holiday.year, holiday.month, holiday.day, tzinfo=UTC) + timedelta(hours=7)
    opening = hours.next_allowed(eve, eve + AHEAD)
    assert opening is not None
    assert opening.date() == leaves


def test_business_days_leave_out_the_holidays_of_the_region() -> None:
    wednesday = datetime(2026, 6, 3, 12, tzinfo=UTC)
    for region, day in (("Bayern", 5), ("Berlin", 4)):
        place = Place("Europe/Berlin", "DE", region=region)
        assert deadline(wednesday, 1, business=True, place=place).day == day


def test_an_example_of_a_region_is_one_that_is_read() -> None:
    assert known_region("DE") == "BB or Brandenburg"
    assert known_region("IN") == "AN or Andaman and Nicobar Islands"
    assert known_region("NP") == ""
