"""A sender's bucket never grants more than its rate allows, whoever asks, whenever."""

from datetime import datetime, timedelta
from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from contacts.record.sending.rates import LARGEST, Bucket, Rate, taken
from tests.cast import NOW

EMPTY = Bucket(full_at=NOW, booked_until=NOW)  # nothing was taken yet
ONE = Rate("sms", "+12025550100", 1.0)

RATES = st.builds(
    Rate,
    channel=st.sampled_from(["email", "sms"]),
    sender=st.just("x"),
    per_second=st.floats(0.05, 500, allow_nan=False),
)
ASKED = st.lists(
    st.tuples(
        st.floats(0, 30, allow_nan=False),  # seconds since the one before
        st.lists(st.integers(1, 6), min_size=1, max_size=30),  # the messages of a batch
        st.booleans(),  # whether its transaction is committed
    ),
    min_size=1,
    max_size=30,
)


@given(rate=RATES, asked=ASKED)
def test_no_window_has_more_than_its_rate_and_one_bucket(
    rate: Rate, asked: list[tuple[float, list[int], bool]]
) -> None:
    """The bucket is all that workers share, so one that restarts is like any other."""
    bucket, at = EMPTY, NOW
    granted: list[tuple[datetime, float]] = []
    for seconds, sizes, committed in asked:
        at += timedelta(seconds=seconds)
        after, waits = taken(bucket, rate, sizes, at=at)
        if committed:
            bucket = after
            sent = sum(min(size, rate.burst) for size, wait in zip(sizes, waits, strict=True)
                       if wait is None)  # fmt: skip
            granted.append((at, sent))
    for first, (begin, _) in enumerate(granted):
        for (end, _), total in zip(
            granted[first:], accumulate(sent for _, sent in granted[first:]), strict=True
        ):
            assert total <= rate.per_second * (end - begin).total_seconds() + rate.burst + 1e-6


@given(rate=RATES, sizes=st.lists(st.integers(1, 6), min_size=1, max_size=60))
def test_what_did_not_fit_fits_when_it_was_told_to_come_back(rate: Rate, sizes: list[int]) -> None:
    bucket, waits = taken(EMPTY, rate, sizes, at=NOW)
    later = [(wait, size) for wait, size in zip(waits, sizes, strict=True) if wait is not None]
    assert [wait for wait, _ in later] == sorted(wait for wait, _ in later)
    for wait, size in later:
        bucket, (again,) = taken(bucket, rate, [size], at=NOW + wait)
        assert again is None


def test_two_batches_are_not_told_the_same_time() -> None:
    bucket, waits = taken(EMPTY, ONE, [1] * (LARGEST + 10), at=NOW)
    assert waits[:LARGEST] == [None] * LARGEST
    _, more = taken(bucket, ONE, [1] * 10, at=NOW)
    told = [wait for wait in [*waits[LARGEST:], *more] if wait is not None]
    assert [round(wait.total_seconds()) for wait in told] == list(range(1, 21))


def test_a_small_message_does_not_overtake_a_large_one() -> None:
    _, waits = taken(EMPTY, ONE, [20, 10, 1], at=NOW)
    assert [wait is None for wait in waits] == [True, False, False]


def test_a_bucket_holds_a_seconds_worth_and_the_largest_message() -> None:
    assert ONE.burst == LARGEST
    assert Rate("sms", "x", 100).burst == 100
    assert Rate("email", "x", 0.5).burst == 1
