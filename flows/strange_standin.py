"""A run fails before it begins where its messages would go to another workspace's stand-in."""

import asyncio

from prefect import State, get_run_logger
from prefect.states import Failed

from contacts.settings import Settings
from flows.failure import Failure
from flows.running.whose_standin import standin_answers
from flows.telling import FAULT, tell


async def at_strange_standin(settings: Settings, flow: str) -> State[None] | None:
    """The state of a run that may not begin, told with its remedy; None where it may.

    In a thread of its own, for the stand-in may be served by this very loop. One that does not
    answer is no reason: nothing can be accepted there, nor proved absent.
    """
    try:
        await asyncio.to_thread(standin_answers, settings)
    except Failure as refused:
        get_run_logger().error("%s%s", FAULT, refused.message)
        await tell(f"{flow} · refused: another's stand-in has the port")
        return Failed(message=refused.message)
    return None
