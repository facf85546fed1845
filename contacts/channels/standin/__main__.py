"""`python -m contacts.channels.standin`: the stand-in as a process of its own."""

import argparse
import asyncio
import errno
import os
import signal
import sys
from pathlib import Path

import uvloop

from contacts.channels.standin.server import HOST, running_standin

INBOUND_VARIABLE = "TOUCHLINE_STANDIN_INBOUND"
_WORLD_FAILED = 3


def main(arguments: list[str] | None = None) -> int:
    wish = _parser().parse_args(arguments)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(wish))
    except OSError as error:
        sys.stderr.write(_failure(error, wish) + "\n")
        return _WORLD_FAILED
    return 0


async def _serve(wish: argparse.Namespace) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    serving = running_standin(
        wish.folder,
        wish.webhooks,
        port=wish.port,
        # A secret, so it comes by the environment: everybody may read a command line.
        inbound_token=os.environ.get(INBOUND_VARIABLE, ""),
        delay=wish.delay,
        durable=wish.durable,
        activity=not wish.no_activity,
    )
    async with serving as standin:
        sys.stdout.write(f"stand-in ready: {standin.url}\n")
        sys.stdout.flush()
        await stopped.wait()


def _failure(error: OSError, wish: argparse.Namespace) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"stand-in: port {wish.port} of {HOST} is taken; stop what listens there, or name "
            "another port with --port."
        )
    return f"stand-in: {error.filename or wish.folder}: {(error.strerror or str(error)).lower()}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m contacts.channels.standin",
        description="Plays SendGrid and Twilio on this machine: takes what they would take, "
        "reaches nobody, and shows it as an inbox.",
        epilog=f"{INBOUND_VARIABLE}: the token of the address that e-mail replies go to.",
    )
    parser.add_argument("--port", type=int, default=4011, help="0: any free one (default: 4011)")
    parser.add_argument("--folder", type=Path, required=True, help="for its log and its keys")
    parser.add_argument("--webhooks", metavar="URL", help="the web app that hears of events")
    parser.add_argument("--delay", type=float, default=1.0, help="seconds before each event")
    parser.add_argument("--durable", action="store_true", help="wait for the disk, then answer")
    parser.add_argument("--no-activity", action="store_true", help="no Email Activity add-on")
    return parser


if __name__ == "__main__":
    sys.exit(main())
