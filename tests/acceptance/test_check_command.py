"""`touchline check` as an account owner uses it: one line of good news, or every fault's place."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from cadence_example import EXAMPLE
from typer.testing import CliRunner, Result

from contacts.record.engine import open_record, writing
from contacts.settings import Settings
from flows.command_line import app
from tests.cast import customer, olive
from tests.console import Console

STEPS = EXAMPLE[EXAMPLE.index("steps:") :]


@pytest.fixture
def here(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Olive's workspace as the current folder: one cadence, and its four messages."""
    (workspace / "cadences").mkdir()
    (workspace / "cadences" / "onboarding.yaml").write_text(EXAMPLE, encoding="utf-8")
    for name in ("welcome", "tips", "first_steps"):
        write(workspace, f"email/{name}/subject.txt", "Good morning, {{ customer.first_name }}")
        write(workspace, f"email/{name}/body.html", LAYOUT)
    write(workspace, "sms/first_steps/body.txt", "Rinse, grind, pour.")
    write(workspace, "briefs/welcome_call/title.txt", "Call")
    write(workspace, "briefs/welcome_call/body.txt", "Ask how it goes.")
    monkeypatch.chdir(workspace)
    return workspace


LAYOUT = """\
{% extends "email/_base/layout.html" %}
{% block content %}<p>Hello {{ customer.first_name }}</p>{% endblock %}
"""


def write(workspace: Path, name: str, text: str) -> None:
    path = workspace / "templates" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def check(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["check", *arguments])


def test_a_sound_workspace_is_one_line_of_good_news(here: Path) -> None:
    result = check()
    assert (result.exit_code, result.output) == (0, "1 cadence, 5 messages: no faults\n")


def test_a_region_on_record_of_which_no_holidays_are_known_is_told(
    here: Path, settings: Settings, give_record: Callable[[Path], None]
) -> None:
    give_record(here)
    engine = open_record(settings.url)
    with writing(engine) as connection:
        owner = olive(connection)
        for number, (country, region) in enumerate(
            [("DE", "Bavria"), ("DE", "Bavria"), ("DE", "Bayern"), ("US", "FL"), ("US", "Fl0rida")]
        ):
            email = f"{number}@example.com"
            customer(
                connection,
                country=country,
                email=email,
                attributes={"region": region},
                owner_id=owner,
            )
    engine.dispose()
    told = check()
    assert told.exit_code == 0
    assert told.stderr.splitlines() == [
        "warning: region of 2 active customers: 'Bavria' is no region of DE of which public "
        "holidays are known; write BB or Brandenburg",
        "warning: region of 1 active customer: 'Fl0rida' is no state of the US; write FL or "
        "Florida",
    ]


def test_of_many_strange_regions_the_commonest_are_named(
    here: Path, settings: Settings, give_record: Callable[[Path], None]
) -> None:
    """A file may have any town in that column."""
    give_record(here)
    engine = open_record(settings.url)
    with writing(engine) as connection:
        owner = olive(connection)
        for number in range(14):
            region = {"region": f"Town {min(number, 12)}"}
            customer(connection, country="DE", attributes=region, owner_id=owner)
    engine.dispose()
    told = check().stderr.splitlines()
    assert len(told) == 11
    assert "region of 2 active customers: 'Town 12'" in told[0]
    assert told[-1] == "warning: 3 more such regions, of 3 active customers"


def test_windows_and_days_of_the_settings_count_for_every_cadence(here: Path) -> None:
    """The cadence leaves its end out; its `at` is fine until ten in the evening, and no longer."""
    cadence, settings = here / "cadences" / "onboarding.yaml", here / "touchline.toml"
    replace(cadence, ', end: "18:00"', "")
    replace(cadence, 'at: "10:00"', 'at: "19:30"')
    ours = settings.read_text(encoding="utf-8")
    settings.write_text(f'{ours}\n[window]\nend = "20:00"\n', encoding="utf-8")
    assert check().exit_code == 0
    settings.write_text(f'{ours}\n[window]\nend = "19:00"\n', encoding="utf-8")
    assert check().output == (
        "cadences/onboarding.yaml:11:73: step 'first-steps': 'at' is 19:30, outside the window of "
        "09:00 to 19:00\n"
    )
    settings.write_text(f"{ours}\n[holidays]\nadd = ['24.12.']\n", encoding="utf-8")
    refused = check()
    assert refused.exit_code == 1
    assert "'add' is '24.12.'; write a date: 2026-12-24" in refused.output


