"""The days on which nobody is written to: public holidays of the customer's country. Pure."""

from datetime import date
from functools import lru_cache


@lru_cache(maxsize=512)
def closed_days(country: str, year: int) -> frozenset[date]:
    """The public holidays of a country (ISO 3166-1 alpha-2); none where they are not known."""
    import holidays  # half a second; only machines that plan or send need it

    if country not in holidays.list_supported_countries():
        return frozenset()
    return frozenset(holidays.country_holidays(country, years=year))
