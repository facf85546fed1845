"""Channels and senders: whether they may send, how fast, and how they go on after a pause."""
