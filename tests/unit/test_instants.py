from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from contacts.record.base import instant_as_text

NEW_YORK = ZoneInfo("America/New_York")


def test_an_hour_that_comes_twice_is_kept_as_two_instants() -> None:
    """Python takes two times that only `fold` tells apart for equal, and with them their hashes."""
    twice = datetime(2026, 11, 1, 1, 30, tzinfo=NEW_YORK)
    assert instant_as_text(twice) == "2026-11-01 05:30:00.000000"
    assert instant_as_text(twice.replace(fold=1)) == "2026-11-01 06:30:00.000000"


def test_an_instant_keeps_its_microseconds_and_sorts_by_time() -> None:
    earlier, later = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 0, 0, 0, 1, tzinfo=UTC)
    assert instant_as_text(earlier) == "2026-01-01 00:00:00.000000"
    assert str(instant_as_text(earlier)) < str(instant_as_text(later))


def test_a_time_of_no_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        instant_as_text(datetime(2026, 1, 1))  # noqa: DTZ001
