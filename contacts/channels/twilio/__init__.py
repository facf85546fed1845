"""Twilio, both directions: SMS out, signed status callbacks and customers' messages in."""

from contacts.channels.twilio.callbacks import parse_inbound, parse_status
from contacts.channels.twilio.out import Twilio
from contacts.channels.twilio.signature import verify

__all__ = ["Twilio", "parse_inbound", "parse_status", "verify"]
