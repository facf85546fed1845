"""Why nobody knows whether a message arrived, in the words of the command line and the board."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the command line's help needs no tables
    from contacts.record.doubt.held import Held

_WHY = {
    "lease_over": "who sent it ended before the answer came",
    "timeout": "no answer came in time",
    "reset": "the connection broke before the answer came",
    "disconnected": "the connection broke before the answer came",
    "cut_short": "the connection broke within the answer",
}
_LISTS = {"email": "SendGrid's list", "sms": "Twilio's list"}
_FOUND = {
    "absent": "{} does not have it ({})",
    "not_yet": "{} did not have it, and it was too soon to tell ({})",
    "unclear": "{} has something else to them from that time, which proves nothing ({})",
    "no_list": "{} is not open to this account or key ({})",
    "no_answer": "{} did not answer ({})",
    "ours": "{} has it ({})",
}
_UNASKED = {
    "email": "SendGrid's list was not asked; with its Email Activity add-on, set sendgrid_activity",
    "sms": "Twilio's list was not asked yet; every pass asks",
}


def why(held: "Held") -> str:
    """What the provider answered, or how the wire failed."""
    if held.http_status is not None:
        return f"the provider answered {held.http_status}, which does not tell"
    return _WHY.get(held.code or "", f"no answer that tells ({held.code or 'none'})")


def on_the_list(held: "Held") -> str:
    """What the provider's own list said when it was looked at."""
    if held.found is None or held.looked_at is None:
        return _UNASKED.get(held.channel, "not asked")
    said = _FOUND.get(held.found, f"{{}}: {held.found} ({{}})")
    return said.format(_LISTS.get(held.channel, "the list"), f"{held.looked_at:%d %b %H:%M} UTC")
