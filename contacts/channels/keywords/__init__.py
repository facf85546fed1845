"""What customers' own words ask for: to stop, to start again, for help, or for a person to look."""

from contacts.channels.keywords.asked import Asked, classify, names_another_channel

__all__ = ["Asked", "classify", "names_another_channel"]
