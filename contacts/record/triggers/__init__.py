"""Whom a cadence's `start` takes in, and for what cause."""

from contacts.record.triggers.candidates import PAGE, Candidate, candidates
from contacts.record.triggers.noticed import asked_by

__all__ = ["PAGE", "Candidate", "asked_by", "candidates"]
