"""SendGrid, both directions: mail out, looked up, erased; the signed webhook, Inbound Parse in."""

from contacts.channels.sendgrid.erase import SendGridErasure
from contacts.channels.sendgrid.events import parse
from contacts.channels.sendgrid.inbound import parse_inbound
from contacts.channels.sendgrid.lookup import SendGridActivity
from contacts.channels.sendgrid.out import SendGrid
from contacts.channels.sendgrid.signature import verify

__all__ = [
    "SendGrid", "SendGridActivity", "SendGridErasure", "parse", "parse_inbound", "verify",
]  # fmt: skip
