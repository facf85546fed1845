"""`touchline review`: what nobody knows to have arrived is listed, and a person settles it."""

import json
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from contacts.channels.incoming import EventKind, IncomingEvent
from contacts.delivery.reconcile import reconcile
from contacts.listening.apply import apply_events
from contacts.record.engine import open_record, reading, writing
from contacts.record.tables import Attempt, Look, Suppression, Task
from contacts.settings import Settings
from tests.cast import NOW, ada, olive
from tests.console import Console
from tests.sent import sent, state_of


@pytest.fixture
def place(workspace: Path, give_record: Callable[[Path], None]) -> Path:
    """The workspace with a record."""
    give_record(workspace)
    return workspace


@pytest.fixture
def run(place: Path, console: Console) -> Console:
    """Runs `touchline review` in the workspace."""
    return partial(console, "-w", str(place), "review")


@pytest.fixture
def touch(settings: Settings, place: Path) -> int:
    """Ada's mail that is in doubt, and not on SendGrid's list."""
    engine = open_record(settings.url)
    with writing(engine) as connection:
        customer = ada(connection, owner_id=olive(connection))
        mail = sent(connection, customer, state="unknown")
        connection.execute(update(Attempt).values(code="timeout"))
        looked = {"attempt_id": mail.attempt_id, "at": NOW + timedelta(hours=1), "found": "absent"}
        connection.execute(insert(Look).values(looked))
    reconcile(engine, now=NOW + timedelta(minutes=61))
    engine.dispose()
    return mail.touch_id


def state(settings: Settings, touch: int) -> str:
    engine = open_record(settings.url)
    found = state_of(engine, touch)
    engine.dispose()
    return found


def test_nothing_waits_at_first(run: Console) -> None:
    assert run() == (0, "No message and no answer waits for a person's word.\n", "")
    assert json.loads(run("--json")[1]) == {"held": [], "answers": []}


def test_the_list_says_whom_since_when_and_why(run: Console, touch: int) -> None:
    code, said, _ = run()
    assert code == 0
    assert f"touch {touch} · e-mail 'hello' of onboarding\n" in said
    assert "Ada Archer (customer 1), in the care of Olive Owner\n" in said
    assert "Fri 20 Nov 2026 15:00 UTC; here since 20 Nov 16:01\n" in said
    assert "no answer came in time\n" in said
    assert "SendGrid's list does not have it (20 Nov 16:00 UTC)\n" in said
    assert f"touchline review {touch} arrived" in said
    assert max(map(len, said.splitlines())) <= 80


def test_its_json_has_every_fact(run: Console, touch: int) -> None:
    (one,) = json.loads(run("--json")[1])["held"]
    assert (one["touch_id"], one["customer_id"], one["customer"]) == (touch, 1, "Ada Archer")
    assert (one["code"], one["found"]) == ("timeout", "absent")
    assert one["since"] == "2026-11-20T16:01:00+00:00"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["x", "arrived"], "'x' is no number of the list: write 'touchline review 12 arrived' or "),
        (["arrived", "1"], "'arrived' is no number of the list: "),
        (["9" * 30, "arrived"], "is no number of the list: "),
        (["1", "arived"], "'arived' is no word for it: 'touchline review 1 arrived'"),
        (["1"], "say what became of it, or what it means: 'touchline review 1 arrived' or"),
        (["1", "go-on"], "no answer 1 waits for a person"),
    ],
)
def test_wrong_words_are_answered_with_the_right_ones(
    run: Console, words: list[str], told: str
) -> None:
    code, said, error = run(*words)
    assert (code, said) == (2, "")
    assert told in error
    assert len(error.splitlines()) == 1


def test_what_arrived_is_settled_and_saying_it_again_is_harmless(
    run: Console, settings: Settings, touch: int
) -> None:
    assert run(str(touch), "arrived") == (0, f"It arrived: touch {touch} is made.\n", "")
    assert state(settings, touch) == "accepted"
    assert run(str(touch), "arrived")[:2] == (
        0, f"That was said before: touch {touch} is made.\n"
    )  # fmt: skip
    code, _, error = run(str(touch), "resend", "--yes")
    assert (code, error.count("\n")) == (2, 1)
    assert "somebody has said before: it arrived" in error


def test_sending_again_must_be_meant(run: Console, settings: Settings, touch: int) -> None:
    code, _, error = run(str(touch), "resend")
    assert code == 2
    assert "may arrive twice" in error
    assert "--yes" in error
    assert state(settings, touch) == "needs_review"
    assert run(str(touch), "resend", "--yes")[0] == 0
    assert state(settings, touch) == "planned"
    engine = open_record(settings.url)
    with reading(engine) as connection:
        assert connection.execute(select(Attempt.state)).scalars().all() == ["given_up"]
    engine.dispose()


def test_a_touch_without_a_word_and_an_unknown_touch_are_refused(run: Console, touch: int) -> None:
    code, _, error = run(str(touch))
    assert code == 2
    assert f"touchline review {touch} arrived" in error
    code, _, error = run("999", "arrived")
    assert code == 2
    assert "there is no touch 999" in error


@pytest.fixture
def answer(settings: Settings, place: Path) -> int:
    """Ada's SMS that may ask to stop, and a touch of hers that waits."""
    engine = open_record(settings.url)
    words = IncomingEvent(
        "twilio", "SM1", EventKind.REPLIED, "sms", NOW, address="+12025550111",
        detail="Stop by the office tomorrow?", unclear=True,
    )  # fmt: skip
    with writing(engine) as connection:
        ada(connection, owner_id=olive(connection))
        apply_events(connection, [words], settings=settings, now=NOW)
        task: int = connection.execute(select(Task.id)).scalar_one()
    engine.dispose()
    return task


def test_an_answer_that_may_ask_to_stop_is_listed_with_its_words(run: Console, answer: int) -> None:
    code, said, _ = run()
    assert code == 0
    assert f"answer {answer} · SMS, Fri 20 Nov 2026 15:00 UTC\n" in said
    assert "Ada Archer (customer 1), in the care of Olive Owner\n" in said
    assert "“Stop by the office tomorrow?”\n" in said
    assert f"touchline review {answer} go-on" in said
    assert max(map(len, said.splitlines())) <= 80
    (one,) = json.loads(run("--json")[1])["answers"]
    assert (one["task_id"], one["words"]) == (answer, "Stop by the office tomorrow?")


def test_a_person_says_that_an_answer_asked_for_nothing(run: Console, answer: int) -> None:
    told = f"Answer {answer} stops nothing: what waited goes on, and a task is to answer it.\n"
    assert run(str(answer), "go-on") == (0, told, "")
    assert run(str(answer), "go-on")[:2] == (0, f"That was said before. {told}")
    code, _, error = run(str(answer), "stop")
    assert (code, error.count("\n")) == (2, 1)
    assert "was decided before: Go on" in error
    assert run()[1] == "No message and no answer waits for a person's word.\n"


def test_a_person_says_that_an_answer_asked_to_stop(
    run: Console, settings: Settings, answer: int
) -> None:
    assert run(str(answer), "stop", "--json")[0] == 0
    engine = open_record(settings.url)
    with reading(engine) as connection:
        stopped = connection.execute(select(Suppression.channel, Suppression.source)).all()
    engine.dispose()
    assert stopped == [("sms", "SMS reply, as a person read it")]
