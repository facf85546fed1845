"""C24, C25: at the gate an SMS that its recipient's country does not allow is skipped, and told."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, select

from contacts.record.engine import reading, writing
from contacts.record.tables import Message, Touch
from contacts.record.timeline import timeline
from contacts.settings import Dlt, Settings
from tests.cast import NOW, agrees, customer
from tests.world import World, world

STEP = "  - {key: hello, channel: sms, template: news, day: 0}\n"
LINKED = "Example Tea: hello {{ customer.first_name }}! No more SMS: {{ links.unsubscribe }}"
REGISTER = """
[[texts]]
id = "1107000000000000001"
message = "news"
text = "Example Tea: hello {#alphanumeric#}! No more SMS: {#url#}"
"""
Made = Callable[..., World]


@pytest.fixture
def made(sqlite_engine: Engine, settings: Settings) -> Made:
    """One customer with this number, and this SMS for them."""

    def make(phone: str, words: str, *, register: str = REGISTER, **dlt: object) -> World:
        with writing(sqlite_engine) as connection:
            one = customer(connection, email="asha@example.com", phone=phone, first_name="Asha")
            agrees(connection, one, "sms", at=NOW)
        changed = settings.model_copy(update={"dlt": Dlt.model_validate(dlt)})
        small = world(sqlite_engine, changed, STEP)
        folder = settings.workspace / "templates" / "sms"
        (folder / "news").mkdir()
        (folder / "news" / "body.txt").write_text(words, encoding="utf-8")
        (folder / "dlt.toml").write_text(register, encoding="utf-8")
        return small

    return make


async def test_c24_the_registered_text_leaves_for_india(made: Made) -> None:
    small = made("+919999900001", LINKED, entity_id="1101000000000000001")
    await small.tick(NOW)
    assert small.touches() == [("hello", "accepted", None)]
    assert small.sms.got[0].body.startswith("Example Tea: hello Asha! No more SMS: http")


async def test_c24_a_text_that_differs_in_one_word_does_not_leave_for_india(
    made: Made, sqlite_engine: Engine
) -> None:
    words = LINKED.replace("No more SMS", "No other SMS")
    small = made("+919999900001", words, entity_id="1101000000000000001")
    report = await small.tick(NOW)
    assert small.touches() == [("hello", "skipped", "unregistered")]
    assert (small.sms.got, report.of("sample").skipped) == ([], {"unregistered": 1})
    with reading(sqlite_engine) as connection:
        assert connection.execute(select(Message.attempt_id)).all() == []
        customer_id = connection.execute(select(Touch.customer_id)).scalar_one()
        told = " ".join(str(one) for one in timeline(connection, customer_id, now=NOW))
    assert "not registered in India" in told


async def test_c24_without_a_registration_nothing_leaves_for_india(made: Made) -> None:
    small = made("+919999900001", LINKED)
    await small.tick(NOW)
    assert small.touches() == [("hello", "skipped", "unregistered")]


@pytest.mark.parametrize("phone", ["+919999900001", "+9779800000001", "+375440000001"])
async def test_c24_c25_reply_stop_does_not_leave_where_nobody_can_reply(
    made: Made, phone: str
) -> None:
    small = made(phone, "Example Tea: all well? Reply STOP to opt out.", international=True)
    await small.tick(NOW)
    assert small.touches() == [("hello", "skipped", "unfit")]
    assert small.sms.got == []


async def test_c25_reply_stop_leaves_for_everybody_else(made: Made) -> None:
    small = made("+12025550111", "Example Tea: all well? Reply STOP to opt out.")
    await small.tick(NOW)
    assert small.touches() == [("hello", "accepted", None)]


async def test_c24_a_register_that_cannot_be_read_fails_what_it_is_about(made: Made) -> None:
    small = made("+919999900001", LINKED, register="[[texts]\n", entity_id="1101000000000000001")
    report = await small.tick(NOW)
    assert small.touches() == [("hello", "failed", "template")]
    assert [fault.path.endswith("sms/dlt.toml") for fault in report.broken] == [True]
