"""Reading a cadence file: the design's example is sound, and every fault is told at its place."""

import pytest
from cadence_example import EXAMPLE, changed, faults_of, told

from contacts.cadences.faults import FaultyFile
from contacts.cadences.load import parse_cadence
from contacts.cadences.model import Kind
from contacts.windows import Weekly

QUIET = "start: {on: customer.quiet, after: 60d}"
HERE = "▾"
"""Stands in the tables below right before the place at which a fault must be told."""
START = "start: {on: customer.added, where: \"customer.tier != 'trial'\"}"


def test_the_example_is_read_as_it_is_meant() -> None:
    cadence = parse_cadence(EXAMPLE, "cadences/onboarding.yaml")
    assert cadence.name == "onboarding"
    assert cadence.start.on == "customer.added"
    assert cadence.stop.on == ["reply", "opt_out"]
    assert cadence.window.end == "18:00"
    assert [step.key for step in cadence.steps] == ["hello", "first-steps", "welcome-call", "tips"]
    assert cadence.steps[1].otherwise is Kind.EMAIL
    assert cadence.steps[2].wait is True
    assert cadence.steps[3].after == "4d"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('start: "09:00"', "start: 09:00"),
        ('at: "10:00"', "at: 10:00"),
        ("wait: true", "wait: yes"),
        ("day: 3", "'day': '3'"),
        ("{on: [reply, opt_out]", "{'on': [reply, opt_out]"),
        ("goal: first 30 days", "goal: 30"),
        ("key: tips", "key: yes"),
        ("key: tips", "key: no"),
        ("timezone: customer", "timezone: Europe/Minsk"),
        (START, QUIET),
        (START, "start: {on: contract.ending, before: 2 months}"),
        (START, "start: {on: customer.idle}"),
        (START, "start: {on: signal, kinds: [order.late, order.smaller]}"),
        ("on_unknown: hold ", "on_unknown: hold\nrepeat: 30d "),
        ('start: "09:00", end: "18:00"', 'start: "08:00", end: "21:00"'),
        ('at: "10:00"', 'at: "09:00"'),
        ("day: 3", "day: 1"),
    ],
)
def test_what_yaml_reads_otherwise_means_what_it_says(old: str, new: str) -> None:
    assert told(changed(old, new)) == []


@pytest.mark.parametrize("newline", ["\r\n", "\n"])
def test_windows_files_and_byte_order_marks_are_read(newline: str) -> None:
    assert told("\ufeff" + EXAMPLE.replace("\n", newline)) == []


WRONG_KEYS = [
    ("channel: sms", "▾chanel: sms", "step 'first-steps': unknown key 'chanel'; did you mean "
     "'channel'?"),
    ("steps:", "▾stepz:", "unknown key 'stepz'; did you mean 'steps'?"),
    ("holidays: skip", "▾colour: red", "unknown key 'colour'; known are start, end, days and"),
    ("goal: first", "goal: a\n▾goal: first", "the key 'goal' is given twice, first in line 2"),
    ("{key: hello,  channel: email, template: welcome,", "▾{key: hello, channel: email,",
     "step 'hello': 'template' is missing: The folder of the message"),
    ("goal: first 30 days  ", "▾goal:", "'goal' has no value; write one, or take it out"),
    ("{on: [reply, opt_out], goal", "{▾on:reply, goal", "is a space missing after the ':'?"),
]  # fmt: skip

