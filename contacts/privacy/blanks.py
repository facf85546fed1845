"""What becomes of every column that holds something of a customer who is erased.

The ledger stays: ids, times, states and hashes. A test holds this to the tables' metadata, so that
nobody adds a column without saying what becomes of it.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import null

from contacts.record.clock import DatabaseNow

REMOVED = frozenset({
    "benefits", "contracts", "links", "messages", "order_changes", "order_rhythms", "orders",
    "signals",
})  # fmt: skip
"""Tables whose rows go: words that were sent, what their links point at, which may name somebody,
and copies of what the business has elsewhere."""
_NOWHERE = "ZZ"
"""The code of no country."""
WORD = "erased"

HASHED: Mapping[str, str] = {"enrolments": "trigger", "events": "event_id"}
"""A column that must stay unique, and may name a contract or a mail server: its hash stays."""

KEPT: Mapping[str, frozenset[str]] = {
    "attempts": frozenset({
        "id", "touch_id", "customer_id", "channel", "local_date", "state", "fence", "lease_until",
        "template", "body_hash", "segments", "started_at", "answered_at", "provider_id",
        "http_status", "code",
    }),
    "consents": frozenset({
        "id", "customer_id", "channel", "purpose", "granted", "kind", "at", "expires_at",
        "recorded_at",
    }),
    "customers": frozenset({
        "id", "email_key", "joined_on", "last_contact_at", "created_at", "updated_at",
    }),
    "enrolments": frozenset({
        "id", "customer_id", "cadence", "version_id", "state", "reason", "started_at",
        "started_on", "round", "position", "last_made_at", "last_made", "plan_at", "ended_at",
    }),
    "erasure_requests": frozenset({
        "id", "customer_id", "provider", "target", "attempt_id", "state", "tries", "created_at",
        "next_at", "asked_at", "http_status", "code", "answer_id",
    }),
    "erasures": frozenset({"customer_id", "at"}),
    "events": frozenset({
        "id", "provider", "kind", "channel", "customer_id", "touch_id", "attempt_id",
        "occurred_at", "received_at",
    }),
    "handed": frozenset({"customer_id", "file_owner_id", "at"}),
    "looks": frozenset({"attempt_id", "at", "found"}),
    "queue": frozenset({"ready_at", "touch_id", "fence", "lease_until"}),
    "sms_answers": frozenset({
        "id", "event_id", "customer_id", "about", "state", "owed_at", "text", "attempt_id",
        "started_at", "answered_at", "provider_id", "http_status", "code",
    }),
    "suppressions": frozenset({
        "id", "address_hash", "channel", "reason", "scope", "source", "at", "lifted_at",
        "erased_at",
    }),
    "tasks": frozenset({
        "id", "customer_id", "owner_id", "touch_id", "event_id", "kind", "due_at", "state",
        "opened_at", "changed_at", "closed_at", "escalated", "escalated_at",
    }),
    "touches": frozenset({
        "id", "customer_id", "enrolment_id", "cadence", "step_key", "occurrence", "channel",
        "purpose", "state", "reason", "cap", "due_at", "not_after", "wall_time", "zone",
        "dst_adjusted", "tries", "created_at", "made_at",
    }),
}  # fmt: skip
"""Columns that stay as they are; `email_key` the database empties with `email`."""


EMPTIED: Mapping[str, Mapping[str, Any]] = {
    # The database changes no other column of a consent, and none without the mark of it.
    "consents": {"source": WORD, "evidence": "", "wording": "", "redacted_at": DatabaseNow()},
    "customers": {
        "email": None,
        "phone": None,
        "first_name": "",
        "last_name": "",
        "company": "",
        "timezone": "UTC",
        "timezone_assumed": True,
        "locale": "en",
        "country": _NOWHERE,
        "owner_id": None,
        "tier": "",
        "freshness_days": None,
        "persona": "",
        "attributes": {},
        "active": False,
        "waived_until": None,
        "waiver": None,
        "wishes": None,
    },
    "events": {"detail": "", "payload": null()},
    "tasks": {"title": WORD.capitalize(), "brief": "", "outcome": WORD, "result": None},
}
"""The new values of the columns that do not stay, by table."""
