"""The options of `touchline log CUSTOMER benefit`: what it was worth, as far as that is known."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from contacts.cadences.benefits import BenefitKind
from contacts.record.phrases import NoteKind
from flows.failure import REFUSED, Failure

if TYPE_CHECKING:
    from contacts.record.orders.benefits import Worth

T = TypeVar("T")


def worth_of(
    what: NoteKind,
    kind: BenefitKind | None,
    worth: str | None,
    currency: str | None,
    hours: str | None,
) -> "Worth":
    """The worth that was said; Failure where it cannot be, or is said of something else."""
    from contacts.record.imports import cells
    from contacts.record.orders.benefits import UNTOLD, Worth

    given = {"--kind": kind, "--worth": worth, "--currency": currency, "--hours": hours}
    if what is not NoteKind.BENEFIT:
        for option in (name for name, value in given.items() if value is not None):
            raise Failure(f"{option}: goes with a benefit, not with a {what}", REFUSED)
        return UNTOLD
    if (worth is None) != (currency is None):
        raise Failure("--worth and --currency go together: --worth 120 --currency EUR", REFUSED)
    return Worth(
        kind=kind or BenefitKind.EXTRA,
        amount=_read("--worth", worth, cells.typed_money),
        currency=_read("--currency", currency, cells.currency),
        hours=_read("--hours", hours, cells.typed_hours),
    )


def _read(option: str, written: str | None, parse: Callable[[str], T]) -> T | None:
    if written is None:
        return None
    if written.startswith("-"):
        raise Failure(f"{option} {written}: cannot be less than nothing", REFUSED)
    try:
        return parse(written.strip())
    except ValueError as error:
        raise Failure(f"{option} {written}: {error}", REFUSED) from None
