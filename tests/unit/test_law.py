"""In which hours an SMS may arrive by the law of a state or a country, and where that is."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from contacts.cadences.calendar import Place, place_of
from contacts.cadences.facts import CustomerFacts
from contacts.cadences.house import ANY_HOUSE, house_of
from contacts.cadences.model import Kind
from contacts.windows import DayHours, Holidays, Window
from tests.opening import EVER, hours_in, of_one_step

SUNDAY = datetime(2026, 6, 7, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
EASTERN, CENTRAL, PACIFIC = "America/New_York", "America/Chicago", "America/Los_Angeles"

# Hours from Monday to Friday, on Saturday and on Sunday, and the zone that they are tried in.
STATES = {
    "FL": ("08-20", "08-20", "08-20", EASTERN),
    "OK": ("08-20", "08-20", "08-20", CENTRAL),
    "WA": ("08-20", "08-20", "08-20", PACIFIC),
    "MD": ("08-20", "08-20", "08-20", EASTERN),
    "MS": ("08-20", "08-20", "08-20", CENTRAL),
    "NJ": ("08-20", "08-20", "08-20", EASTERN),
    "CT": ("09-20", "09-20", "09-20", EASTERN),
    "TX": ("09-21", "09-21", "12-21", CENTRAL),
    "RI": ("09-18", "10-17", "10-17", EASTERN),
    "CA": ("08-21", "08-21", "08-21", PACIFIC),
}
AREA_CODES = {
    "FL": "305", "OK": "405", "WA": "206", "MD": "410", "MS": "601", "NJ": "201", "CT": "860",
    "TX": "512", "RI": "401", "CA": "415",
}  # fmt: skip


def open_hours(place: Place, day: int) -> str:
    """The hours of a day of that week, Sunday being 0, on the clock of the recipient's home."""
    hours = hours_in(EVER, place, Kind.SMS)
    midnight = (SUNDAY + day * timedelta(days=1)).replace(tzinfo=ZoneInfo(place.home))
    minutes = [midnight + minute * MINUTE for minute in range(24 * 60)]
    allowed = [at for at in minutes if hours.allowed(at.astimezone(UTC))]
    return f"{allowed[0]:%H}-{allowed[-1] + MINUTE:%H}" if allowed else ""


@pytest.mark.parametrize("by", ["row", "area code"])
@pytest.mark.parametrize("state", STATES)
def test_c15_a_state_has_its_own_hours_by_the_customers_row_or_their_number(
    state: str, by: str
) -> None:
    *hours, zone_name = STATES[state]
    region, area = (state, "") if by == "row" else ("", AREA_CODES[state])
    place = Place(zone_name, "US", zone_name, region=region, area=area)
    assert [open_hours(place, day) for day in (3, 6, 0)] == hours


def test_c15_a_number_from_florida_and_a_pacific_zone_keep_the_hours_of_both() -> None:
    """Eight to twenty in Miami ends at 17 in Los Angeles."""
    both = Place(PACIFIC, "US", PACIFIC, area="305")
    assert open_hours(both, 3) == "08-17"
    moved = both._replace(region="CA")
    assert open_hours(moved, 3) == "08-21"


@pytest.mark.parametrize("area", ["", "800", "999"])
def test_c15_an_unknown_place_has_the_strictest_hours_that_fit_everywhere(area: str) -> None:
    nowhere = Place(EASTERN, "US", EASTERN, area=area)
    assert [open_hours(nowhere, day) for day in (3, 6, 0)] == ["09-18", "10-17", "12-17"]
    unread = nowhere._replace(region="somewhere")
    assert open_hours(unread, 0) == "12-17"


@pytest.mark.parametrize("written", ["FL", "fl", "US-FL", " Florida "])
def test_a_state_may_be_written_by_its_code_or_its_name(written: str) -> None:
    assert open_hours(Place(EASTERN, "US", EASTERN, region=written), 0) == "08-20"


@pytest.mark.parametrize(
    ("country", "zone_name", "hours"),
    [
        ("IN", "Asia/Kolkata", "09-20"),
        ("NP", "Asia/Kathmandu", "08-20"),
        ("BY", "Europe/Minsk", "08-21"),
    ],
)
def test_a_country_has_its_own_hours(country: str, zone_name: str, hours: str) -> None:
    assert open_hours(Place(zone_name, country, zone_name), 3) == hours


def test_a_business_puts_its_own_rows_over_those_that_come_along() -> None:
    own = {"US-FL": (DayHours("mon-fri 10:00-19:00"),), "DE": (DayHours("sat-mon 07:00-12:00"),)}
    house = house_of(Window(), Holidays(), own)
    assert house is house_of(Window(), Holidays(), dict(own))
    in_florida = Place(EASTERN, "US", EASTERN, house, "FL")
    assert [open_hours(in_florida, day) for day in (3, 6, 0)] == ["10-19", "", ""]
    in_germany = Place("Europe/Berlin", "DE", "Europe/Berlin", house)
    assert [open_hours(in_germany, day) for day in (3, 6, 1)] == ["", "08-12", "08-12"]


def test_the_place_of_a_customer_is_read_from_their_row_and_their_number() -> None:
    cadence, _ = of_one_step(EVER, Kind.SMS)
    customer = CustomerFacts(
        id=1, phone="+13055550123", timezone=PACIFIC, country="US", attributes={"region": "CA"}
    )
    assert place_of(cadence, customer, ANY_HOUSE) == Place(
        PACIFIC, "US", PACIFIC, ANY_HOUSE, "CA", "305"
    )


def test_an_email_keeps_no_hours_of_law() -> None:
    place = Place(EASTERN, "US", EASTERN, region="RI")
    hours = hours_in(EVER, place, Kind.EMAIL)
    assert hours.allowed(datetime(2026, 6, 7, 5, 0, tzinfo=UTC))
    assert hours is hours_in(EVER, place._replace(region="FL", area="305"), Kind.EMAIL)
