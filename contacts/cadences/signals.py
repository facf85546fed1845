"""What may be noticed about a customer's orders; the kinds that a cadence may start on."""

from enum import StrEnum


class SignalKind(StrEnum):
    """What departs from an account's own rhythm."""

    # Enum's own is written in Python.
    __hash__ = str.__hash__

    LATE = "order.late"  # silent for longer than it ever should be
    SLOWER = "order.slower"  # the last gaps are longer
    FASTER = "order.faster"  # the last gaps are shorter
    SMALLER = "order.smaller"  # the last orders are smaller
    BIGGER = "order.bigger"  # the last orders are bigger
    IRREGULAR = "order.irregular"  # the last gaps are uneven, for an account that was not


GROWING = (SignalKind.FASTER, SignalKind.BIGGER)
"""What is good news; of all others a customer may be slipping away."""
SLIPPING = tuple(kind for kind in SignalKind if kind not in GROWING)
