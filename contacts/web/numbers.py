"""Numbers and days as addresses and forms have them; anything else is None."""

import re
from datetime import date

HIGHEST_ID = 2**63 - 1


def number_in(text: str, highest: int = HIGHEST_ID) -> int | None:
    """A number as we write it, up to the highest that makes sense."""
    if not re.fullmatch(r"[0-9]{1,19}", text):
        return None
    found = int(text)
    return found if found <= highest else None


def day_in(text: str) -> date | None:
    """A day as a form's date field sends it."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
