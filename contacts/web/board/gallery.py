"""One file with the messages that left, for looking at without a server."""

from dataclasses import replace
from pathlib import Path
from statistics import median

from markupsafe import Markup
from sqlalchemy import Connection

from contacts.channels.shown_mail import opening_beside
from contacts.settings import Settings
from contacts.web.assets import stylesheet
from contacts.web.letters import Letter, one_of_each
from contacts.web.pages import Pages

GALLERY = "messages.html"
"""What a demo calls it, in its workspace."""


def write_gallery(
    connection: Connection, path: Path, *, settings: Settings, limit: int = 100
) -> int:
    """Write one message per cadence step, channel and locale; return how many there are.

    The file needs nothing beside it, and the mails in it can neither run scripts nor load anything.
    Their links open beside it, where the workspace's web app answers them.
    """
    letters = _in_order(one_of_each(connection, limit=limit), settings.default_locale)
    page = Pages(settings).text(
        "gallery.html",
        letters=[replace(one, html=one.html and opening_beside(one.html)) for one in letters],
        address=settings.public_url,
        by_up=settings.public_url.startswith("http://127.0.0.1:"),
        styles=Markup(stylesheet()),  # noqa: S704  # our own file
    )
    path.write_text(page, encoding="utf-8")
    return len(letters)


def _in_order(letters: list[Letter], locale: str) -> list[Letter]:
    """The cadences as a customer meets them; in each the business's own language, then by step."""
    joined: dict[str, list[int]] = {}
    for letter in letters:
        joined.setdefault(letter.cadence, []).append(letter.customer_for)
    own = (locale, locale.partition("-")[0])
    return sorted(
        letters,
        key=lambda one: (
            median(joined[one.cadence]),
            one.cadence,
            one.language not in own,
            one.language,
            one.into,
            one.at,
        ),
    )
