"""The ways out as the settings say: to the stand-in until a provider's credentials are set."""

import logging
from pathlib import Path

import pytest

from contacts.channels.outbox import open_outbox, webhook_keys
from contacts.channels.outgoing import Answer
from contacts.channels.rehearsal import signing_keys, standin_folder
from contacts.settings import SENDGRID_URL, TWILIO_URL, Settings, SettingsError
from tests.rehearsal import email, rehearsal, text

SENDGRID = {"sendgrid_api_key": "SG.secret", "sendgrid_webhook_key": "public"}
TWILIO = {"twilio_account_sid": "AC1", "twilio_auth_token": "secret"}


def settings_of(folder: Path, **changes: object) -> Settings:
    return Settings(workspace=folder, **changes)  # type: ignore[arg-type]  # checked by pydantic


async def test_without_credentials_everything_goes_to_the_standin(tmp_path: Path) -> None:
    async with rehearsal(tmp_path) as stage:
        settings = settings_of(tmp_path, standin_port=int(stage.standin.url.split(":")[-1]))
        async with open_outbox(settings) as outbox:
            receipts = [await outbox.email.send(email()), await outbox.sms.send(text())]
            assert outbox.live == frozenset()
        kept = await stage.kept()
    assert [receipt.answer for receipt in receipts] == [Answer.ACCEPTED] * 2
    assert [message["provider"] for message in kept] == ["sendgrid", "twilio"]
    callback = kept[1]["request"]["StatusCallback"]
    assert callback == f"{settings.webhook_url}/webhooks/twilio/status?attempt=a-1"


async def test_nobody_there_is_a_failure_that_may_be_tried_again(tmp_path: Path) -> None:
    async with rehearsal(tmp_path) as stage:
        port = int(stage.standin.url.split(":")[-1])
    async with open_outbox(settings_of(tmp_path, standin_port=port)) as outbox:
        receipt = await outbox.email.send(email())
    assert (receipt.answer, receipt.code) == (Answer.RETRY, "connect")


@pytest.mark.parametrize(
    ("credentials", "live"),
    [(SENDGRID, {"email"}), (TWILIO, {"sms"}), (SENDGRID | TWILIO, {"email", "sms"})],
)
async def test_a_channel_with_credentials_is_live(
    tmp_path: Path, credentials: dict[str, str], live: set[str]
) -> None:
    async with open_outbox(settings_of(tmp_path, **credentials)) as outbox:
        assert outbox.live == live


@pytest.mark.parametrize(
    ("setting", "url"),
    [
        ("sendgrid_url", SENDGRID_URL.replace("https", "http")),
        ("twilio_url", TWILIO_URL.replace("https", "http")),
        ("sendgrid_url", "ftp://x.example"),
        ("twilio_url", "api.example"),
        ("sendgrid_url", "https://[::1"),
        ("sendgrid_url", "https://"),
    ],
)
async def test_a_live_key_never_crosses_a_network_in_the_clear(
    tmp_path: Path, setting: str, url: str
) -> None:
    (tmp_path / "touchline.toml").write_text(f"\n{setting} = '{url}'\n", encoding="utf-8")
    settings = settings_of(tmp_path, **SENDGRID, **TWILIO, **{setting: url})
    with pytest.raises(SettingsError) as refused:
        async with open_outbox(settings):
            pass
    place = f"{tmp_path}/touchline.toml:2:{len(setting) + 4}"
    assert str(refused.value) == f"{place}: {setting}: must be an https:// address, not {url!r}"


def test_webhooks_of_the_standin_are_checked_with_its_keys(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    made = signing_keys(standin_folder(settings.state))
    assert webhook_keys(settings) == (made.public_key(), made.twilio_token)


def test_webhooks_of_providers_are_checked_with_theirs(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, **SENDGRID, **TWILIO)
    assert webhook_keys(settings) == ("public", "secret")


async def test_s17_no_secret_and_no_address_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with rehearsal(tmp_path) as stage:
        settings = settings_of(tmp_path, standin_port=int(stage.standin.url.split(":")[-1]))
        async with open_outbox(settings) as outbox:
            await outbox.email.send(email())
            await outbox.sms.send(text())
    for secret in ("rehearsal-key", "rehearsal-token", "ada@example.com", text().to):
        assert secret not in caplog.text


async def test_the_sdks_stay_silent_below_warnings(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    names = ("python_http_client", "twilio", "twilio.http_client")
    for name in names:
        logging.getLogger(name).setLevel(logging.NOTSET)
    async with open_outbox(settings_of(tmp_path)):
        assert {logging.getLogger(name).getEffectiveLevel() for name in names} == {logging.WARNING}
