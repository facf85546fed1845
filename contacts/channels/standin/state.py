"""Everything the stand-in's handlers share."""

from dataclasses import dataclass, field

from contacts.channels.standin.book import Book, Kept
from contacts.channels.standin.clock import Clock
from contacts.channels.standin.courier import Courier, Step
from contacts.channels.standin.faults import Faults
from contacts.channels.standin.telling import Teller


@dataclass(slots=True)
class Mouth:
    """The way back to the webhooks, where the stand-in was told of any."""

    teller: Teller
    courier: Courier
    inbound_token: str  # empty: replies by e-mail have nowhere to go


@dataclass(slots=True)
class State:
    clock: Clock
    book: Book
    faults: Faults
    mouth: Mouth | None
    fingerprint: str  # of the keys it signs with
    activity: bool  # whether the account has the Email Activity add-on
    requests: int = 0  # to the providers' endpoints, whatever became of them
    outcomes: dict[str, tuple[str, str]] = field(default_factory=dict)  # number: status and code

    def tell_mail(self, kept: Kept, categories: list[str]) -> None:
        if self.mouth is not None:
            self.mouth.courier.tell(self.mouth.teller.mail_steps(kept, categories))

    def tell_sms(self, kept: Kept, callback: str) -> None:
        if self.mouth is not None and callback:
            outcome = self.outcomes.get(kept.to)
            self.mouth.courier.tell(self.mouth.teller.sms_steps(kept, callback, outcome))

    def tell(self, steps: list[Step]) -> None:
        if self.mouth is not None:
            self.mouth.courier.tell(steps)
