"""Which cadences are paused, as a tick without Prefect knows it."""

from contacts.settings import Settings
from contacts.workspace.paused import keep_paused, last_known_paused


def test_nothing_is_paused_before_prefect_was_asked(settings: Settings) -> None:
    assert last_known_paused(settings) == frozenset()


def test_the_last_answer_counts_and_leaves_nothing_aside(settings: Settings) -> None:
    keep_paused(settings, frozenset({"onboarding", "winback"}))
    keep_paused(settings, frozenset({"winback"}))
    assert last_known_paused(settings) == {"winback"}
    assert [path.name for path in settings.state.iterdir()] == ["paused.json"]


def test_a_new_answer_never_shows_half_written(settings: Settings) -> None:
    keep_paused(settings, frozenset({"winback"}))
    with (settings.state / "paused.json").open(encoding="utf-8") as reader:
        keep_paused(settings, frozenset())
        assert reader.read() == '["winback"]'  # the file it opened is still whole
