"""One file with the messages that left, for looking at without a server."""

from pathlib import Path

from markupsafe import Markup
from sqlalchemy import Connection

from contacts.settings import Settings
from contacts.web.assets import stylesheet
from contacts.web.letters import newest_of_each
from contacts.web.pages import Pages


def write_gallery(
    connection: Connection, path: Path, *, settings: Settings, limit: int = 100
) -> int:
    """Write the newest message per cadence step, channel and locale; return how many there are.

    The file needs nothing beside it, and the mails in it can neither run scripts nor load anything.
    """
    letters = newest_of_each(connection, limit=limit)
    page = Pages(settings).text(
        "gallery.html",
        letters=letters,
        styles=Markup(stylesheet()),  # noqa: S704  # our own file
    )
    path.write_text(page, encoding="utf-8")
    return len(letters)
