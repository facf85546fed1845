"""What customers' own words ask for: to stop, to start again, for help, or for a person to look."""

from contacts.channels.keywords.asked import Asked, classify, names_another_channel
from contacts.channels.keywords.automatic import (
    is_automatic_mail,
    is_automatic_sms,
    is_automatic_subject,
    is_reply_subject,
    own_subject,
)
from contacts.channels.keywords.beside import wants_an_answer
from contacts.channels.keywords.offered import asks_for_a_reply

__all__ = [
    "Asked",
    "asks_for_a_reply",
    "classify",
    "is_automatic_mail",
    "is_automatic_sms",
    "is_automatic_subject",
    "is_reply_subject",
    "names_another_channel",
    "own_subject",
    "wants_an_answer",
]
