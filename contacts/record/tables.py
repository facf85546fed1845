"""Every table of the record in one import."""

from contacts.record.base import Base, Instant
from contacts.record.book.absences import Absence
from contacts.record.book.handed import Handed
from contacts.record.consent.sms_answers import SmsAnswer
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
from contacts.record.customers.erasures import Erasure, ErasureRequest
from contacts.record.customers.proofs import FreshnessProof
from contacts.record.dealings import Contract, ImportedFile, Order
from contacts.record.doubt.looks import Look
from contacts.record.orders.benefits import Benefit
from contacts.record.orders.item_pairs import ItemPair
from contacts.record.orders.rhythms import OrderChange, OrderRhythm, OrderWatchRow
from contacts.record.orders.signals import Signal
from contacts.record.people import Consent, Customer, OwnerRow, Suppression
from contacts.record.running import Channel, Digest, Heartbeat, Resume, SecretKeyMark, ZoneMark
from contacts.record.sending.rates import SendingRate
from contacts.record.sign_in.accounts import Account
from contacts.record.sign_in.sessions import Session
from contacts.record.touches.links import Link
from contacts.record.upkeep.stuck_events import StuckEvent

__all__ = [
    "ALIVE", "Absence", "Account", "Attempt", "Base", "Benefit", "CadenceVersion", "Channel",
    "Consent", "Contract", "Customer", "Digest", "Enrolment", "Erasure", "ErasureRequest", "Event",
    "FreshnessProof", "Handed", "Heartbeat", "ImportedFile", "Instant", "ItemPair", "Link",
    "Look", "Message", "Order", "OrderChange", "OrderRhythm", "OrderWatchRow", "OwnerRow",
    "Queued", "Resume", "SecretKeyMark", "SendingRate", "Session", "Signal", "SmsAnswer",
    "StuckEvent", "Suppression", "Task", "Touch", "ZoneMark",
]  # fmt: skip
