"""The stand-in: a local server that plays SendGrid and Twilio, for rehearsals and tests."""

from contacts.channels.standin.server import Standin, running_standin

__all__ = ["Standin", "running_standin"]
