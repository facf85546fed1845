"""Where and with what the product is measured."""

from dataclasses import dataclass
from pathlib import Path

from contacts.settings import Settings, load_settings


@dataclass(frozen=True, slots=True)
class Run:
    folder: Path  # the prepared workspace
    channel: str = "email"
    database: str | None = None  # a URL; none: SQLite in the folder
    batch_size: int = 100

    def settings(self, port: int) -> Settings:
        given = {} if self.database is None else {"database_url": self.database}
        settings = load_settings(self.folder, standin_port=port, **given)
        # A copy is not validated: batches are measured that no business may set.
        return settings.model_copy(update={"batch_size": self.batch_size})