WRONG_VALUES = [
    ("name: onboarding", "name: ▾Onboarding", "'name' is 'Onboarding'; write lower-case letters"),
    ("goal: first 30 days", 'goal: ▾""', "'goal' is ''; write a few words"),
    ("goal: first 30 days", "goal: ▾[a]", "'goal' must be one value, not a list"),
    ("purpose: service", "purpose: ▾servise", "'purpose' is 'servise'; did you mean 'service'?"),
    ("on: customer.added", "on: ▾customer.add", "did you mean 'customer.added'?"),
    ("on: [reply, opt_out]", "on: ▾reply", "'on' must be a list: [reply]"),
    (START, "start: {on: signal, kinds: [▾order.latte]}", "did you mean 'order.late'?"),
    (START, "start: {on: signal, kinds: ▾[]}", "'kinds' needs at least one entry"),
    ("[reply, opt_out]", "[reply, ▾optout]", "'on' holds 'optout'; did you mean 'opt_out'?"),
    ("window: {start", "window: ▾9-18 #{", "'window' must be a mapping with start, end, days"),
    ('end: "18:00"', "end: ▾6pm", "'end' is '6pm'; write a time of day"),
    ('end: "18:00"', 'end: ▾"24:00"', "'end' is '24:00'; write a time of day"),
    ("days: [mon, tue, wed, thu, fri]", "days: ▾[]", "'days' needs at least one entry"),
    ("[mon, tue", "[▾monday, tue", "'days' holds 'monday'; did you mean 'mon'?"),
    ("channel: call", "channel: ▾fax", "step 'welcome-call': 'channel' is 'fax'; write email, sms"),
    ("template: tips", "template: ▾tips.html", "step 'tips': 'template' is 'tips.html'; write the"),
    ("day: 3", "day: ▾soon", "step 'welcome-call': 'day' is 'soon'; write a whole number"),
    ("on_unknown: hold", "priority: ▾12", "'priority' is '12'; write 9 or less"),
    ("day: 0", "day: 0, priority: ▾high", "step 'hello': 'priority' is 'high'; write a whole "
     "number"),
    ("day: 0", "day: ▾-1", "step 'hello': 'day' is '-1'; write 0 or more"),
    ("day: 3", "day: ▾9999", "step 'welcome-call': 'day' is '9999'; write 3660 or less"),
    ("after: 4d", "after: ▾-4d", "step 'tips': 'after' is '-4d'; write a number of days, weeks, "
     "months or years, not negative"),
    ("after: 4d", "after: ▾99 years", "step 'tips': 'after' is '99 years'; write at most ten"),
    ("wait: true", "wait: ▾maybe", "step 'welcome-call': 'wait' is 'maybe'; write true or false"),
    ("due: 2 business days", "due: ▾soon", "'due' is 'soon'; write a number of days"),
    ("on_unknown: hold", "on_unknown: ▾wait", "'on_unknown' is 'wait'; write hold or resend"),
    ("day: 0", "day: 0, on_unknown: ▾ask", "step 'hello': 'on_unknown' is 'ask'; write hold or"),
    ("otherwise: email", "otherwise: ▾call", "'otherwise' is 'call'; write email or sms"),
    ("day: 0", "day: 0, window: ▾9-17", "'window' must be a mapping with start, end, days and"),
    ("day: 0", 'day: 0, window: {▾strat: "10:00"}', "step 'hello': unknown key 'strat'; did you"),
    ("day: 0", "day: 0, window: {start: ▾10}", "step 'hello': 'start' is '10'; write a time of"),
]  # fmt: skip

