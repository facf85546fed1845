"""Making a new workspace out of the starter business that ships with Touchline."""

import csv
import io
import os
from datetime import date, timedelta
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

ANCHOR = "anchor.txt"
"""Beside the data: the day on which the starter's year of orders ends."""

SCHEMA_FILE = "cadence.schema.json"
_DATE_LENGTH = len("2026-11-20")
_GITIGNORE = """\
# What Touchline itself writes, and what must never be shared.
.touchline/
exports/
.env
"""
_ENV_EXAMPLE = """\
# Secrets, and what differs from machine to machine. Copy this file to .env and fill in what you
# have; .env stays out of version control. A channel without its credentials goes to the stand-in:
# a server on this machine that takes e-mail and SMS, shows them, and sends nothing out.

# E-mail by SendGrid: an API key that may send mail (Settings > API Keys).
TOUCHLINE_SENDGRID_API_KEY=
# The verification key of the signed event webhook (Settings > Mail Settings > Event Webhook).
TOUCHLINE_SENDGRID_WEBHOOK_KEY=

# SMS by Twilio: both are on the first page of the console.
TOUCHLINE_TWILIO_ACCOUNT_SID=
TOUCHLINE_TWILIO_AUTH_TOKEN=

# The address under which customers and providers reach the web app; links and webhooks need it.
# TOUCHLINE_PUBLIC_URL=https://touch.ninekettles.example

# The record. Empty: SQLite inside this folder. Several machines need PostgreSQL:
# postgresql://user:password@host/name
TOUCHLINE_DATABASE_URL=

# Signs links. Empty: made at the first use, and kept in .touchline/secret.key. Keep it for ever:
# with another one the links in mails already sent stop working, and opt-outs are not found again.
TOUCHLINE_SECRET_KEY=

# Newer keys for links, the newest first, with commas between. The key above stays good.
TOUCHLINE_LINK_KEYS=
"""


class NotEmpty(ValueError):
    """There is something at that place already; the message names it and the remedy."""


def create_workspace(folder: Path, *, today: date) -> list[Path]:
    """Fill the new or empty `folder` with the starter business, as if its last day were `today`.

    Returns the files made, in order; never overwrites. Raises NotEmpty, or OSError where it may
    not be written.
    """
    _refuse_if_used(folder)
    contents = dict(_starter_files(today))
    folder.mkdir(parents=True, exist_ok=True)
    return [_write(folder / name, contents[name]) for name in sorted(contents)]


def _refuse_if_used(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        return
    if folder.is_dir():
        raise NotEmpty(f"{folder}: is not empty, and nothing in it was changed. Name a new folder.")
    if os.path.lexists(folder):
        raise NotEmpty(f"{folder}: is a file. Name a new folder.")


def _starter_files(today: date) -> list[tuple[str, str]]:
    shipped = files("templates")
    starter = shipped / "starter"
    anchor = (starter / "data" / ANCHOR).read_text(encoding="utf-8")
    shift = today - date.fromisoformat(anchor.strip())
    business = [
        (name, _shifted(text, shift) if name.endswith(".csv") else text)
        for name, text in _texts(starter)
        if not name.endswith(ANCHOR)
    ]
    schema = (shipped / SCHEMA_FILE).read_text(encoding="utf-8")
    ours = [(SCHEMA_FILE, schema), (".gitignore", _GITIGNORE), (".env.example", _ENV_EXAMPLE)]
    return [*business, *ours]


def _texts(folder: Traversable, prefix: str = "") -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for entry in folder.iterdir():
        name = prefix + entry.name
        if entry.is_dir():
            found += _texts(entry, f"{name}/")
        else:
            found.append((name, entry.read_text(encoding="utf-8")))
    return found


def _shifted(table: str, shift: timedelta) -> str:
    """The CSV with every date in its columns `…_on` and `…_at` moved by whole days."""
    rows = list(csv.reader(io.StringIO(table)))
    dated = [place for place, name in enumerate(rows[0]) if name.endswith(("_on", "_at"))]
    for row in rows[1:]:
        for place in dated:
            row[place] = _moved(row[place], shift)
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(rows)
    return written.getvalue()


def _moved(cell: str, shift: timedelta) -> str:
    if not cell:
        return cell
    day = date.fromisoformat(cell[:_DATE_LENGTH])
    return (day + shift).isoformat() + cell[_DATE_LENGTH:]


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("x", encoding="utf-8", newline="\n") as file:
        file.write(text)
    return path
