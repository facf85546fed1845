"""The letters, the slips and the channels of a request to stop; what is asked is told elsewhere."""

from typing import Any

import pytest

from contacts.channels.keywords import Asked, classify, names_another_channel
from contacts.channels.keywords.letters import is_near
from contacts.channels.keywords.vocabulary import vocabulary
from tests.cases import cases, input_of, needs_cases


@needs_cases
@pytest.mark.parametrize("case", cases("inbound_keyword"), ids=lambda case: str(case["id"]))
def test_c09_a_reply_of_the_collection_is_understood(case: dict[str, Any]) -> None:
    assert classify(input_of(case)) == case["expect"]["outcome"]


@pytest.mark.parametrize(
    "word", ["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT", "ARRET",
             "REMOVE", "TD", "OPT-OUT", "OPT OUT"]
)  # fmt: skip
def test_c12_every_word_that_a_provider_stops_on_stops_us(word: str) -> None:
    assert classify(word) is classify(word.lower()) is Asked.OPT_OUT


@pytest.mark.parametrize("word", ["START", "UNSTOP", "YES"])
def test_c13_a_word_of_starting_again_opts_in(word: str) -> None:
    assert classify(word) is Asked.OPT_IN


@pytest.mark.parametrize("text", ["STOP\u200b", "\u202eSTOP\u202c", "STOP\ufe0f", "S\u0336TOP"])
def test_what_cannot_be_seen_hides_no_word(text: str) -> None:
    assert classify(text) is Asked.OPT_OUT


@pytest.mark.parametrize(
    ("word", "meant", "near"),
    [
        ("sotp", "stop", True),
        ("shop", "stop", False),
        ("stp", "stop", False),
        ("unsuscribe", "unsubscribe", True),
        ("usnubscrbe", "unsubscribe", True),
        ("subscribe", "unsubscribe", False),
        ("cacnel", "cancel", True),
        ("cnl", "cancel", False),
        ("edn", "end", False),
    ],
)
def test_a_slip_of_the_finger_is_near_its_word_and_another_word_is_not(
    word: str, meant: str, near: bool
) -> None:
    assert is_near(word, meant) is near


@pytest.mark.parametrize(
    ("text", "channel", "asked"),
    [
        ("stop texting me", "sms", Asked.OPT_OUT),
        ("stop texting me", "email", Asked.REVIEW),
        ("stop e-mailing me", "email", Asked.OPT_OUT),
        ("stop e-mailing me", "sms", Asked.REVIEW),
        ("stop texting and e-mailing me", "sms", Asked.OPT_OUT),
    ],
)
def test_a_request_for_another_channel_is_a_persons_to_carry_out(
    text: str, channel: str, asked: Asked
) -> None:
    assert classify(text, channel) is asked


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("please call me, not by sms", Asked.REVIEW),
        ("Please call me, no SMS", Asked.REVIEW),
        ("Call me instead of texting", Asked.REVIEW),
        ("I'd rather get e-mails", Asked.REVIEW),
        ("Please contact me by phone only", Asked.REVIEW),
        ("Please don't use SMS", Asked.REVIEW),
        ("I'd rather come on Friday", Asked.NONE),
        ("No email came yet", Asked.NONE),
        ("Can you send it by email?", Asked.NONE),
    ],
)
def test_c09_a_wish_for_another_channel_is_read_by_a_person(text: str, asked: Asked) -> None:
    assert classify(text) is asked


def test_a_request_for_both_channels_names_the_other_one() -> None:
    assert names_another_channel("Stop texting and e-mailing me", "sms")
    assert not names_another_channel("Stop texting me, e-mail me", "sms")
    assert not names_another_channel("STOP", "sms")


@pytest.mark.parametrize(
    "words",
    [
        "Please unsubscribe me from everything.",
        "Please never contact me again, by mail or by phone.",
        "Stop everything. No more mails, texts or calls.",
        "Bitte alles abbestellen. Bitte keine Mails mehr.",
    ],
)
def test_c09_a_request_for_everything_stops_its_channel_and_is_read_by_a_person(words: str) -> None:
    assert classify(words, "email") is Asked.OPT_OUT
    assert names_another_channel(words, "email")


@pytest.mark.parametrize("words", ["unsubscribe", "Please unsubscribe me", "No more mails please"])
def test_a_request_for_its_own_channel_asks_nobody(words: str) -> None:
    assert not names_another_channel(words, "email")


def test_a_liked_message_quotes_our_own_words() -> None:
    assert classify("Liked \u201cHello!\nReply STOP to opt out\u201d") is Asked.NONE
    assert classify("Liked it. Stop") is Asked.OPT_OUT


def test_every_language_says_how_it_stops_and_what_it_doubts() -> None:
    known = vocabulary()
    for language in ("stop", "detener", "arreter", "abmelden", "descadastrar", "disiscrivimi"):
        assert language in known.stop
    assert known.requests.fullmatch("do not text me")
    assert known.doubtful.search(" will it stop ")


def test_a_reply_of_any_length_is_read() -> None:
    assert classify("so many words " * 100_000) is Asked.NONE
    assert classify("please stop " + "and listen " * 100_000) is Asked.REVIEW
    assert classify("you have " * 1_000 + "wrong") is Asked.NONE
    assert classify("stop, xyz, " * 1_000) is Asked.OPT_OUT
