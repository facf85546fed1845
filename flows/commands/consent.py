"""`touchline consent`: what a customer agreed to, and what they told a person about it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from flows.failure import REFUSED, Failure
from flows.workspace import record_for, settings_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from contacts.listening.by_person import Told
    from contacts.settings import Settings

T = TypeVar("T")
TODAY = "today"
_PREFIX = 15
"""Characters of a source that say that they told a person."""


class Act(StrEnum):
    GIVE = "give"
    WITHDRAW = "withdraw"


class Name(StrEnum):
    EMAIL = "email"
    SMS = "sms"


class For(StrEnum):
    ALL = "all"
    MARKETING = "marketing"
    SERVICE = "service"


def command(  # noqa: PLR0913  # the command line's options
    context: typer.Context,
    customer: Annotated[str, typer.Argument(
        metavar="CUSTOMER", help="An id or an e-mail address.", show_default=False)],
    act: Annotated[Act | None, typer.Argument(
        metavar="ACT", help="give or withdraw; without it everything said is shown.",
        show_default=False)] = None,
    channel: Annotated[Name | None, typer.Argument(
        metavar="CHANNEL", help="email or sms.", show_default=False)] = None,
    purpose: Annotated[For, typer.Option(
        metavar="PURPOSE", help="marketing, service or all.")] = For.ALL,
    source: Annotated[str, typer.Option(
        metavar="TEXT", help="How they said it: 'by telephone, to Olive'. A give needs it.",
        show_default=False)] = "",
    wording: Annotated[str, typer.Option(
        metavar="TEXT", help="With give: what they agreed to, the words they saw or heard.",
        show_default=False)] = "",
    on: Annotated[str | None, typer.Option(
        metavar="DATE", help="When: 2026-11-20 (its midnight), 2026-11-20T09:30 on their clock, or "
        "today (now). A give needs it; a withdrawal is of now without it.",
        show_default=False)] = None,
    lift: Annotated[bool, typer.Option(
        "--lift", help="With give: they asked for it anew after they had stopped it.")] = False,
    confirmed: Annotated[bool, typer.Option(
        "--confirmed", help="With give: they have confirmed it by e-mail; do not ask.")] = False,
    again: Annotated[bool, typer.Option(
        "--again", help="With give: ask them once more to confirm it.")] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:  # fmt: skip
    """Show what a customer agreed to, or write down that they agree, or want no more of it.

    For what they tell a person: on the telephone, on paper. It holds from this moment on.
    """
    from contacts.record.consent.agreement import agreements, words_of
    from contacts.record.customers.lookup import find_customer
    from contacts.record.engine import reading, writing
    from flows.consent_words import as_data, as_text

    settings, now = settings_of(context), datetime.now(UTC)
    said = _Said(act, channel, purpose, source.strip(), wording.strip(), on)
    said.check()
    done = ""
    with record_for(settings) as engine:
        if act is not None:
            with writing(engine) as connection:
                found = find_customer(connection, customer)
                told = said.told(found.timezone, now)
                done = _write(
                    connection, found, told, act=act, settings=settings, now=now,
                    how={"lifts": lift, "is_confirmed": confirmed, "asks_again": again},
                )  # fmt: skip
        with reading(engine) as connection:
            found = find_customer(connection, customer)
            holds = agreements(connection, found, signing_key=settings.signing_key, now=now)
            words = words_of(connection, found.id)
    if json_:
        typer.echo(json.dumps(as_data(found, holds, words), indent=2, ensure_ascii=False))
    else:
        typer.echo(done or as_text(found, holds, words))


@dataclass(frozen=True, slots=True)
class _Said:
    """The words of the command line."""

    act: Act | None
    channel: Name | None
    purpose: For
    source: str
    wording: str
    on: str | None

    def check(self) -> None:
        """Refuse what is not whole."""
        if self.act is None:
            return
        if self.channel is None:
            raise Failure(f"say which channel: '… {self.act} email' or '… {self.act} sms'", REFUSED)
        if self.act is Act.GIVE and not (self.source and self.on):
            raise Failure(
                "a consent needs its proof: --source says how they gave it, --on says when, such "
                "as --source 'by telephone, to Olive' --on today",
                REFUSED,
            )

    def told(self, zone: str, now: datetime) -> "Told":
        from contacts.listening.by_person import Told
        from contacts.record.imports import cells
        from contacts.record.tables import Consent

        line = cells.line_of_text(cells.length_of(Consent.source) - _PREFIX)
        return Told(
            channel=str(self.channel),
            purpose="" if self.purpose is For.ALL else self.purpose.value,
            source=_read("--source", line, self.source),
            at=self._at(zone, now),
            wording=_read(
                "--wording", cells.lines_of_text(cells.length_of(Consent.wording)), self.wording
            ),
        )

    def _at(self, zone: str, now: datetime) -> datetime:
        from contacts.record.imports import cells

        if self.on is None or self.on == TODAY:
            return now
        at = cells.instant_of(_read("--on", cells.moment, self.on), zone)
        if at > now:
            raise Failure(f"--on {self.on}: lies in the future; write today", REFUSED)
        return at


def _write(  # noqa: PLR0913  # what is said, and what it may do
    connection: "Connection",
    customer: Any,
    told: "Told",
    *,
    act: Act,
    settings: "Settings",
    now: datetime,
    how: dict[str, bool],
) -> str:
    """Write it down; what became of it, in a sentence or two."""
    from contacts.listening.by_person import give, withdraw
    from flows.consent_words import given, withdrawn

    if act is Act.WITHDRAW:
        withdraw(connection, customer, told, settings=settings, now=now)
        return withdrawn(customer, told, everywhere=settings.stop_means_all_channels)
    kind = give(connection, customer, told, settings=settings, now=now, **how)
    return given(customer, told, kind, lifts=how["lifts"])


def _read(option: str, parse: Callable[[str], T], text: str) -> T:
    try:
        return parse(text.replace("\0", ""))
    except ValueError as error:
        raise Failure(f"{option}: {error}", REFUSED) from None
