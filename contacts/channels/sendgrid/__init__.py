"""SendGrid, both directions: mail out and looked up, the signed webhook and Inbound Parse in."""

from contacts.channels.sendgrid.events import parse
from contacts.channels.sendgrid.inbound import parse_inbound
from contacts.channels.sendgrid.lookup import SendGridActivity
from contacts.channels.sendgrid.out import SendGrid
from contacts.channels.sendgrid.signature import verify

__all__ = ["SendGrid", "SendGridActivity", "parse", "parse_inbound", "verify"]
