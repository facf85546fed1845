"""Several workers at the same touches: whoever they are, each touch leaves once."""

from collections import Counter

from contacts.record.engine import writing
from tests.cast import agrees, customer
from tests.stage import Stage

OTHERS = 40


def test_f46_three_processes_that_plan_and_send_at_once_send_everything_once(stage: Stage) -> None:
    with writing(stage.engine) as connection:
        for number in range(OTHERS):
            one = customer(
                connection,
                email=f"customer-{number}@example.com",
                phone=f"+120255502{number:02}",
            )
            agrees(connection, one, "sms", at=stage.now)
    workers = [stage.start(changes={"batch_size": 3}) for _ in range(3)]
    assert [worker.ended() for worker in workers] == [0, 0, 0]
    stage.tick("send")  # what the database refused to one of two is free when its lease is over
    assert set(Counter(stage.accepted()).values()) == {1}
    assert len(stage.accepted()) == len(stage.touches())
    assert set(stage.touches()) == {("accepted", None)}
