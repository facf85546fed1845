"""Every setting of a workspace in one class: `touchline.toml`, `.env` and the environment.

Built once at each edge (command line, flow, web process) by `load_settings` and passed down.
`TOUCHLINE_…` variables win over `.env`, and `.env` over `touchline.toml`. Secrets belong in the
environment or in `.env`, never in `touchline.toml`.
"""

import os
import re
import secrets
import stat
from contextvars import ContextVar
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from pydantic_settings import SettingsError as UnreadableVariable

from contacts.caps import Caps
from contacts.settings_file.database import database_problem
from contacts.settings_file.env_lines import env_faults
from contacts.settings_file.errors import SettingsError
from contacts.settings_file.fields import Address, Country, Kept, Language, Port, Silence
from contacts.settings_file.private import content, kept, make_private
from contacts.settings_file.sections import Dlt, Owner, Topic
from contacts.settings_file.sources import read_sources
from contacts.settings_file.syntax import read_toml
from contacts.settings_file.words import faults_of, secrets_in_file
from contacts.windows import USUAL, DayHours, Holidays, Weekly, Window

SETTINGS_FILE = "touchline.toml"
KEY_FILE = "secret.key"
SENDGRID_URL = "https://api.sendgrid.com"
TWILIO_URL = "https://api.twilio.com"
__all__ = [
    "KEY_FILE", "SETTINGS_FILE", "Dlt", "Owner", "Settings", "SettingsError", "Topic",
    "load_settings",
]  # fmt: skip

_SHORTEST_KEY = 16
_OTHERS = 0o077
"""What a group and everybody may do with a file."""


