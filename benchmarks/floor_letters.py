"""The floor's requests: SendGrid's JSON and Twilio's form with all that the product's have."""

from base64 import b64encode
from typing import Any, Protocol
from urllib.parse import urlencode

import orjson

from benchmarks import ACCOUNT_SID, API_KEY, AUTH_TOKEN
from benchmarks.floor_http import Reply
from benchmarks.message import BUSINESS, Message, Text, context_of, unsubscribe_link
from benchmarks.people import NOW


class Letters(Protocol):
    """How one provider is asked, and what it answers."""

    url: str
    authorization: str
    kind: str
    accepted: int

    def body(self, row: dict[str, Any], attempt_id: str) -> bytes:
        """The request to the customer whose columns `row` has."""

    def provider_id(self, reply: Reply) -> str: ...


def letters_of(channel: str, url: str) -> Letters:
    return Mail(url) if channel == "email" else Sms(url)


class Mail:
    kind = "application/json"
    accepted = 202

    def __init__(self, url: str) -> None:
        self.url = f"{url}/v3/mail/send"
        self.authorization = f"Bearer {API_KEY}"
        self._message = Message()

    def body(self, row: dict[str, Any], attempt_id: str) -> bytes:
        words = self._message.render(context_of(row, NOW.date()))
        off = {"enable": False}
        name = f"{row['first_name']} {row['last_name']}"
        return orjson.dumps(
            {
                "from": {"email": BUSINESS["email"], "name": "Example Tea"},
                "reply_to": {"email": f"reply+{attempt_id}@reply.tea.example.com"},
                "subject": words.subject,
                "personalizations": [
                    {
                        "to": [{"email": row["email"], "name": name}],
                        "custom_args": {"attempt_id": attempt_id},
                    }
                ],
                "content": [
                    {"type": "text/plain", "value": words.text},
                    {"type": "text/html", "value": words.html},
                ],
                "categories": ["spring"],
                "headers": {
                    "List-Unsubscribe": f"<{unsubscribe_link(row['id'])}>",
                    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
                },
                "tracking_settings": {
                    "click_tracking": off | {"enable_text": False},
                    "open_tracking": off,
                    "subscription_tracking": off,
                },
            }
        )

    def provider_id(self, reply: Reply) -> str:
        return reply.message_id


class Sms:
    kind = "application/x-www-form-urlencoded"
    accepted = 201

    def __init__(self, url: str) -> None:
        self.url = f"{url}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
        known = b64encode(f"{ACCOUNT_SID}:{AUTH_TOKEN}".encode()).decode("ascii")
        self.authorization = f"Basic {known}"
        self._text = Text()

    def body(self, row: dict[str, Any], attempt_id: str) -> bytes:
        status = f"http://127.0.0.1:8000/webhooks/twilio/status?attempt={attempt_id}"
        form = {
            "To": row["phone"],
            "Body": self._text.render(context_of(row, NOW.date())),
            "StatusCallback": status,
            "ValidityPeriod": 3600,
            "SmartEncoded": True,
            "From": "+15005550006",
        }
        return urlencode(form).encode("ascii")

    def provider_id(self, reply: Reply) -> str:
        return str(orjson.loads(reply.body)["sid"])
