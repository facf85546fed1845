"""What replies ask for by keyword, in several languages and spellings."""

from typing import Any

import pytest

from contacts.channels.keywords import Asked, classify
from tests.cases import cases, input_of, needs_cases


@needs_cases
@pytest.mark.parametrize("case", cases("inbound_keyword"), ids=lambda case: str(case["id"]))
def test_a_reply_of_the_collection_is_understood(case: dict[str, Any]) -> None:
    assert classify(input_of(case)) == case["expect"]["outcome"]


@pytest.mark.parametrize(
    "text",
    [
        "stop", "Stop.", "STOP!!!", "STOP STOP", "S T O P", "Please stop", "stop now please",
        "unsubscribe", "Unsubscribe me from this list please", "ARRET", "arrêt", "QUIT", "End",
        "Don\u2019t text me", "do not contact me again", "take me off your list",
        "Please stop texting me", "no more texts please", "remove", "Стоп", "Отпишите меня!",
        "не пишите мне больше", "адпісацца", "बंद करें", "मत भेजो", "\u202eSTOP\u202c", "STOP\ufe0f",
    ],
)  # fmt: skip
def test_a_request_to_stop_is_one_in_any_manner(text: str) -> None:
    assert classify(text) is Asked.OPT_OUT


@pytest.mark.parametrize("text", ["start", "UNSTOP", "Yes.", "старт"])
def test_a_word_of_starting_again_opts_in(text: str) -> None:
    assert classify(text) is Asked.OPT_IN


@pytest.mark.parametrize("text", ["help", "INFO?", "помощь", "मदद"])
def test_a_word_of_help_asks_for_help(text: str) -> None:
    assert classify(text) is Asked.HELP


@pytest.mark.parametrize(
    "text",
    [
        "Can you cancel my order?",
        "wrong number, stop",
        "STPO",
        "Is this spam?",
        "I want to stop by on Friday",
        "Почему стоп?",
    ],
)
def test_a_doubtful_reply_goes_to_a_person(text: str) -> None:
    assert classify(text) is Asked.REVIEW


@pytest.mark.parametrize(
    "text", ["Thanks!", "", "👍", "Yes please, call me", "Help me with the grinder", "Спасибо"]
)
def test_an_ordinary_reply_asks_for_nothing(text: str) -> None:
    assert classify(text) is Asked.NONE


def test_a_reply_of_any_length_is_read() -> None:
    assert classify("so many words " * 100_000) is Asked.NONE
    assert classify("please stop " + "and listen " * 100_000) is Asked.REVIEW
