"""Channels that may not send: said in a run's log, name and table, and to an automation."""

from datetime import datetime

from prefect import get_run_logger
from prefect.events import emit_event
from prefect.runtime import flow_run
from sqlalchemy import Engine

from contacts.record import phrases
from contacts.record.engine import reading
from contacts.record.sending.channels import ChannelState, channel_states
from flows.wording import channel_words

STANDING = "touchline.channel.standing"
"""The event that an automation may watch: a channel is closed, rests, or keeps marketing back."""


def tell_standing(engine: Engine, *, now: datetime) -> list[ChannelState]:
    """The channels that may not send now, each with a line in the log and an event."""
    with reading(engine) as connection:
        standing = [one for one in channel_states(connection) if not one.may_send]
    for state in standing:
        get_run_logger().warning("%s", channel_words(state, now))
        emit_event(
            STANDING,
            resource={"prefect.resource.id": f"touchline.channel.{state.name}"},
            related=[
                {
                    "prefect.resource.id": f"prefect.flow-run.{flow_run.id}",
                    "prefect.resource.role": "flow-run",
                }
            ],
            payload={"channel": state.name, "closed": not state.open},
        )
    return standing


def standing_notes(standing: list[ChannelState], *, now: datetime) -> str:
    """For a run's table: a sentence each; empty where all may send."""
    return "".join(f" {channel_words(one, now)}." for one in standing)


def standing_words(standing: list[ChannelState]) -> str:
    """For a run's name: ", e-mail rests"; empty where all may send."""
    return "".join(f", {phrases.channel(one.name)} {_in_a_word(one)}" for one in standing)


def _in_a_word(state: ChannelState) -> str:
    if not state.open:
        return "is closed"
    return "rests" if state.rested_at is not None else "keeps marketing back"