TASK = "task"
"""In `stale_policy`: a task for the customer's owner."""


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="TOUCHLINE_", env_nested_delimiter="__", extra="forbid", frozen=True
    )

    workspace: Path

    # Who writes.
    business_name: str = "Your business"
    business_address: str = ""
    """Postal address in the footer of marketing mail; CAN-SPAM asks for one."""
    business_website: str = ""
    sender_email: Address = "hello@business.example"
    sender_name: str = ""
    sms_sender: str = "+15005550006"
    """An E.164 number, or the SID of a Twilio Messaging Service (MG…)."""
    dlt: Dlt = Dlt()
    """The registration of senders and texts in India."""
    owners: list[Owner] = []
    lead: str | None = None
    """The owner who hears of what is nobody's, and of what others leave undone."""
    escalate_after: int = Field(default=2, ge=1)
    """Business days that a task may be late before the lead hears of it."""

    # What is assumed where a customer's row is silent.
    default_timezone: str = "UTC"
    default_locale: Language = "en"
    default_country: Country = "US"

    # When touches leave: what a cadence leaves out, and days of the business's own.
    window: Window = Window()
    holidays: Holidays = Holidays()
    sms_hours: dict[str, tuple[DayHours, ...]] = {}
    """By law, over those that come along: by country, or country and state (US-FL)."""

    # How many messages a customer gets at most, besides one a channel and day.
    caps: Caps = Caps()

    # When a customer counts as stale: days without contact, and per tier.
    freshness_days: Silence = 60
    freshness_days_by_tier: dict[str, Silence] = {}
    stale_policy: tuple[str, ...] = ("nurture", "winback", TASK)
    """Who takes in hand, every night, whom nobody has: the first cadence named that may, or a
    person by a task. Of a cadence that is not there nothing is asked."""

    # What customers may choose on their page, by the key that cadences name.
    topics: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,63}$")], Topic] = {}

    # What an opt-out means.
    stop_means_all_channels: bool = False
    """Whether a STOP by SMS, or in an answer to a mail, closes every channel and not its own."""
    double_opt_in: bool = False
    """Whether a yes to marketing by e-mail waits until a link in a mail to them confirms it."""
    sms_answers: Literal["provider", "touchline"] = "provider"
    """Who answers STOP, START and HELP by SMS: Twilio as it is set up there, or we."""

    # What is followed of a mail, of customers who do not forbid it in their row.
    click_tracking: bool = False
    """Whether links lead through `public_url`, and clicks are on record."""
    open_tracking: bool = False
    """Whether SendGrid tells that a mail was opened."""

    # The record. Empty: SQLite inside the workspace.
    database_url: SecretStr | None = None

    # Where people and providers find us.
    web_port: Port = 8000
    public_url: str = Field(
        default_factory=lambda data: _on_this_machine(data.get("web_port", 8000))
    )
    """Where links lead and webhooks arrive. Left out: the web app on this machine."""
    reply_domain: str = ""
    """Domain whose mail SendGrid's Inbound Parse hands to us; replies go to reply+…@it."""
    prefect_port: Port = 4200
    standin_port: Port = 4011
    secret_key: SecretStr | None = None
    """Hashes suppressed addresses, and signs links. Empty: a file in the workspace."""
    link_keys: SecretStr | None = None
    """With commas between: the first signs links, all are good. Empty: `secret_key` does both."""

    # Providers. Without its credentials a channel goes to the stand-in.
    sendgrid_api_key: SecretStr | None = None
    sendgrid_url: str = SENDGRID_URL
    sendgrid_webhook_key: str = ""
    """Public key of the signed event webhook, as SendGrid's settings page shows it."""
    sendgrid_activity: bool = False
    """Whether the account has the Email Activity add-on, and the key may read it."""
    twilio_account_sid: str = ""
    twilio_auth_token: SecretStr | None = None
    twilio_url: str = TWILIO_URL

    # Delivery.
    batch_size: int = Field(default=100, ge=1, le=100)
    """Touches gated together; what a crash can leave in doubt is at most one batch."""
    connections: int = Field(default=100, ge=1, le=128)
    email_per_second: float | None = Field(default=None, gt=0)
    """Requests of one sender over all workers. Empty: as fast as the provider answers."""
    sms_segments_per_second: float | None = Field(default=None, gt=0)
    """Segments of one sender over all workers. Empty: 1 at Twilio, no limit at the stand-in."""
    lease_seconds: int = Field(default=60, ge=45)
    connect_timeout: float = Field(default=5.0, gt=0)
    request_timeout: float = Field(default=20.0, gt=0)

    # Coming back.
    installation: str = Field(default="", max_length=50)
    """Names this installation on all its machines. Empty: an id of its own in each one's folder."""
    pause_after_hours: int = Field(default=24, ge=1)
    """After so long without a pass, sending waits for `touchline resume`."""
    ramp_percent: int = Field(default=10, ge=1, le=100)
    """How much of a backlog leaves in a minute."""

    # Prefect.
    plan_minutes: int = Field(default=60, ge=1)
    send_minutes: int = Field(default=5, ge=1)
    run_retention_days: int = Field(default=90, ge=1)

    # How long words are kept; that something was said, and when, stays.
    body_retention_days: Kept = 90
    reply_retention_days: Kept = 365
    payload_retention_days: Kept = 30
    """Of the raw form of what providers told us."""
    proof_retention_days: Kept = 730
    """Of the nightly proofs that nobody goes stale; they hold numbers alone."""

    @field_validator("database_url")
    @classmethod
    def _is_of_a_known_database(cls, url: SecretStr | None) -> SecretStr | None:
        given = url.get_secret_value() if url is not None else ""
        if given and (problem := database_problem(given)):
            raise ValueError(problem)
        return url

    @field_validator("stale_policy")
    @classmethod
    def _asks_a_person_last(cls, policy: tuple[str, ...]) -> tuple[str, ...]:
        if TASK in policy[:-1]:
            raise ValueError(
                f"write '{TASK}' at its end: what comes after it is never asked, for a task is "
                "always possible"
            )
        if twice := [name for name in policy if policy.count(name) > 1]:
            raise ValueError(f"it names '{twice[0]}' twice; take one out")
        return policy

    @field_validator("owners")
    @classmethod
    def _are_several_people(cls, owners: list[Owner]) -> list[Owner]:
        known: set[str] = set()
        for owner in owners:
            if (key := owner.email.strip().lower()) in known:
                raise ValueError(f"two of them have the address {key}; take one out")
            known.add(key)
        return owners

    @field_validator("link_keys")
    @classmethod
    def _are_hard_to_guess(cls, keys: SecretStr | None) -> SecretStr | None:
        if any(len(key) < _SHORTEST_KEY for key in _keys_in(keys)):
            raise ValueError(
                f"write keys of {_SHORTEST_KEY} characters or more, with commas between them"
            )
        return keys

    @model_validator(mode="after")
    def _there_are_hours(self) -> Self:
        if self.usual_hours.is_empty:
            raise ValueError(
                "'window' does not end after its start; for a night write both, such as "
                'start = "22:00" and end = "06:00"'
            )
        if both := sorted(set(self.holidays.add) & set(self.holidays.ignore)):
            raise ValueError(f"'holidays' adds and ignores {both[0]}; take it out of one")
        for place in self.sms_hours:
            if not re.fullmatch(r"[A-Z]{2}(-[A-Z0-9]{1,3})?", place):
                raise ValueError(
                    f"'sms_hours' has {place!r}; write a country or a state: IN, US-FL"
                )
        return self

    @model_validator(mode="after")
    def _requests_end_within_their_lease(self) -> Self:
        """A request starts in the first half of its lease, and must be over before the lease is."""
        half = self.lease_seconds / 2
        for name in ("connect_timeout", "request_timeout"):
            if (seconds := getattr(self, name)) > half:
                raise ValueError(
                    f"'{name}' is {seconds:g} s, more than half of 'lease_seconds' ({half:g} s); "
                    "make it shorter, or the lease longer"
                )
        return self

    @property
    def usual_hours(self) -> Weekly:
        """When touches leave where a cadence does not say when."""
        return self.window.over(USUAL)

    @property
    def state(self) -> Path:
        """The folder of what Touchline itself writes: database, logs, Prefect's home."""
        return self.workspace / ".touchline"

    def make_state(self) -> None:
        """Make that folder for its owner alone; one of ours that others may enter is closed."""
        make_private(self.state)
        if os.name != "posix":
            return
        found = self.state.stat()
        if found.st_mode & _OTHERS and found.st_uid == os.geteuid():
            self.state.chmod(stat.S_IMODE(found.st_mode) & ~_OTHERS)

    @property
    def url(self) -> str:
        """SQLAlchemy URL of the record."""
        if self.database_url is not None and self.database_url.get_secret_value():
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.state / 'touchline.db'}"

    @property
    def email_is_live(self) -> bool:
        return self.sendgrid_api_key is not None and bool(self.sendgrid_api_key.get_secret_value())

    @property
    def sms_is_live(self) -> bool:
        return bool(self.twilio_account_sid) and self.twilio_auth_token is not None

    @property
    def standin_url(self) -> str:
        return f"http://127.0.0.1:{self.standin_port}"

    @property
    def webhook_url(self) -> str:
        """Where Twilio or its stand-in reaches our webhooks; its signatures cover this."""
        return self.public_url.rstrip("/") if self.sms_is_live else self.local_url

    @property
    def local_url(self) -> str:
        """Where this machine, and so the stand-in, reaches the web app."""
        return _on_this_machine(self.web_port)

    @property
    def known_key(self) -> str | None:
        """The secret behind links and address hashes; None where none is set nor made yet."""
        if self.secret_key is not None and self.secret_key.get_secret_value():
            return self.secret_key.get_secret_value()
        return content(self._secret_key_file).decode("ascii").strip() or None

    @cached_property
    def signing_key(self) -> str:
        """The same; made at the first use if none is set."""
        if known := self.known_key:
            return known
        self.make_state()
        return kept(self._secret_key_file, _new_key).decode("ascii").strip()

    @property
    def _secret_key_file(self) -> Path:
        return self.state / KEY_FILE

    @cached_property
    def link_ring(self) -> tuple[str, ...]:
        """The keys of links: the first signs, all are good.

        The secret key always is, since links that it signed are in mailboxes and never expire.
        """
        return tuple(dict.fromkeys((*_keys_in(self.link_keys), self.signing_key)))


