"""The sections of `touchline.toml` that describe somebody or something."""

from pydantic import BaseModel, ConfigDict, Field, field_validator

from contacts.settings_file.fields import Address, Country
from contacts.windows import USUAL, Window


class Owner(BaseModel):
    """A person whose job it is to keep in touch with some of the customers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    email: Address
    name: str
    phone: str | None = None
    timezone: str | None = None
    hours: Window = Window()
    """When they work; what it leaves out is as for touches: Monday to Friday, 09:00 to 18:00."""
    country: Country | None = None
    """For its public holidays; left out: the workspace's."""
    region: str | None = None
    """A part of that country with holidays of its own: BY for Bavaria."""
    lead: str | None = None
    """Who hears of what they leave undone, by e-mail address; left out: the workspace's."""

    @field_validator("hours")
    @classmethod
    def _there_are_some(cls, hours: Window) -> Window:
        if hours.over(USUAL).is_empty:
            raise ValueError(
                "let it end after its start; for a night write both, such as "
                'start = "22:00" and end = "06:00"'
            )
        return hours


class Dlt(BaseModel):
    """How SMS reach India."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    entity_id: str = Field(default="", pattern=r"^([0-9]{10,25})?$")
    """Of the business, as the DLT portal has it."""
    international: bool = False
    """Whether they go by the provider's international route, which asks for no registration."""


class Topic(BaseModel):
    """What cadences may be about, as customers read it on their page."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str | dict[str, str] = ""
    """In words, or in words by language: {en = "Product news", de = "Neues"}. Empty: its key."""

    def title_in(self, language: str, default: str) -> str:
        """The title in a language, else in the workspace's own; empty where it has none."""
        if isinstance(self.title, str):
            return self.title
        return self.title.get(language) or self.title.get(default) or ""
