"""`touchline channel`: whether e-mail and SMS may leave, and closing or opening one by hand."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from flows.failure import NO, REFUSED, Failure
from flows.workspace import record_for, settings_of

if TYPE_CHECKING:
    from contacts.record.sending.channels import ChannelState

_BY_HAND = "closed by hand"


class Act(StrEnum):
    STATUS = "status"
    OPEN = "open"
    CLOSE = "close"
    REHEARSE = "rehearse"


class Name(StrEnum):
    EMAIL = "email"
    SMS = "sms"


def command(
    context: typer.Context,
    act: Annotated[
        Act, typer.Argument(metavar="ACT", help="What to do.", show_default=False)
    ],
    name: Annotated[
        Name | None,
        typer.Argument(
            metavar="CHANNEL", help="Which channel; status shows both without it.",
            show_default=False,
        ),
    ] = None,
    reason: Annotated[
        str, typer.Option(metavar="TEXT", help="With close: why, for status to show.")
    ] = _BY_HAND,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:  # fmt: skip
    """Show which channels may send (exit 1 if one may not); open or close one, or rehearse with it.

    One that rests after answers in doubt tries by itself; opening it makes it send at once. Where a
    channel reached people, what has no credentials refuses to work, until you rehearse with it.
    """
    from contacts.record.engine import reading, writing
    from contacts.record.sending.channels import channel_states, close_channel, open_channel
    from contacts.record.sending.live import rehearse
    from flows.wording import channel_words

    if act is not Act.STATUS and name is None:
        raise Failure(f"say which channel: 'touchline channel {act} email' or '… sms'", REFUSED)
    now = datetime.now(UTC)
    with record_for(settings_of(context)) as engine:
        if name is not None and act is not Act.STATUS:
            with writing(engine) as connection:
                if act is Act.OPEN:
                    open_channel(connection, name, now=now)
                elif act is Act.REHEARSE:
                    rehearse(connection, name, now=now)
                else:
                    close_channel(connection, name, reason=reason.strip() or _BY_HAND, now=now)
        with reading(engine) as connection:
            states = channel_states(connection)
    shown = [one for one in states if name in (None, one.name)]
    typer.echo(_as_json(shown) if json_ else "\n".join(channel_words(one, now) for one in shown))
    if act is Act.STATUS and not all(one.may_send for one in shown):
        raise typer.Exit(NO)


def _as_json(states: "list[ChannelState]") -> str:
    said = {"channels": [asdict(one) for one in states]}
    return json.dumps(said, indent=2, ensure_ascii=False, default=_instant)


def _instant(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
