"""Two cadences that write to a customer on one day: one keeps it, the other one moves."""

from datetime import UTC, datetime, timedelta
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from contacts.cadences.calendar import Place
from contacts.cadences.hours import hours_of
from contacts.cadences.load import parse_cadence
from contacts.cadences.model import Kind
from contacts.cadences.spread import Slot, spread

NINE = datetime(2026, 11, 18, 9, tzinfo=UTC)  # a Wednesday
DAY, HOUR, A_QUARTER = timedelta(days=1), timedelta(hours=1), timedelta(minutes=15)
CADENCE = parse_cadence(
    "name: sample\ngoal: to be tested\npurpose: service\nstart: {on: customer.added}\n"
    "steps:\n  - {key: one, channel: email, template: hello, day: 0}\n",
    "sample.yaml",
)
HOURS = hours_of(CADENCE, CADENCE.steps[0], Kind.EMAIL, Place("UTC", ""))


def slot(
    ready_at: datetime = NINE,
    *,
    channel: str = "email",
    priority: int = 5,
    fresh: timedelta = 2 * DAY,
    may_move: bool = True,
) -> Slot:
    return Slot(channel, priority, ready_at, ready_at + fresh, HOURS, "UTC", may_move)


def test_the_higher_priority_keeps_the_day_whoever_was_planned_first() -> None:
    low, high = slot(priority=3), slot(NINE + 5 * HOUR, priority=8)
    assert spread(high, [low], most=None) == [low]
    assert (low.ready_at, high.ready_at) == (NINE + DAY, NINE + 5 * HOUR)
    late = slot(NINE + 2 * HOUR, priority=3)
    assert spread(late, [high], most=None) == [late]
    assert late.ready_at == NINE + DAY + 2 * HOUR


def test_of_equals_the_one_that_was_planned_first_keeps_the_day() -> None:
    first, second = slot(), slot()
    assert spread(second, [first], most=None) == [second]
    assert (first.ready_at, second.ready_at) == (NINE, NINE + DAY)


def test_another_channel_or_another_day_is_no_collision() -> None:
    others = [slot(channel="sms"), slot(NINE + DAY), slot(NINE - DAY)]
    new = slot()
    assert spread(new, others, most=None) == []
    assert new.ready_at == NINE


def test_who_moves_passes_over_days_that_are_taken_or_closed() -> None:
    thursday, friday = slot(NINE + DAY), slot(NINE + 2 * DAY)
    new = slot(fresh=6 * DAY)
    spread(new, [slot(), thursday, friday], most=None)
    assert new.ready_at == NINE + 5 * DAY  # on Monday


def test_who_finds_no_day_in_time_moves_behind_those_of_its_own_day() -> None:
    new, at_one = slot(fresh=DAY - HOUR), slot(NINE + 4 * HOUR, priority=8)
    at_four = slot(NINE + 7 * HOUR, channel="sms")
    assert spread(new, [at_one, at_four], most=None) == [new]
    assert new.ready_at == NINE + 4 * HOUR + A_QUARTER
    just_too_late = slot(fresh=DAY)
    assert spread(slot(priority=8), [just_too_late], most=None) == [just_too_late]
    assert just_too_late.ready_at == NINE + A_QUARTER


def test_who_comes_later_that_day_or_has_no_hour_left_stays_where_it_is() -> None:
    later, at_nine = slot(NINE + HOUR, fresh=HOUR), slot(priority=8)
    assert spread(later, [at_nine], most=None) == []
    as_early = slot(fresh=HOUR)
    assert spread(as_early, [at_nine], most=None) == []
    hasty, at_five = slot(fresh=2 * HOUR), slot(NINE + 8 * HOUR, priority=8)
    assert spread(hasty, [at_five], most=None) == []
    assert (later.ready_at, hasty.ready_at) == (NINE + HOUR, NINE)


def test_what_a_worker_has_claimed_stays_where_it_is() -> None:
    claimed = slot(priority=0, may_move=False)
    assert spread(slot(priority=9), [claimed], most=None) == []
    assert claimed.ready_at == NINE


def test_a_cap_of_the_whole_day_spreads_channels_too() -> None:
    low, new = slot(channel="sms", priority=1), slot(priority=5)
    assert spread(new, [low], most=1) == [low]
    assert low.ready_at == NINE + DAY
    equal = slot(channel="sms", priority=5)
    assert spread(equal, [new], most=1) == [equal]


_SLOTS = st.lists(
    st.builds(
        slot,
        st.integers(0, 4).map(lambda days: NINE + days * DAY),
        channel=st.sampled_from(["email", "sms"]),
        priority=st.integers(0, 9),
        fresh=st.integers(0, 12).map(lambda days: days * DAY),
    ),
    max_size=6,
)


@given(_SLOTS, st.none() | st.integers(1, 2))
def test_of_what_collides_the_lower_one_moves_within_its_time_or_comes_later_anyway(
    slots: list[Slot], most: int | None
) -> None:
    planned: list[Slot] = []
    moved: set[int] = set()
    began = {id(one): one.ready_at for one in slots}
    for new in slots:
        moved |= {id(one) for one in spread(new, planned, most=most)}
        planned.append(new)
    for one in planned:
        assert began[id(one)] <= one.ready_at <= one.not_after
    for one, other in combinations(planned, 2):
        if one.channel == other.channel and one.day == other.day:
            lower, higher = sorted((one, other), key=lambda of: of.priority)
            behind = higher.ready_at + A_QUARTER
            has_time = behind <= lower.not_after and HOURS.allowed(behind)
            comes_first = lower.priority < higher.priority and lower.ready_at < higher.ready_at
            assert id(lower) in moved or not (comes_first and has_time)