def test_every_fault_is_a_line_with_file_line_and_column(here: Path) -> None:
    cadence = here / "cadences" / "onboarding.yaml"
    replace(cadence, "channel: sms", "chanel: sms")
    replace(cadence, "customer.persona", "custmer.persona")
    write(here, "email/welcome/subject.txt", "Hello {{ customer.frist_name }}")
    result = check()
    assert result.exit_code == 1
    lines = result.output.splitlines()
    assert [line.split(": ")[0] for line in lines] == [
        "cadences/onboarding.yaml:11:24",
        "cadences/onboarding.yaml:18:67",
        "templates/email/welcome/subject.txt:1:10",
    ]
    assert "did you mean 'channel'?" in lines[0]
    assert "customer.first_name" in lines[2]


def test_a_message_that_a_step_names_and_nobody_wrote_is_told_at_the_step(here: Path) -> None:
    replace(here / "cadences" / "onboarding.yaml", "template: tips", "template: tisp")
    result = check()
    assert result.exit_code == 1
    assert result.output == (
        "cadences/onboarding.yaml:18:43: step 'tips': there is no email 'tisp'; "
        "did you mean 'tips'?\n"
    )


def test_the_other_channel_of_a_step_needs_its_message_too(here: Path) -> None:
    text = EXAMPLE.replace("template: first_steps", "template: welcome_call")
    (here / "cadences" / "onboarding.yaml").write_text(text, encoding="utf-8")
    result = check()
    assert result.output == (
        "cadences/onboarding.yaml:11:48: step 'first-steps': there is no sms and no email "
        "'welcome_call'; did you mean 'welcome'?\n"
    )


def test_a_message_that_no_cadence_uses_is_checked_as_well(here: Path) -> None:
    write(here, "sms/spare/body.txt", "Hello {{ customer.first_name")
    result = check()
    assert result.exit_code == 1
    assert result.output.startswith("templates/sms/spare/body.txt:1:")


def test_folders_that_are_never_read_are_told(here: Path) -> None:
    write(here, "emails/hello/subject.txt", "Hello")
    write(here, "sms/Big News/body.txt", "Hello")
    result = check()
    assert result.exit_code == 1
    assert [line.split(": ")[0] for line in result.output.splitlines()] == [
        "templates/emails:1:1",
        "templates/sms/Big News:1:1",
    ]


def test_shared_parts_and_the_words_of_pages_are_no_messages(here: Path) -> None:
    write(here, "email/_base/words.toml", '[en]\nquestions = "Questions?"\n')
    write(here, "pages/unsubscribe/done.html", "<p>Done</p>")
    assert check().output == "1 cadence, 5 messages: no faults\n"


def test_marketing_mail_needs_a_postal_address(here: Path) -> None:
    replace(here / "cadences" / "onboarding.yaml", "purpose: service ", "purpose: marketing ")
    write(here, "sms/first_steps/body.txt", "Example Tea: rinse, pour. Reply STOP to opt out.")
    assert check().exit_code == 0
    replace(here / "touchline.toml", "1 Example Street, Springfield, EX 00000", "")
    result = check()
    assert result.exit_code == 1
    assert result.output.startswith("cadences/onboarding.yaml:3:10: marketing mail needs your")


def test_time_zones_of_the_settings_are_checked(here: Path) -> None:
    replace(here / "touchline.toml", "[[owners]]", 'default_timezone = "EST"\n[[owners]]')
    toml = here / "touchline.toml"
    toml.write_text(toml.read_text(encoding="utf-8") + 'timezone = "GMT+3"\n', encoding="utf-8")
    result = check()
    assert result.exit_code == 1
    lines = result.output.splitlines()
    assert lines[0].startswith("touchline.toml:5:20: default_timezone: 'EST' is not a time zone")
    assert lines[1].startswith("touchline.toml:10:12: owner olive@example.com: timezone: 'GMT+3'")


