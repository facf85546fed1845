"""What is put out of a log, and what stays to be read."""

import io
import logging
from pathlib import Path

import pytest

from contacts.masked_log import mask_loggers, masked
from flows.workspace import settings_of_run


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("no answer for ada@example.com.", "no answer for <e-mail>."),
        ("Ada <ada.archer+tea@mail.example.co.uk>,x", "Ada <<e-mail>>,x"),
        ("to=ada%40example.com&", "to=<e-mail>&"),
        ("From: +12025550111", "From: <phone>"),
        ("call +1 (202) 555-0111 now", "call <phone> now"),
        ("?to=%2B919876543210", "?to=<phone>"),
        ("POST /u/1-email.FKxtMQ-cpg9bBaJv1b_gvVvaxKw", "POST /u/<link>"),
        ("/webhooks/sendgrid/inbound/e2807cd0b2d63eed", "/webhooks/sendgrid/inbound/<link>"),
    ],
)
def test_s17_addresses_numbers_and_links_are_put_out(said: str, written: str) -> None:
    assert masked(said) == written


@pytest.mark.parametrize(
    "said",
    [
        "Touches of onboarding: 1203 of customer 44, 1204 of customer 4556",
        "sent 12,000 in 3.5 s, 2026-11-20T15:00:00+00:00",
        "postgresql://touchline:***@db.example.com:5432/record: cannot be opened",
        "postgresql://touchline@db.example.com/record",
        "attempt 01a20363-04fe-772a-be04-1223633fdd2d +3 more",
        "cadences/onboarding.yaml:12:3: welcome/en@1f3a is not known",
        "/webhooks/sendgrid/events, /customers/4711",
    ],
)
def test_what_helps_to_find_a_fault_stays(said: str) -> None:
    assert masked(said) == said


@pytest.mark.parametrize("said", ["a" * 50_000, "a@" * 20_000, "+1" * 20_000, "a." * 20_000 + "@"])
def test_nothing_is_too_long_to_be_masked(said: str) -> None:
    assert len(masked(said)) <= 10 * len(said)


def test_s17_a_logger_writes_neither_its_values_nor_those_of_a_traceback() -> None:
    logger, written = logging.Logger("test"), io.StringIO()
    logger.addHandler(logging.StreamHandler(written))
    mask_loggers_of(logger)
    try:
        raise ValueError("UNIQUE failed for ada@example.com")
    except ValueError:
        logger.exception("row %d of %s", 7, "+12025550111")
    said = written.getvalue()
    assert "row 7 of <phone>" in said
    assert "ValueError: UNIQUE failed for <e-mail>" in said
    assert "ada@example.com" not in said


def test_s17_what_a_flow_run_logs_is_masked(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOUCHLINE_WORKSPACE", str(workspace))
    settings_of_run()
    said = logging.LogRecord("prefect.flow_runs", 20, "", 1, "to %s", ("ada@example.com",), None)
    assert logging.getLogger("prefect.flow_runs").filter(said)
    assert said.getMessage() == "to <e-mail>"


def mask_loggers_of(logger: logging.Logger) -> None:
    """As for a logger of that name, but for this one alone."""
    known = logging.getLogger("tests.masked_log")
    mask_loggers("tests.masked_log")
    [mask] = known.filters
    logger.addFilter(mask)
