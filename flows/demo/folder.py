"""The demo's workspace: made the first time, lived through anew every other time."""

import shutil
from contextlib import suppress
from datetime import date
from pathlib import Path

from contacts.settings import SETTINGS_FILE, Settings, load_settings
from contacts.workspace.starter import create_workspace
from flows.demo.places import shown
from flows.failure import REFUSED, WORLD, WRITABLE, Failure
from flows.running.only_one import only_one
from flows.running.ports import free_ports

MARKER = "demo"
"""In `.touchline` of a workspace that the demo made: what is kept there may be made anew."""
_TAKEN_OVER = "taken-over"
"""In its place once `touchline up` works there: what happens from then on is kept."""
_PORTS = ("prefect_port", "web_port", "standin_port")


def prepare(folder: Path, *, today: date) -> tuple[Settings, bool]:
    """The settings of the demo's workspace, and whether it was there before.

    A demo that is there keeps its cadences, templates, data and settings; what happened in it is
    removed, so that the thirty days can be lived again with what was changed. Raises Failure for a
    folder that holds anything else, or cannot be written.
    """
    try:
        return _prepared(folder, today)
    except OSError as error:
        why = (error.strerror or "no answer").lower()
        what = f" ({error.filename})" if error.filename else ""
        raise Failure(
            f"{shown(folder)}: cannot be written: {why}{what}; {WRITABLE}: touchline demo DIR",
            WORLD,
        ) from error


def take_over(settings: Settings) -> None:
    """Let no demo remove what happens in the workspace from now on."""
    with suppress(FileNotFoundError):  # no demo made it, or it was taken over before
        (settings.state / MARKER).replace(settings.state / _TAKEN_OVER)


def _prepared(folder: Path, today: date) -> tuple[Settings, bool]:
    state = folder / ".touchline"
    again = (folder / SETTINGS_FILE).exists()
    if again:
        _refuse_real_work(folder, state)
        if state.exists():
            with only_one(load_settings(folder)):  # nobody may be working with it
                _empty(state)
    else:
        _refuse_used_folder(folder)
        create_workspace(folder, today=today)
    settings = _rehearsal(folder)
    settings.make_state()
    (state / MARKER).write_text(f"{today}\n", encoding="ascii")
    return settings, again


def _empty(state: Path) -> None:
    """Remove everything but the key, so that links which went out stay valid."""
    for entry in state.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry)
        elif entry.name != "secret.key":
            entry.unlink()


def _refuse_real_work(folder: Path, state: Path) -> None:
    if (state / _TAKEN_OVER).exists():
        raise Failure(
            f"{shown(folder)}: 'touchline up' has taken this demo over, and a new one would "
            "replace its record. Remove the folder to start over ('make clean' does), or name "
            "another folder: touchline demo DIR",
            REFUSED,
        )
    if state.exists() and not (state / MARKER).exists():
        raise Failure(
            f"{shown(folder)}: is a workspace of its own, not a demo; the demo would "
            "replace its record. Name another folder: touchline demo DIR",
            REFUSED,
        )


def _refuse_used_folder(folder: Path) -> None:
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    what = "is not empty and no workspace" if folder.is_dir() else "is a file"
    raise Failure(f"{shown(folder)}: {what}. Name another folder: touchline demo DIR", REFUSED)


def _rehearsal(folder: Path) -> Settings:
    """The workspace's settings on ports of the demo's own, and without any credentials.

    A demo must never reach a person, whatever keys lie in `.env` or in the environment. Its ports
    are gone when it ends; the links that it writes lead to where `touchline up` will answer them.
    """
    ports = dict(zip(_PORTS, free_ports(len(_PORTS)), strict=True))
    return load_settings(
        folder,
        **ports,
        public_url=load_settings(folder).public_url,
        sendgrid_api_key=None,
        twilio_account_sid="",
        twilio_auth_token=None,
    )