BROKEN_RULES = [
    ("name: onboarding", "name: ▾nurture", "'nurture', but the file is called 'onboarding'"),
    ("timezone: customer", "timezone: ▾EST", "did you mean America/New_York?"),
    (START, "start: {on: ▾customer.quiet}", "'on: customer.quiet' needs 'after'"),
    (START, "start: {on: ▾contract.ending}", "'on: contract.ending' needs 'before'"),
    (START, "start: {on: ▾contract.ended}", "needs 'after', such as after: 7d"),
    (START, "start: {on: customer.idle, ▾after: 3d}", "on: customer.quiet or contract.ended'"),
    (START, "start: {on: ▾signal}", "'on: signal' needs 'kinds', such as kinds: [order.late]"),
    (START, "start: {on: customer.idle, ▾kinds: [order.late]}", "'kinds' goes with 'on: signal'"),
    (START, QUIET.replace("}", ", ▾before: 1d}"), "'before' goes with 'on: contract.ending'"),
    (START, QUIET.replace("60d", "▾0d"), "'after' must be one day or more"),
    ("on_unknown: hold", "repeat: ▾0d", "'repeat' must be one day or more"),
    ('end: "18:00"', 'end: ▾"09:00"', "the window ends at 09:00, which is not after its start"),
    ('start: "09:00", end: "18:00"', 'start: ▾"19:00"', "which is not after its start, 19:00; for "
     "a night write both"),
    ('start: "09:00", end: "18:00"', 'start: ▾"20:00", end: "10:30"', "step 'first-steps' may go "
     "out as sms, and the night from 20:00 to 10:30 has its quiet hours in it; stay within 08:00"),
    ("day: 0", 'day: 0, window: {start: ▾"19:00"}', "step 'hello': the window ends at 18:00, "
     "which is not after its start, 19:00; for a night write both"),
    ('at: "10:00"', 'at: "10:00", window: {start: ▾"07:00"}', "step 'first-steps': it may go out "
     "as sms, and 07:00 is in its quiet hours; start at 08:00 or later"),
    ('at: "10:00"', 'at: ▾"10:00", window: {start: "11:00"}', "step 'first-steps': 'at' is 10:00, "
     "outside the window of 11:00 to 18:00"),
    ("day: 0", 'day: 0, ▾any_time: true, window: {start: "10:00"}', "'any_time' and 'window'"),
    ('end: "18:00"', 'end: ▾"21:30"', "step 'first-steps' may go out as sms, and 21:30 is in its "
     "quiet hours; end at 21:00 or earlier"),
    ('start: "09:00"', 'start: ▾"07:30"', "step 'first-steps' may go out as sms, and 07:30 is in "
     "its quiet hours; start at 08:00 or later"),
    ('at: "10:00"', 'at: ▾"18:00"', "step 'first-steps': 'at' is 18:00, outside the window of"),
    ('at: "10:00"', 'at: ▾"08:59"', "step 'first-steps': 'at' is 08:59, outside the window of"),
    ("key: tips", "key: ▾hello", "'key' 'hello' is taken by the step in line 10"),
    ("day: 3", "day: ▾0", "'day' is 0, before day 1 of the earlier step 'first-steps'"),
    ("after: 4d", "▾after: 4d, day: 9", "step 'tips': give 'day' or 'after', not both"),
    ("{key: tips, channel: email, template: tips, after: 4d,",
     "▾{key: tips, channel: email, template: tips,",
     "step 'tips': give 'day' (from the start) or 'after'"),
    ("otherwise: email", "otherwise: ▾sms", "'otherwise' is sms, as the channel is"),
    ("wait: true", "▾otherwise: sms", "'otherwise' is for email and sms, not for a call"),
    ("wait: true", "▾on_unknown: hold", "'on_unknown' is for email and sms, not for a call"),
    ("day: 0", "day: 0, ▾wait: true", "step 'hello': 'wait' is for a call, a visit or a letter"),
    ("day: 0", "day: 0, ▾due: 2 days", "step 'hello': 'due' is for a call, a visit or a letter"),
    ("at: \"10:00\"", "▾any_time: true", "'any_time' is for email alone; sms keeps to the"),
    ("day: 0", 'day: 0, ▾any_time: true, at: "10:00"', "'any_time' and 'at' contradict"),
    ("customer.persona", "▾custmer.persona", "step 'tips': 'when': custmer.persona is not known"),
    ("orders.count >= 2", "orders.count ▾= 2", "'goal': unexpected '='; to compare, write =="),
    ("customer.persona != 'expert'", "touches.outcome == ▾'no_anwser'", "'when': 'no_anwser' is no "
     "outcome; did you mean 'no_answer'?"),
    ("customer.tier !=", "▾customer.teir !=", "did you mean customer.tier?"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "words"), [*WRONG_KEYS, *WRONG_VALUES, *BROKEN_RULES])
def test_a_fault_is_told_at_its_place_with_what_would_be_right(
    old: str, new: str, words: str
) -> None:
    marked = changed(old, new)
    (fault,) = faults_of(marked.replace(HERE, ""))
    assert (fault.line, fault.column) == place_of_mark(marked)
    assert words in fault.message


def place_of_mark(marked: str) -> tuple[int, int]:
    before = marked[: marked.index(HERE)].split("\n")
    return len(before), len(before[-1]) + 1


