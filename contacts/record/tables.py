"""Every table of the record in one import."""

from contacts.record.absences import Absence
from contacts.record.accounts import Account
from contacts.record.base import Base, Instant
from contacts.record.benefits import Benefit
from contacts.record.contact import (
    ALIVE,
    Attempt,
    CadenceVersion,
    Enrolment,
    Event,
    Message,
    Queued,
    Task,
    Touch,
)
from contacts.record.dealings import Contract, ImportedFile, Order
from contacts.record.erasures import Erasure, ErasureRequest
from contacts.record.handed import Handed
from contacts.record.item_pairs import ItemPair
from contacts.record.links import Link
from contacts.record.looks import Look
from contacts.record.people import Consent, Customer, OwnerRow, Suppression
from contacts.record.proofs import FreshnessProof
from contacts.record.rates import SendingRate
from contacts.record.rhythms import OrderChange, OrderRhythm, OrderWatchRow
from contacts.record.running import Channel, Digest, Heartbeat, Resume
from contacts.record.sessions import Session
from contacts.record.signals import Signal
from contacts.record.sms_answers import SmsAnswer
from contacts.record.stuck_events import StuckEvent

__all__ = [
    "ALIVE", "Absence", "Account", "Attempt", "Base", "Benefit", "CadenceVersion", "Channel",
    "Consent", "Contract", "Customer", "Digest", "Enrolment", "Erasure", "ErasureRequest", "Event",
    "FreshnessProof", "Handed", "Heartbeat", "ImportedFile", "Instant", "ItemPair", "Link",
    "Look", "Message", "Order", "OrderChange", "OrderRhythm", "OrderWatchRow", "OwnerRow",
    "Queued", "Resume", "SendingRate", "Session", "Signal", "SmsAnswer", "StuckEvent",
    "Suppression", "Task", "Touch",
]  # fmt: skip
