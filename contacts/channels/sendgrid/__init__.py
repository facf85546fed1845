"""SendGrid, both directions: mail out, the signed event webhook and Inbound Parse in."""

from contacts.channels.sendgrid.events import parse
from contacts.channels.sendgrid.inbound import parse_inbound
from contacts.channels.sendgrid.out import SendGrid
from contacts.channels.sendgrid.signature import verify

__all__ = ["SendGrid", "parse", "parse_inbound", "verify"]
