"""The public holidays of a country, from its own file of `holidays`.

Asked in the usual way, `holidays` reads the files of all 250 countries for the first of them: 7 MB
and a tenth of a second in every process that plans or sends.
"""

from functools import lru_cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from holidays import HolidayBase


@lru_cache(maxsize=1024)
def public_holidays_of(country: str) -> "type[HolidayBase] | None":
    """What `holidays` has for two or three letters (ISO 3166-1); None where it knows none."""
    from holidays.registry import COUNTRIES  # a fiftieth of a second; not for who needs no day

    for file, (_, *codes) in COUNTRIES.items():
        if country in codes and country.isupper():  # a class goes by a longer name too
            known: type[HolidayBase] = getattr(_alone(file), country)
            return known
    return None


def _alone(name: str) -> Any:
    """A module of `holidays.countries` without that package, which would import all of them.

    As in "Importing a source file directly" of the manual of `importlib`.
    """
    import holidays

    file = Path(holidays.__file__).parent / "countries" / f"{name}.py"
    spec = spec_from_file_location(f"holidays.countries.{name}", file)
    if spec is None or spec.loader is None:  # the file of no module
        raise ImportError(f"{file}: cannot be read", name=name)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