def test_a_missing_key_is_told_with_what_it_is_for() -> None:
    assert told(changed("purpose: service", "")) == [
        "1:1: 'purpose' is missing: service: part of what they bought. marketing: needs consent, "
        "has a footer."
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "1:1: the file is empty; a cadence needs name, goal, purpose, start and steps"),
        ("# nothing but this\n", "1:1: the file is empty"),
        ("---\n...\n", "the file is empty"),
        ("just text", "1:1: a cadence is a mapping of keys to values; it needs name"),
        ("- a\n- b\n", "1:1: a cadence is a mapping of keys to values; it needs name"),
        (EXAMPLE + "---\nname: second\n", "19:1: a file holds one document"),
        (changed("    day: 3", "\tday: 3"), "15:1: a tab; indent with spaces"),
        (changed("name: onboarding", 'name: "onboarding'), "the quote opened in line 1"),
        ('name: "onboarding', "1:7: the quote opened here is never closed"),
        (changed("purpose: service", "purpose:service"), "is a ':' or a quote missing?"),
        (changed("[reply, opt_out]", "[reply, opt_out"), "the bracket opened in line 5"),
        ("name: a\nsteps: [\n", "2:8: the bracket opened here is never closed"),
        ("name: a\nsteps: [{key: a,", "2:9: the bracket opened here is never closed"),
        (changed("goal: first", "goal: first: of"), "2:12: a ': ' where none can be"),
        (changed("goal: first 30 days", "goal: @home"), "2:7: a value cannot begin with @"),
        (changed("    day: 3", "   day: 3"), "15:4: this line is not indented like"),
        (changed("days: [mon", "days: [[mon"), "a ',' or a closing bracket is missing"),
        (changed('goal: "orders', 'goal: "a" orders'), "a ',' or a closing bracket is missing"),
        (changed("first 30 days", '"first" thirty days'), "text after a closing quote"),
        (changed("first 30 days", r'"30\days"'), "use single quotes"),
        (changed("template: welcome,", "template: {{ x }},"), "10:46: a key must be a plain text"),
        (changed("name: onboarding", "name: on\0boarding"), "1:9: the invisible character U+0000"),
        ("a: " + "[" * 100_000, "nested deeper than 20 levels"),
        ("a: " + "{a: " * 100_000, "nested deeper than 20 levels"),
        ("? [a]\n: b\n", "1:3: a key must be a plain text"),
    ],
)
def test_a_text_that_is_no_cadence_is_refused_in_one_line(text: str, expected: str) -> None:
    found = told(text)
    assert len(found) == 1
    assert expected in found[0]
    assert "\n" not in found[0]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('!!python/object/apply:os.system ["echo pwned"]', "the tag !!python/object/apply:os.sys"),
        ("!!str onboarding", "the tag !!str is not allowed"),
        ("!mine onboarding", "the tag !mine is not allowed"),
        ("&anchor onboarding", "the anchor &anchor is not allowed"),
        ("*alias", "an alias is not allowed"),
    ],
)
def test_s22_tags_anchors_and_aliases_are_refused(value: str, expected: str) -> None:
    (fault,) = faults_of(changed("name: onboarding", f"name: {value}"))
    assert (fault.line, fault.column) == (1, 7)
    assert expected in fault.message


def test_every_fault_of_a_file_is_told_at_once_in_the_order_of_lines() -> None:
    text = (
        changed("purpose: service", "purpose: servise")
        .replace("day: 3", "day: soon")
        .replace("chanel", "channel")
        .replace("at: ", "att: ")
        .replace("customer.persona", "custmer.persona")
        .replace('"18:00"', '"22:00"')
    )
    assert [line.split(":")[0] for line in told(text)] == ["3", "7", "11", "15", "18"]


def test_a_rule_is_still_checked_in_a_step_with_another_fault() -> None:
    text = changed("template: first_steps,", "").replace('"18:00"', '"22:00"')
    assert [line.split(":")[0] for line in told(text)] == ["7", "11"]


def test_a_step_is_checked_apart_from_what_is_wrong_in_it() -> None:
    text = changed("otherwise: email", "otherwise: fax").replace('at: "10:00"', 'at: "08:00"')
    assert [fault.message.split(";")[0] for fault in faults_of(text)] == [
        "step 'first-steps': 'at' is 08:00, outside the window of 09:00 to 18:00",
        "step 'first-steps': 'otherwise' is 'fax'",
    ]


