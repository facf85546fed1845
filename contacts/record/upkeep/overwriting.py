"""What is deleted leaves no trace in SQLite's file."""

from sqlalchemy import Connection, text


def overwrite_what_goes(connection: Connection) -> None:
    """Have SQLite write zeros over what is deleted, instead of only giving its place free."""
    if connection.dialect.name == "sqlite":
        connection.execute(_ZEROS)


_ZEROS = text("PRAGMA secure_delete = ON")
