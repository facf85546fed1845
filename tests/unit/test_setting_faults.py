"""A fault in the settings is told at its place, with what would be right, and without secrets."""

from pathlib import Path

import pytest

from contacts.settings import SettingsError, load_settings


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path.resolve()


def told(home: Path, toml: str | bytes = "", *, env: str | bytes = "") -> list[str]:
    """What is wrong, a line each, with paths from the workspace."""
    for name, content in (("touchline.toml", toml), (".env", env)):
        (home / name).write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(SettingsError) as refused:
        load_settings(home)
    return str(refused.value).replace(f"{home}/", "").splitlines()


OWNER = '[[owners]]\nemail = "olive@example.com"\nname = "Olive"\n'


@pytest.mark.parametrize(
    ("toml", "fault"),
    [
        ("busines_name = 'x'", "1:1: unknown setting 'busines_name'; did you mean "
         "'business_name'?"),
        ("\nzzz = 1", "2:1: unknown setting 'zzz'; README.md lists the settings"),
        ("web_port = 'abc'", "1:12: 'web_port' is 'abc'; write a whole number from 1 to 65535"),
        ("batch_size = 900", "1:14: 'batch_size' is 900; write a whole number from 1 to 100"),
        ("freshness_days = 0", "1:18: 'freshness_days' is 0; write a whole number from 1 to 3650"),
        ("stale_policy = ['task', 'nurture']", "1:16: 'stale_policy' is a list; write "
         "'task' at its end: what comes after it is never asked, for a task is always possible"),
        ("stale_policy = ['a', 'a']", "1:16: 'stale_policy' is a list; it names 'a' twice; "
         "take one out"),
        ("connect_timeout = 0", "1:19: 'connect_timeout' is 0; write a number above 0"),
        ("sender_email = 'hello'", "1:16: 'sender_email' is 'hello'; write an e-mail address: "
         "hello@business.example"),
        ("default_country = 'USA'", "1:19: 'default_country' is 'USA'; write the two capital "
         "letters of a country: DE"),
        ("default_locale = 'english'", "1:18: 'default_locale' is 'english'; write the code of a "
         "language: en, de, pt-BR"),
        (OWNER.replace("olive@example.com", "olive"), "2:9: 'email' is 'olive'; write an e-mail "
         "address: hello@business.example"),
        (OWNER + OWNER.replace("olive@", "Olive@"), "1:1: 'owners' is a list; two of them have the "
         "address olive@example.com; take one out"),
        ("business_name = 5", "1:17: 'business_name' is 5; write a text in quotes"),
        ("batch_size = []", "1:14: 'batch_size' is a list; write a whole number from 1 to 100"),
        ("owners = 'olive'", "1:10: 'owners' is 'olive'; begin each of the owners with a line "
         "[[owners]]"),
        ("[freshness_days_by_tier]\nkey = 'x'", "2:7: 'key' is 'x'; write a whole number"),
        ("freshness_days_by_tier = 5", "1:26: 'freshness_days_by_tier' is 5; write its values "
         "under a line [freshness_days_by_tier]"),
        (OWNER + "[[owners]]\nname = 'Pia'", "4:1: owner 2 has no 'email'; each needs one"),
        (OWNER + "fone = '1'", "4:1: unknown setting 'fone'; known under [owners] are email, "
         "name, phone, timezone, hours, country, region, lead"),
        (OWNER + "hours = {start = '9'}", "4:18: 'start' is '9'; write a time of day in quotes, 24 "
         'hours: "09:00"'),
        (OWNER + "hours = {days = ['sunday']}", "4:18: 'days' is 'sunday'; write mon, tue, wed, "
         "thu, fri, sat or sun"),
        (OWNER + "hours = {strat = '09:00'}", "4:10: unknown setting 'strat'; did you mean "
         "'start'?"),
        (OWNER + "hours = '9-17'", "4:9: 'hours' is '9-17'; write its values in braces: hours = "
         "{…}"),
        (OWNER + "hours = {end = '08:00'}", "4:9: 'hours' is a table; let it end after its start; "
         'for a night write both, such as start = "22:00" and end = "06:00"'),
        (OWNER + "country = 'Germany'", "4:11: 'country' is 'Germany'; write the two capital "
         "letters of a country: DE"),
        ("owners = ['olive']", "1:11: 'owners' is 'olive'; begin each of the owners with a line "
         "[[owners]]"),
        ("escalate_after = 0", "1:18: 'escalate_after' is 0; write a whole number, 1 or more"),
        (OWNER.replace("name", "nmae"), "3:1: unknown setting 'nmae'; did you mean 'name'?"),
        (OWNER + "web_port = 1", "4:1: unknown setting 'web_port'; it belongs above the first line "
         "that begins with ["),
        ("[freshness_days_by_tier]\ndefault_locale = 'en'", "2:18: 'default_locale' is 'en'; it "
         "belongs above the first line that begins with ["),
        ("[window]\nstart = '9:00'", "2:9: 'start' is '9:00'; write a time of day in quotes, 24 "
         'hours: "09:00"'),
        ("[window]\nstart = 09:00:00", "2:9: 'start' is 09:00:00; write a time of day in "
         'quotes, 24 hours: "09:00"'),
        ("[window]\nopen = '09:00'", "2:1: unknown setting 'open'; known under [window] are start, "
         "end, days, holidays"),
        ("[caps]\nweek = 0", "2:8: 'week' is 0; write a whole number from 1 to 1000"),
        ("[caps]\nmonth = true", "2:9: 'month' is true; write a whole number from 1 to 1000"),
        ("[caps.sms]\nday = 'two'", "2:7: 'day' is 'two'; write a whole number from 1 to 1000"),
        ("[caps.email]\nwek = 3", "2:1: unknown setting 'wek'; did you mean 'week'?"),
        ("[caps]\nyear = 3", "2:1: unknown setting 'year'; known under [caps] are day, week, "
         "month, email, sms"),
        ("double_opt_in = 'maybe'", "1:17: 'double_opt_in' is 'maybe'; write true or false"),
        ("caps = 3", "1:8: 'caps' is 3; write its values under a line [caps]"),
        ("[caps]\nemail = 3", "2:9: 'email' is 3; write its values under a line [caps.email]"),
        ("window = '9-18'", "1:10: 'window' is '9-18'; write its values under a line [window]"),
        ("[window]\ndays = ['monday']", "2:9: 'days' is 'monday'; write mon, tue, wed, thu, fri, "
         "sat or sun"),
        ("[window]\ndays = 'mon'", "2:8: 'days' is 'mon'; write a list: […, …]"),
        ("[window]\ndays = []", "2:8: 'days' is a list; name at least one"),
        ("[window]\nstart = '19:00'", "1:1: 'window' does not end after its start; for a night "
         'write both, such as start = "22:00" and end = "06:00"'),
        ("[holidays]\nadd = ['2026-12-24', '24.12.2026']", "2:22: 'add' is '24.12.2026'; write a "
         "date: 2026-12-24"),
        ("[holidays]\nadd = [20261224]", "2:8: 'add' is 20261224; write a date: 2026-12-24"),
        ("[holidays]\nadd = [2026-12-24]\nignore = [2026-12-24]", "1:1: 'holidays' adds and "
         "ignores 2026-12-24; take it out of one"),
        ("[sms_hours]\nUS-FL = 'mon-sun 09:00-19:00'", "2:9: 'US-FL' is 'mon-sun 09:00-19:00'; "
         "write a list: […, …]"),
        ("[sms_hours]\nUS-FL = ['9-19']", "2:10: 'US-FL' is '9-19'; write days and hours, such as "
         '"mon-sat 09:00-20:00" or "sun 12:00-17:00"'),
        ("[sms_hours]\nIN = ['mon 19:00-09:00']", "2:7: 'IN' is 'mon 19:00-09:00'; the hours of a "
         "day end after they begin"),
        ("[sms_hours]\nflorida = []", "1:1: 'sms_hours' has 'florida'; write a country or a state: "
         "IN, US-FL"),
        ("batch_size = 1\nrequest_timeout = 45", "2:19: 'request_timeout' is 45 s, more than half "
         "of 'lease_seconds' (30 s); make it shorter, or the lease longer"),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_is_told_at_its_place(home: Path, toml: str, fault: str) -> None:
    assert told(home, toml) == [f"touchline.toml:{fault}"]


@pytest.mark.parametrize(
    ("toml", "fault"),
    [
        ("business_name = Nine", "1:17: not a value; put a text in quotes"),
        (
            'business_name = "Nine\nbatch_size = 1',
            "1:22: the quote opened in this line is not closed",
        ),
        ("business_name 'Nine'", "1:15: a '=' is missing"),
        ("batch_size", "1:1: a '=' is missing"),
        ("batch_size = 2 3", "1:16: something is left over after the value"),
        ("batch_size = 1\nweb_port = 2\nbatch_size = 3", "3:1: 'batch_size' is set twice"),
        ("[[owners]\nname = 'x'", "1:9: the line's closing bracket is missing"),
        ("owners = [\n{name = 'x'}\n", "1:10: a ',' or the closing ] is missing"),
        ("web_port = [\n", "1:12: the bracket opened here is not closed"),
        (
            "web_port = [  # ']'\nbusiness_name = 'x'",
            "2:1: not a value; put a text in quotes, and write true and false in small letters; "
            "or close the bracket opened in line 1",
        ),
        ('a = "C:\\Users"', "1:10: a backslash has a meaning in double quotes"),
        ("a = '''x\ny", "1:5: a quote is never closed"),
        (b"business_name = 'caf\xe9'", "1:21: not UTF-8; save it as UTF-8"),
    ],
)
def test_a_text_that_is_no_toml_is_told_at_its_place(
    home: Path, toml: str | bytes, fault: str
) -> None:
    [line] = told(home, toml)
    assert line.startswith(f"touchline.toml:{fault}")


def test_every_fault_is_told_at_once_in_the_order_of_the_files(home: Path) -> None:
    lines = told(home, "web_port = 0\nbatch_size = 0", env="TOUCHLINE_CONNECTIONS=0\n")
    assert [line.split(": ")[0] for line in lines] == [
        ".env:1:1", "touchline.toml:1:12", "touchline.toml:2:14",
    ]  # fmt: skip


def test_a_mark_that_windows_puts_in_front_is_read_over(home: Path) -> None:
    (home / "touchline.toml").write_bytes('\ufeffbusiness_name = "Kettle"\r\n'.encode())
    assert load_settings(home).business_name == "Kettle"


@pytest.mark.parametrize(
    ("variable", "value", "fault"),
    [
        ("TOUCHLINE_WEB_PORT", "abc", "TOUCHLINE_WEB_PORT is 'abc'; write a whole number from"),
        ("touchline_batch_size", "", "touchline_batch_size is empty; write a whole number from"),
        ("TOUCHLINE_OWNERS", "[{bad", "TOUCHLINE_OWNERS is not readable as JSON; write it like ["),
        ("TOUCHLINE_OWNERS", '[{"name": "x"}]', "TOUCHLINE_OWNERS: owner 1 has no 'email'"),
        ("TOUCHLINE_OWNERS__0__NAME", "x", "TOUCHLINE_OWNERS__0__NAME: 'owners' is a table"),
        ("TOUCHLINE_REQUEST_TIMEOUT", "45", "TOUCHLINE_REQUEST_TIMEOUT: 'request_timeout' is 45 s"),
        ("TOUCHLINE_FRESHNESS_DAYS_BY_TIER__KEY", "x",
         "TOUCHLINE_FRESHNESS_DAYS_BY_TIER__KEY is 'x'; write a whole number"),
    ],
)  # fmt: skip
def test_a_fault_of_a_variable_names_the_variable_and_no_file(
    home: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, fault: str
) -> None:
    monkeypatch.setenv(variable, value)
    [line] = told(home, "web_port = 8000")
    assert line.startswith(fault)


def test_a_variable_in_env_is_told_at_its_line(home: Path) -> None:
    env = "# ours\nexport TOUCHLINE_WEB_PORT=abc\nTOUCHLINE_SENDGRID_API_KYE=a-secret\nFOO=1\n"
    lines = told(home, env=env)
    assert lines[0].startswith(".env:2:8: TOUCHLINE_WEB_PORT is 'abc'; write a whole number")
    assert lines[1:] == [
        ".env:3:1: unknown setting 'TOUCHLINE_SENDGRID_API_KYE'; "
        "did you mean 'TOUCHLINE_SENDGRID_API_KEY'?",
        ".env:4:1: 'FOO' is no setting; variables begin with TOUCHLINE_",
    ]


_NOTHING = "this line sets nothing; write NAME=value"
_QUOTE = "the {} opened in this line is not closed, or something is left over after it"


@pytest.mark.parametrize(
    ("env", "fault"),
    [
        ("TOUCHLINE_SENDGRID_API_KEY SG.hush", f"1:1: {_NOTHING}"),
        ("TOUCHLINE_SENDGRID_API_KEY\n", f"1:1: {_NOTHING}"),
        ("TOUCHLINE_SENDGRID_API_KEY: hush\n", f"1:1: {_NOTHING}"),
        ("TOUCHLINE_SENDGRID_API_KEY SG.hush==\n", f"1:1: {_NOTHING}"),
        ("# ours\n\n  =hush\n", f"3:3: {_NOTHING}"),
        ("A KEY=hush", f"1:1: {_NOTHING}"),
        ("TOUCHLINE_SECRET_KEY='hush\n", f"1:1: {_QUOTE.format(chr(39))}; write NAME=value"),
        ('TOUCHLINE_SECRET_KEY="a"hush', f"1:1: {_QUOTE.format(chr(34))}; write NAME=value"),
    ],
)
def test_a_line_of_env_that_sets_nothing_is_told_without_its_words(
    home: Path, caplog: pytest.LogCaptureFixture, env: str, fault: str
) -> None:
    assert told(home, env=env) == [f".env:{fault}"]
    assert not caplog.records


def test_every_line_of_env_that_sets_nothing_is_told(home: Path) -> None:
    lines = told(home, env="ONE hush\nTOUCHLINE_WEB_PORT=8000\n\nTWO hush\n")
    assert lines == [f".env:1:1: {_NOTHING}", f".env:4:1: {_NOTHING}"]


def test_comments_empty_values_and_quotes_in_env_are_no_faults(home: Path) -> None:
    (home / "touchline.toml").touch()
    env = "# a note\n\nexport TOUCHLINE_BUSINESS_NAME='A\nB' # so\nTOUCHLINE_REPLY_DOMAIN=\n"
    (home / ".env").write_text(env, encoding="utf-8")
    assert load_settings(home).business_name == "A\nB"


@pytest.mark.parametrize("name", ["sendgrid_api_key", "twilio_auth_token", "database_url"])
def test_s14_no_secret_is_ever_printed(home: Path, name: str) -> None:
    [line] = told(home, f"{name} = 271828")
    right = f"touchline.toml:1:{len(name) + 4}: '{name}' cannot be used; write a text in quotes"
    misplaced = (
        f"touchline.toml:1:1: '{name}' is a secret, and no place for one is touchline.toml; write "
        f"it as TOUCHLINE_{name.upper()}=… in .env"
    )
    assert line == (right if name == "database_url" else misplaced)
    assert "271828" not in "".join(told(home, env=b"TOUCHLINE_SECRET_KEY=271828\xff"))


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("foo://x", "neither PostgreSQL nor SQLite"),
        ("mysql://root:hush@h/name", "neither PostgreSQL nor SQLite"),
        ("postgresql://u:hush@h:abc/name", "no database URL"),
        ("sqlite://", "names no file"),
    ],
)
def test_a_database_that_cannot_be_is_refused_without_its_password(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, url: str, problem: str
) -> None:
    monkeypatch.setenv("TOUCHLINE_DATABASE_URL", url)
    with pytest.raises(SettingsError, match=problem) as refused:
        load_settings(workspace)
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize(
    "url", ["postgres://u@h/n", "postgresql+psycopg://u@h:5432/n", "sqlite:////srv/touchline.db"]
)
def test_the_two_databases_are_taken(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("TOUCHLINE_DATABASE_URL", url)
    assert load_settings(workspace).url == url