def test_a_steps_own_word_on_doubt_wins_over_the_cadences() -> None:
    text = changed("day: 0", "day: 0, on_unknown: resend")
    cadence = parse_cadence(text, "cadences/onboarding.yaml")
    assert [cadence.on_unknown_of(step) for step in cadence.steps[:2]] == ["resend", "hold"]
    text = changed("on_unknown: hold", "on_unknown: resend").replace(
        "day: 0", "day: 0, on_unknown: hold"
    )
    cadence = parse_cadence(text, "cadences/onboarding.yaml")
    assert [cadence.on_unknown_of(step) for step in cadence.steps[:2]] == ["hold", "resend"]


@pytest.mark.parametrize(("at", "is_in"), [("23:00", True), ("01:30", True), ("06:00", False)])
def test_a_time_of_day_may_be_in_a_night(at: str, is_in: bool) -> None:
    text = changed("channel: sms", "channel: email").replace(", otherwise: email", "")
    text = text.replace('start: "09:00", end: "18:00"', 'start: "22:00", end: "06:00"')
    assert bool(told(text.replace('at: "10:00"', f'at: "{at}"'))) is not is_in


WITHOUT_HOURS = changed('start: "09:00", end: "18:00", ', "")


def test_what_a_window_leaves_out_is_as_in_the_settings() -> None:
    evenings = Weekly(600, 20 * 60, frozenset(range(7)), skips_holidays=False)
    at_seven = WITHOUT_HOURS.replace('at: "10:00"', 'at: "19:00"')
    assert parse_cadence(at_seven, "onboarding.yaml", usual=evenings)
    assert told(at_seven) == [
        "11:73: step 'first-steps': 'at' is 19:00, outside the window of 09:00 to 18:00"
    ]


def test_an_sms_in_the_night_of_the_settings_window_is_told_at_the_step() -> None:
    early = Weekly(7 * 60, 18 * 60, frozenset(range(7)), skips_holidays=False)
    text = "\n".join(line for line in WITHOUT_HOURS.split("\n") if "window" not in line)
    with pytest.raises(FaultyFile) as raised:
        parse_cadence(text, "onboarding.yaml", usual=early)
    assert str(raised.value) == (
        "onboarding.yaml:10:33: step 'first-steps': it may go out as sms, and 07:00 is in its "
        "quiet hours; start at 08:00 or later, in a 'window' here or in the settings"
    )


def test_a_text_from_the_record_is_not_held_to_the_window_of_today() -> None:
    text = changed('at: "10:00"', 'at: "19:00"')
    assert parse_cadence(text, "onboarding.yaml", usual=None)


def test_a_misspelt_day_is_one_fault() -> None:
    assert told(changed("day: 3", "dya: 3")) == [
        "15:5: step 'welcome-call': unknown key 'dya'; did you mean 'day'?"
    ]


def test_a_fault_in_a_condition_over_several_lines_is_told_where_it_begins() -> None:
    text = changed("orders.count >= 2", "orders.count >= 2\n    or orders.cuont > 9")
    (fault,) = faults_of(text)
    assert (fault.line, fault.column) == (5, 37)


def test_a_fault_in_an_indented_condition_is_told_where_it_begins() -> None:
    text = changed("    wait: true", "    when: >-\n      custmer.tier == 'key'\n    wait: true")
    (fault,) = faults_of(text)
    assert (fault.line, fault.column) == (17, 11)


def test_a_byte_order_mark_does_not_shift_places() -> None:
    (fault,) = faults_of("\ufeff" + changed("name: onboarding", "name: Onboarding"))
    assert (fault.line, fault.column) == (1, 7)


def test_a_value_is_repeated_in_one_line_and_only_in_part() -> None:
    (fault,) = faults_of(changed("purpose: service", f'purpose: "a\\n{"b" * 10_000}"'))
    assert "\n" not in fault.message
    assert len(fault.message) < 200


def test_the_error_of_a_faulty_file_names_file_line_and_column() -> None:
    with pytest.raises(FaultyFile) as raised:
        parse_cadence("", "cadences/onboarding.yaml")
    assert str(raised.value).startswith("cadences/onboarding.yaml:1:1: the file is empty")
