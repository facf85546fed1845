"""What came of a call, a visit or a letter: the closed list that people choose from."""

from enum import StrEnum


class Outcome(StrEnum):
    REACHED = "reached"
    LEFT_MESSAGE = "left_message"
    NO_ANSWER = "no_answer"
    ASKED_TO_CALL_BACK = "asked_to_call_back"
    WANTS_QUOTE = "wants_quote"
    HAS_PROBLEM = "has_problem"
    NOT_INTERESTED = "not_interested"
    MOVED_ON = "moved_on"  # whoever we knew is there no more
    WRONG_ADDRESS = "wrong_address"  # or number: somebody else's

    @property
    def words(self) -> str:
        """As people say it."""
        return _WORDS[self]

    @property
    def is_contact(self) -> bool:
        """Whether something of ours reached the customer: a message left does, as a mail does."""
        return self not in (Outcome.NO_ANSWER, Outcome.MOVED_ON, Outcome.WRONG_ADDRESS)

    @property
    def may_be_tried_again(self) -> bool:
        """Whether the same task can wait for another day."""
        return self in (Outcome.ASKED_TO_CALL_BACK, Outcome.NO_ANSWER, Outcome.LEFT_MESSAGE)


_WORDS = {
    Outcome.REACHED: "reached them",
    Outcome.LEFT_MESSAGE: "left a message",
    Outcome.NO_ANSWER: "no answer",
    Outcome.ASKED_TO_CALL_BACK: "asked us to call back",
    Outcome.WANTS_QUOTE: "wants a quote",
    Outcome.HAS_PROBLEM: "has a problem",
    Outcome.NOT_INTERESTED: "not interested",
    Outcome.MOVED_ON: "moved on",
    Outcome.WRONG_ADDRESS: "wrong number or address",
}


def with_outcome(title: str, result: str | None) -> str:
    """A line about what a person did, with what came of it."""
    if not result:
        return title
    known = {str(one): one.words for one in Outcome}  # another version may know others
    return f"{title} ({known.get(result, result.replace('_', ' '))})"