def _on_this_machine(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def _new_key() -> bytes:
    return secrets.token_urlsafe(32).encode("ascii")


def _keys_in(keys: SecretStr | None) -> list[str]:
    written = keys.get_secret_value() if keys is not None else ""
    return [key for one in written.split(",") if (key := one.strip())]


def load_settings(workspace: Path, **overrides: object) -> Settings:
    """Read the settings of `workspace`; raise SettingsError if it is none or a value is wrong."""
    workspace = workspace.resolve()
    toml = workspace / SETTINGS_FILE
    if not toml.is_file():
        raise SettingsError(
            f"{workspace}: no {SETTINGS_FILE} here. Make a workspace with 'touchline init DIR', "
            "or name one with '--workspace DIR'."
        )
    text, values = read_toml(toml)
    env, sources = workspace / ".env", read_sources(toml, text)
    if lines := [*env_faults(env), *secrets_in_file(values, Settings, sources)]:
        raise SettingsError.of(lines)

    from_file = _FROM_FILE.set(values)
    try:
        return _WorkspaceSettings(_env_file=env, workspace=workspace, **overrides)  # type: ignore[arg-type]  # checked by pydantic
    except (ValidationError, UnreadableVariable, UnicodeDecodeError) as error:
        raise SettingsError.of(faults_of(error, Settings, sources)) from None
    finally:
        _FROM_FILE.reset(from_file)


_FROM_FILE: ContextVar[dict[str, Any]] = ContextVar("from_file")


class _WorkspaceSettings(Settings):
    """One class for every workspace: pydantic takes longer to make a class than to read with it."""

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], *given: Any, **sources: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        usual = super().settings_customise_sources(settings_cls, *given, **sources)
        return *usual, InitSettingsSource(settings_cls, _FROM_FILE.get())
