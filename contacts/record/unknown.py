"""What a person named and the record does not have; light, since every command knows it."""


class UnknownCustomer(LookupError):
    """Nobody in the record has this id or address; the message says so, and who was near."""


class UnknownTask(LookupError):
    """The customer has no open task of that id."""
