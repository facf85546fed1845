"""What a look at all orders found, in words and as a row of counts."""

from typing import TYPE_CHECKING

from contacts.record import phrases
from flows.wording import Row, counted

if TYPE_CHECKING:
    from contacts.care.orders.watch import OrderWatch

HELD_BACK = (
    "%d who are late with an order were held back: far more than on other nights became late at "
    "once. Is it a season, or do orders no longer arrive?"
)


def order_words(watched: "OrderWatch") -> str:
    """What was noticed, in a few words."""
    if watched.complete_on is None:
        return "no orders yet"
    noticed = ((count, phrases.signal(kind)) for kind, count in sorted(watched.raised.items()))
    return counted(
        (*noticed, (watched.held, "late and held back"), (watched.cleared, "over")),
        otherwise="nothing new",
    )


def order_row(watched: "OrderWatch") -> Row:
    """The look as a row of counts."""
    return {
        "orders known through": str(watched.complete_on or ""),
        "new orders": watched.orders,
        "accounts": watched.accounts,
        "still learnt": watched.learning,
        "late": watched.late,
        **{phrases.signal(kind): count for kind, count in sorted(watched.raised.items())},
        "held back": watched.held,
        "over": watched.cleared,
        "new tasks": watched.tasks,
        "in several currencies": watched.mixed,
    }