def test_providers_addresses_and_owners_phones_are_checked(here: Path) -> None:
    replace(here / "touchline.toml", "[[owners]]", 'twilio_url = "http://x.example"\n[[owners]]')
    replace(here / "touchline.toml", "+12025550100", "+1 (202) 555-0100 ext. 7")
    result = check()
    assert result.exit_code == 1
    lines = result.output.splitlines()
    assert lines[0].startswith("touchline.toml:5:14: twilio_url: must be an https:// address")
    assert lines[1].startswith("touchline.toml:9:9: owner olive@example.com: phone: '+1 (202)")


def test_a_cap_that_nobody_comes_up_to_is_told(here: Path) -> None:
    with (here / "touchline.toml").open("a", encoding="utf-8") as toml:
        toml.write("\n[caps]\nday = 5\nweek = 2\n")
    result = check()
    assert result.exit_code == 1
    fault = "day: 5 is never reached, for 'caps.week' allows 2; lower it or take it out"
    assert result.output.startswith("touchline.toml:")
    assert fault in result.output


def test_a_time_zone_of_a_variable_is_told_by_its_name(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOUCHLINE_DEFAULT_TIMEZONE", "EST")
    result = check()
    assert result.exit_code == 1
    assert result.output.startswith("TOUCHLINE_DEFAULT_TIMEZONE: 'EST' is not a time zone")
    monkeypatch.delenv("TOUCHLINE_DEFAULT_TIMEZONE")
    (here / ".env").write_text("\nTOUCHLINE_DEFAULT_TIMEZONE=EST\n", encoding="utf-8")
    assert check().output.startswith(".env:2:1: default_timezone: 'EST' is not a time zone")


def test_settings_that_cannot_be_read_are_faults_like_any_other(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace(here / "touchline.toml", "business_name", "busines_name")
    monkeypatch.setenv("TOUCHLINE_WEB_PORT", "abc")
    result = check()
    assert result.exit_code == 1
    lines = result.output.splitlines()
    assert lines[0].startswith("TOUCHLINE_WEB_PORT is 'abc'; write a whole number")
    assert lines[1].startswith("touchline.toml:1:1: unknown setting 'busines_name'; did you mean")
    faults = json.loads(check("--json").output)["faults"]
    assert [one["path"] for one in faults] == [None, "touchline.toml"]


def test_json_has_the_same_faults(here: Path) -> None:
    assert json.loads(check("--json").output) == {"cadences": 1, "messages": 5, "faults": []}
    replace(here / "cadences" / "onboarding.yaml", "purpose: service ", "purpose: both ")
    result = check("--json")
    assert result.exit_code == 1
    assert json.loads(result.output)["faults"] == [
        {
            "path": "cadences/onboarding.yaml",
            "line": 3,
            "column": 10,
            "message": "'purpose' is 'both'; write service or marketing",
        }
    ]


def test_one_file_can_be_checked_alone(here: Path, tmp_path: Path) -> None:
    (here / "cadences" / "broken.yaml").write_text("", encoding="utf-8")
    assert check("cadences/onboarding.yaml").output == "1 cadence, 5 messages: no faults\n"
    assert check("cadences/broken.yaml").output.startswith("cadences/broken.yaml:1:1: the file is")
    assert check("templates/email/welcome/body.html").output == "0 cadences, 1 message: no faults\n"
    draft = tmp_path / "onboarding.yaml"
    draft.write_text(EXAMPLE, encoding="utf-8")
    assert check(str(draft)).output == "1 cadence, 5 messages: no faults\n"


def test_another_workspace_can_be_checked_from_anywhere(
    here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace(here / "cadences" / "onboarding.yaml", "purpose: service ", "purpose: both ")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert check(str(here)).output.startswith(f"{here}/cadences/onboarding.yaml:3:10: ")
    monkeypatch.chdir(tmp_path)
    assert check(str(here)).output.startswith("workspace/cadences/onboarding.yaml:3:10: ")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "no touchline.toml here"),
        (["gone.yaml"], "there is no such file"),
        (["."], "is no cadence file"),
    ],
)
def test_what_cannot_be_checked_is_refused_in_plain_words(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    console: Console,
    arguments: list[str],
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = console("check", *arguments)
    assert ended.code == 2
    assert words in ended.err
    assert "Traceback" not in ended.err
    assert ended.out == ""
