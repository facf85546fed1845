"""Whose stand-in has the port: whatever listens there, a look at it ends, and well."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from contacts.channels.rehearsal import signing_keys, standin_folder
from contacts.channels.standin import running_standin
from contacts.settings import Settings
from flows.failure import Failure
from flows.running.whose_standin import Whose, standin_answers, whose_standin
from tests.free_ports import free_port

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
SHORT, LONG = 1.0, 60.0  # seconds


@pytest.fixture
def here(settings: Settings) -> Settings:
    """The workspace, with the keys of its stand-in, on a port that nobody has."""
    signing_keys(standin_folder(settings.state))
    return settings.model_copy(update={"standin_port": free_port()})


def ours(settings: Settings) -> bytes:
    fingerprint = signing_keys(standin_folder(settings.state)).fingerprint()
    return HEAD + json.dumps({"fingerprint": fingerprint}).encode()


@asynccontextmanager
async def saying(
    settings: Settings, parts: Iterable[bytes], *, every: float = 0, closes: bool = True
) -> AsyncIterator[None]:
    """A program on the stand-in's port that says these parts to whoever asks."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            for part in parts:
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(every)
            if not closes:
                await reader.read()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", settings.standin_port)
    try:
        yield
    finally:
        server.close()


async def asked(settings: Settings, *, within: float = LONG) -> Whose:
    return await asyncio.to_thread(whose_standin, settings, within=within)


async def test_a_workspace_knows_its_own_standin(here: Settings) -> None:
    async with running_standin(standin_folder(here.state), port=here.standin_port):
        assert await asked(here) is Whose.OURS


async def test_another_workspaces_standin_is_not_its_own(here: Settings, tmp_path: Path) -> None:
    async with running_standin(tmp_path / "standin", port=here.standin_port):
        assert await asked(here) is Whose.ANOTHERS


async def test_a_closed_port_is_nobodys(here: Settings) -> None:
    assert await asked(here) is Whose.NOBODYS


@pytest.mark.parametrize(
    "answer",
    [
        HEAD + b"[" * 60_000,
        b"[" * 60_000,
        HEAD + b'{"fingerprint": ' * 60_000,
        HEAD + b"[]",
        HEAD + b"\xff\xfe",
        b"SSH-2.0-example\r\n",
        b"\0" * 100_000,
    ],
    ids=["brackets", "bare brackets", "objects", "a list", "no text", "ssh", "noughts"],
)
async def test_a_program_that_says_anything_else_is_anothers(here: Settings, answer: bytes) -> None:
    async with saying(here, [answer]):
        assert await asked(here) is Whose.ANOTHERS


async def test_an_answer_in_pieces_is_put_together(here: Settings) -> None:
    async with saying(here, [bytes([one]) for one in ours(here)]):
        assert await asked(here) is Whose.OURS


async def test_a_program_that_drips_is_waited_for_no_longer_than_one_that_is_silent(
    here: Settings,
) -> None:
    """Were each byte waited for anew, the last of them would make the answer right."""
    drops = [HEAD, *[b" "] * 60, ours(here).removeprefix(HEAD)]
    async with saying(here, drops, every=SHORT / 20):
        assert await asked(here, within=SHORT) is Whose.ANOTHERS


async def test_a_program_that_takes_the_call_and_is_silent_does_not_answer(
    here: Settings,
) -> None:
    async with saying(here, [], closes=False):
        assert await asked(here, within=SHORT) is Whose.NOBODYS


async def test_with_both_providers_live_nobody_asks(here: Settings) -> None:
    given = {"sendgrid_api_key": "SG.example", "twilio_auth_token": "0" * 32}
    live = Settings.model_validate(
        {**here.model_dump(), **given, "twilio_account_sid": f"AC{'0' * 32}"}
    )
    async with saying(here, [b"?"]):
        assert await asyncio.to_thread(standin_answers, live)
        with pytest.raises(Failure):
            await asyncio.to_thread(standin_answers, here)
