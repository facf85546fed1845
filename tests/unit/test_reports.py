"""What a pass tells afterwards of its touches, however many there were."""

import tracemalloc

from contacts.delivery.reports import Gone, GoneTouches, SendReport

MANY = 20_000


def gone(*touches: Gone) -> GoneTouches:
    some = GoneTouches()
    for one in touches:
        some.add(*one)
    return some


def test_two_passes_tell_their_touches_in_the_order_in_which_they_went() -> None:
    first = [Gone(3, 1, "accepted"), Gone(1, 2**40, "unknown")]
    then = [Gone(2, 7, "failed")]
    both = SendReport(gone={"hello": gone(*first)})
    both.add(SendReport(gone={"hello": gone(*then), "spring": gone(*then)}))
    assert {name: list(touches) for name, touches in both.gone.items()} == {
        "hello": first + then,
        "spring": then,
    }
    assert len(both.gone["hello"]) == 3


def test_a_pass_keeps_a_few_bytes_of_a_touch() -> None:
    touches = GoneTouches()
    tracemalloc.start()
    for number in range(MANY):
        touches.add(10**9 + number, 2 * 10**9 + number, "accepted")
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept / MANY < 25
