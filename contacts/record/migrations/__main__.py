"""Writes the next migration from the difference between the migrations and the models.

    python -m contacts.record.migrations "survey answers"

For contributors, in a checkout: read what it wrote, tidy it, and run the tests.
"""

import re
import sys
from datetime import UTC, datetime

from alembic import command

from contacts.record.engine import open_record, writing
from contacts.record.migrate import config, known_versions


def write(title: str) -> None:
    """Write `NNNN_title.py` beside the others."""
    slug = re.sub(r"\W+", "_", title.strip().lower()).strip("_")
    revision = f"{len(known_versions()) + 1:04d}_{slug}"
    settings = config()
    settings.set_main_option("file_template", "%%(rev)s")
    with writing(open_record("sqlite://")) as connection:
        settings.attributes["connection"] = connection
        command.upgrade(settings, "head")
        command.revision(settings, message=title.capitalize(), rev_id=revision, autogenerate=True)


if __name__ == "__main__":
    write(" ".join(sys.argv[1:]) or f"changes of {datetime.now(UTC):%Y_%m_%d}")
