"""The cadence file as data: what an account owner may write, and nothing else.

These classes are also the source of the JSON Schema that editors use; a field's description there
is the text an account owner reads while typing.
"""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from contacts.cadences.signals import SignalKind
from contacts.cadences.spans import Span
from contacts.windows import DAY_MINUTES, TimeOfDay, Weekly, Window

NAME = r"^[a-z][a-z0-9_-]{0,63}$"
Name = Annotated[str, Field(pattern=NAME)]
CONFIRM_CONSENT = "confirm-consent"
"""Our own cadence, and the only one that may say OURS."""
OURS = frozenset({"consent", "consent.asked"})
StopEvent = Literal["reply", "opt_out", "order"]


class Kind(StrEnum):
    """How a touch reaches the customer."""

    # Enum's own is written in Python, and these are keys many times a touch.
    __hash__ = str.__hash__

    EMAIL = "email"
    SMS = "sms"
    CALL = "call"
    VISIT = "visit"
    LETTER = "letter"

    @property
    def is_human(self) -> bool:
        return self in (Kind.CALL, Kind.VISIT, Kind.LETTER)


OnUnknown = Literal["hold", "resend"]


def _without_ours(schema: dict[str, Any]) -> None:
    """Editors offer what a workspace may write."""
    schema["enum"] = [value for value in schema["enum"] if value not in OURS]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Start(_Part):
    """What puts a customer on this cadence."""

    on: Literal[
        "customer.added",
        "customer.quiet",
        "customer.idle",
        "contract.ending",
        "contract.ended",
        "signal",
        "consent.asked",
    ] = Field(
        json_schema_extra=_without_ours,
        description="customer.added: is in the book (once per customer). customer.quiet: no order "
        "for as long as `after` says (once per quiet spell). customer.idle: no other cadence has "
        "the customer in hand. contract.ending: a contract ends within `before` (once each). "
        "contract.ended: a contract or project ended as long ago as `after` says (once each). "
        "signal: something of `kinds` was noticed about them (once each).",
    )
    after: Span | None = Field(
        default=None, description="For customer.quiet: 60d. For contract.ended: 7d."
    )
    before: Span | None = Field(default=None, description="For contract.ending: 60d.")
    kinds: list[SignalKind] | None = Field(
        default=None, min_length=1, description="For signal: [order.late]."
    )
    where: str | None = Field(
        default=None, description="A condition that must hold: customer.tier != 'trial'."
    )


class Stop(_Part):
    """What ends this cadence early for a customer."""

    on: list[StopEvent] = Field(default=["opt_out"], description="Events that end it.")
    goal: str | None = Field(
        default=None, description="A condition that means it worked: orders.count >= 2."
    )


ALWAYS = Weekly(0, DAY_MINUTES, frozenset(range(7)), skips_holidays=False)
"""When an e-mail may leave that may leave at any time."""

SMS_HOURS = ALWAYS._replace(start=8 * 60, end=21 * 60)
"""The hours on the customer's own clock in which an SMS may arrive (47 CFR 64.1200 (c)(1))."""


class Step(_Part):
    """One planned touch."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": ["day"]}, {"required": ["after"]}]}
    )

    key: Name = Field(description="A stable name of this step; do not reuse it for another one.")
    channel: Kind = Field(description="email, sms, call, visit or letter.")
    template: Name = Field(description="The folder of the message, or the brief for a person.")
    day: int | None = Field(
        default=None, ge=0, le=3660, description="Local days after the start of the cadence."
    )
    after: Span | None = Field(
        default=None, description="So long after the previous touch was really made: 4d, 2w."
    )
    at: TimeOfDay | None = Field(default=None, description="A time of day inside the window.")
    any_time: bool = Field(
        default=False,
        description="An e-mail that may leave at any hour of any day, such as a first welcome.",
    )
    window: Window | None = Field(
        default=None,
        description="Hours and days of this step alone; what it leaves out is the cadence's.",
    )
    when: str | None = Field(
        default=None, description="Skip the step unless this holds: customer.persona != 'expert'."
    )
    otherwise: Literal[Kind.EMAIL, Kind.SMS] | None = Field(
        default=None, description="The channel to use where the first one cannot reach them."
    )
    due: str | None = Field(
        default=None,
        pattern=r"^\d{1,3} (business )?days?$",
        description="How long a person has: 2 business days.",
    )
    wait: bool = Field(default=False, description="Wait for the outcome before going on.")
    on_unknown: OnUnknown | None = Field(
        default=None, description="As for the cadence, for this step alone."
    )
    priority: int | None = Field(
        default=None, ge=0, le=9, description="As for the cadence, for this step alone."
    )

    def channels(self) -> list[Kind]:
        """The channel it goes by, and the one it may go by instead."""
        return [self.channel] if self.otherwise is None else [self.channel, Kind(self.otherwise)]


class Cadence(_Part):
    """A cadence: whom it takes in, when it stops, and its steps in order."""

    name: Name = Field(description="The same as the file's name without its ending.")
    goal: str = Field(
        min_length=1, max_length=200, description="What it is for, in a few words; shown to people."
    )
    purpose: Literal["service", "marketing", "consent"] = Field(
        json_schema_extra=_without_ours,
        description="service: part of what they bought. marketing: needs consent, has a footer.",
    )
    topic: Name | None = Field(
        default=None,
        description="What it is about, for customers who want to hear of some things only: "
        "product-news.",
    )
    start: Start = Field(description="What puts a customer on it: {on: customer.added}.")
    stop: Stop = Stop()
    timezone: str = Field(default="customer", description="customer, or a zone: Europe/Minsk.")
    window: Window = Field(
        default_factory=Window,
        description="When its touches may leave; what it leaves out is as in the settings.",
    )
    on_unknown: OnUnknown = Field(
        default="hold",
        description="What to do where no answer tells whether a message arrived. hold: ask a "
        "person. resend: send it again once the provider's list proves that it is not there.",
    )
    priority: int = Field(
        default=5,
        ge=0,
        le=9,
        description="Which touch goes first where a customer's day has no room for two: 9 before "
        "0.",
    )
    repeat: Span | None = Field(
        default=None, description="Begin again so long after the last step: 30d."
    )
    steps: list[Step] = Field(
        min_length=1, max_length=200, description="The touches, in their order."
    )

    def zone_for(self, customers_zone: str) -> str:
        """The zone in which days and hours count for a customer."""
        return customers_zone if self.timezone == "customer" else self.timezone

    def on_unknown_of(self, step: Step) -> OnUnknown:
        """What to do with a message of this step that is in doubt; the step's own word wins."""
        return step.on_unknown or self.on_unknown

    def priority_of(self, step: Step) -> int:
        """How early this step goes where there is no room for all, the highest number first.

        The step's own word wins over the cadence's; of equals all else goes before marketing.
        """
        said = self.priority if step.priority is None else step.priority
        return 2 * said + (self.purpose != "marketing")

    def routes(self) -> list[tuple[Step, Kind]]:
        """Every step with each channel that it may use."""
        return [(step, kind) for step in self.steps for kind in step.channels()]


def whole_window(of_cadence: Window, of_step: Window | None, usual: Weekly) -> Weekly:
    """The window of a step; each takes from the wider one what it leaves out."""
    whole = of_cadence.over(usual)
    return whole if of_step is None else of_step.over(whole)
