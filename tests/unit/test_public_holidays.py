"""Public holidays are those of the library, and one country's do not cost those of all."""

import subprocess
import sys

import holidays

from contacts.cadences.public_holidays import public_holidays_of

YEAR = 2026
ASK_ONE = f"""
import sys
from contacts.cadences.public_holidays import public_holidays_of
assert public_holidays_of("DE")(subdiv="BY", years={YEAR})
sys.exit("holidays.countries" in sys.modules)
"""


def test_every_country_has_the_days_and_the_regions_that_the_library_gives_it() -> None:
    for country, regions in holidays.list_supported_countries().items():
        found = public_holidays_of(country)
        assert found is not None, country
        assert list(found.subdivisions) == regions, country
        for region in (None, *regions[:1]):
            expected = holidays.country_holidays(country, subdiv=region, years=YEAR)
            assert dict(found(subdiv=region, years=YEAR)) == dict(expected), country


def test_no_holidays_are_known_of_what_is_no_country_s_letters() -> None:
    for other in ("", "XX", "de", "Germany", "HolidaysAX"):
        assert public_holidays_of(other) is None


def test_who_asks_for_one_country_does_not_load_them_all() -> None:
    assert subprocess.run([sys.executable, "-c", ASK_ONE], check=False).returncode == 0
