"""C24, C25: what an SMS may say where nobody can answer it, or where its text is registered."""

import re

import pytest

from contacts.cadences.law.abroad import abroad, places
from contacts.channels.keywords import asks_for_a_reply
from contacts.delivery.abroad import Unfit, Written, unfit
from contacts.messages.registered import Registered, RegisterError, registered_texts
from contacts.settings import Dlt

LINK = "https://touch.example/u/7-sms.signed"
INDIA, NEPAL, BELARUS, HOME = "+919999900001", "+9779800000001", "+375440000001", "+12025550111"
REGISTERED = """
[[texts]]
id = "1107000000000000001"
message = "offer"
text = "Fern: hello {#alphanumeric#}! Tea is cheaper today. Call {#cbn#}. No more SMS: {#url#}"
"""
AS_REGISTERED = (
    f"Fern: hello Asha Rao! Tea is cheaper today. Call +919999900090. No more SMS: {LINK}"
)


def problems(
    text: str, phone: str, *, purpose: str = "marketing", dlt: Dlt | None = None
) -> list[Unfit]:
    sms = Written(
        "offer", text, phone, (LINK,), "marketing" if purpose == "marketing" else "service"
    )
    settings = Dlt(entity_id="1101000000000000001") if dlt is None else dlt
    return list(unfit(sms, settings, registered_texts(REGISTERED)))


def the_text(text: str) -> Registered:
    source = f'[[texts]]\nid = "1107000000000000001"\nmessage = "offer"\ntext = "{text}"\n'
    return registered_texts(source)[0]


@pytest.mark.parametrize(
    "text",
    [
        "Reply STOP to opt out.",
        "Fern: tea. Txt STOP 2 optout",
        "STOP to end",
        "To unsubscribe, reply with the word stop.",
        "Abmelden: STOP antworten.",
        "बंद करने के लिए STOP लिखें",
        "रोकने के लिए रोक भेजें",
        "सन्देश रोक्न STOP पठाउनुहोस्",
        "Каб адпісацца, адкажыце СТОП",  # noqa: RUF001  # Belarusian
        "Responda BAJA",
        "Répondez STOP",
        "Responda SAIR para sair",
        "回复TD退订",
        f"Reply stop, or go to {LINK}",
    ],
)
def test_c25_a_text_that_asks_for_a_reply_is_known_in_every_language(text: str) -> None:
    assert asks_for_a_reply(text)


@pytest.mark.parametrize(
    "text",
    [
        f"No more SMS: {LINK}",
        f"STOP: {LINK}",
        f"STOP SMS: {LINK}",
        f"SMS बंद: {LINK}",
        f"Спыніць SMS: {LINK}",
        "Stop by our shop on Monday. Write to hello@example.com or call +12025550100.",
        "OFERTA PARA VOCE",
        "Our bus stop is open again",
    ],
)
def test_c25_a_link_to_stop_and_other_words_ask_for_no_reply(text: str) -> None:
    assert asks_for_a_reply(text) is None


@pytest.mark.parametrize("phone", [INDIA, NEPAL, BELARUS])
def test_c24_c25_reply_stop_is_no_way_out_where_nobody_can_reply(phone: str) -> None:
    place = abroad(phone)
    found = problems("Fern: tea. Reply STOP to opt out.", phone)
    assert place is not None
    assert found[0].reason == "unfit"
    assert f"{place.name} ({place.country})" in found[0].problem
    assert problems("Fern: tea. Reply STOP to opt out.", HOME) == []


@pytest.mark.parametrize("phone", [INDIA, NEPAL, BELARUS])
def test_c24_c25_marketing_has_a_link_where_nobody_can_reply(phone: str) -> None:
    bare, linked = "Fern: tea is cheaper today.", f"Fern: tea is cheaper today. {LINK}"
    assert "link" in problems(bare, phone)[0].problem
    assert [one for one in problems(linked, phone) if one.reason == "unfit"] == []
    assert [one for one in problems(bare, phone, purpose="service") if one.reason == "unfit"] == []


def test_c24_the_registered_text_may_leave() -> None:
    assert problems(AS_REGISTERED, INDIA) == []
    assert problems(AS_REGISTERED.replace(" Call", "\nCall"), INDIA) == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("cheaper", "cheap", "lacks '! Tea is cheaper today. Call'"),
        ("Asha Rao", "A" * 41, "lacks '! Tea is cheaper today. Call'"),
        ("+919999900090", "us", "lacks '. No more SMS:'"),
        ("Fern:", "Fern", "lacks 'Fern: hello'"),
        (LINK, f"{LINK} today", "goes on"),
    ],
)
def test_c24_a_text_that_differs_in_one_word_is_refused(old: str, new: str, told: str) -> None:
    dlt = Dlt(entity_id="1101000000000000001")
    sms = Written("offer", AS_REGISTERED.replace(old, new), INDIA, (), "service")
    (found,) = unfit(sms, dlt, registered_texts(REGISTERED))
    assert found.reason == "unregistered"
    assert "template id 1107000000000000001" in found.problem
    assert told in found.problem


def test_c24_india_needs_an_entity_id_and_a_text_of_that_message() -> None:
    (nobody,) = problems(AS_REGISTERED, INDIA, dlt=Dlt())
    assert nobody.is_setting
    assert "entity_id under [dlt]" in nobody.problem
    other = Written("other", AS_REGISTERED, INDIA, (LINK,), "service")
    (found,) = unfit(other, Dlt(entity_id="1101000000000000001"), registered_texts(REGISTERED))
    assert "has no text registered for India (IN)" in found.problem


def test_c24_the_international_route_takes_any_text_without_a_shortened_link() -> None:
    by_it = Dlt(international=True)
    assert problems(f"Fern: tea. {LINK}", INDIA, dlt=by_it) == []
    (short,) = problems(f"Fern: tea. https://bit.ly/abc {LINK}", INDIA, dlt=by_it)
    assert (short.reason, short.word) == ("unfit", "bit.ly/")


def test_c24_a_variable_that_could_end_in_many_places_is_found() -> None:
    assert the_text("a {#var#} b {#var#}").is_of("a b b b b")
    assert not the_text("a {#var#} b {#var#} c").is_of("a " + "b " * 200)
    assert the_text("{#var#} tea").is_of("Green tea")
    assert the_text("Pay {#numeric#}.").is_of("Pay 250.")
    assert not the_text("Pay {#numeric#}.").is_of("Pay two.")


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("[[texts]\n", "line"),
        ("texts = 1", "[[texts]] alone"),
        ("entity = '1'", "[[texts]] alone"),
        (REGISTERED.replace('message = "offer"\n', ""), "id, message and text"),
        (REGISTERED.replace("1107000000000000001", "1107x"), "no template id"),
        (REGISTERED + REGISTERED, "twice"),
        (REGISTERED.replace("{#cbn#}", "{#phone#}"), "no variable"),
        (REGISTERED.replace('"1107000000000000001"', "1107000000000000001"), "in quotes"),
        ('[[texts]]\nid = "1107000000000000001"\nmessage = "x"\ntext = "{#var#}"', "no words"),
    ],
)
def test_a_register_that_cannot_be_is_told(source: str, told: str) -> None:
    with pytest.raises(RegisterError, match=re.escape(told)):
        registered_texts(source)


def test_every_place_abroad_says_where_its_rules_are_from() -> None:
    assert {one.country for one in places()} == {"IN", "NP", "BY"}
    assert not any(one.two_way for one in places())
    assert abroad(HOME) is None
