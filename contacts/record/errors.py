"""What the record refuses, and why; light, since every command knows it."""


class RecordError(Exception):
    """The record cannot be used now; the message names the place and the remedy."""


class UnknownCustomer(LookupError):
    """Nobody in the record has this id or address; the message says so, and who was near."""


class ErasedCustomer(LookupError):
    """The customer's data were erased on request; nothing more is written down about them."""


class ReviewRefused(LookupError):
    """What a person says of a message or an answer is not to be said so, or not any more."""


class NoteRefused(LookupError):
    """What a person says of a call, a visit or a letter does not go together.

    `field` is what is wrong or missing of a Note: result, again_on, waive_until or text.
    """

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class NotedBefore(LookupError):
    """The very same form was sent before, as by a double click; nothing is written twice."""


class ConsentRefused(LookupError):
    """What a person says that a customer agreed to cannot hold; the message says against what."""


class OwnerRefused(LookupError):
    """There is no such owner, or they cannot be away or hand over like that."""


class UnknownTask(LookupError):
    """The customer has no open task of that id."""


class AccountRefused(LookupError):
    """There is no such account of the board, or there is one already; the message says which."""
