"""What a brief tells besides the facts: the last words on both sides, and the latest orders.

For people alone: a message to the customer cannot quote what somebody noted about them.
"""

from dataclasses import asdict, dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Dialogue:
    """What was said last, each with its day on the customer's calendar; empty where nothing was."""

    reply: str = ""  # the customer's own words
    reply_on: date | None = None
    message: str = ""  # ours: the subject of a mail, the text of an SMS
    message_on: date | None = None
    message_by: str = ""  # email or sms
    note: str = ""  # what one of us wrote down, and what came of it
    note_on: date | None = None


@dataclass(frozen=True, slots=True)
class RecentOrder:
    on: date
    amount: Decimal
    currency: str
    items: str = ""


@dataclass(frozen=True, slots=True)
class Lately:
    """What happened with one customer of late."""

    dialogue: Dialogue = Dialogue()
    recent_orders: tuple[RecentOrder, ...] = ()  # the newest first


NOTHING_LATELY = Lately()


def of_brief(lately: Lately) -> dict[str, Any]:
    """The names that a brief has besides those of every message."""
    return {
        "dialogue": asdict(lately.dialogue),
        "recent_orders": [asdict(one) for one in lately.recent_orders],
    }


def brief_names() -> dict[str, frozenset[str] | None]:
    """These names with their keys; None for the list."""
    return {
        "dialogue": frozenset(one.name for one in fields(Dialogue)),
        "recent_orders": None,
    }
