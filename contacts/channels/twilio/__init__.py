"""Twilio, both directions: SMS out, looked up, erased; signed callbacks, customers' messages in."""

from contacts.channels.twilio.callbacks import parse_inbound, parse_status
from contacts.channels.twilio.erase import TwilioErasure
from contacts.channels.twilio.lookup import TwilioMessages
from contacts.channels.twilio.out import Twilio
from contacts.channels.twilio.signature import verify

__all__ = ["Twilio", "TwilioErasure", "TwilioMessages", "parse_inbound", "parse_status", "verify"]
