"""Dates, times, amounts and codes of CSV cells."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from contacts.record.imports import cells
from tests.cases import cases, input_of, mentions, needs_cases


@needs_cases
@pytest.mark.parametrize("case", cases("date"), ids=lambda case: case["id"])
def test_collected_dates(case: dict[str, Any]) -> None:
    if case["expect"]["outcome"] == "accept":
        assert cells.moment(input_of(case)).isoformat().startswith(input_of(case)[:10])
        return
    for parse in (cells.day, cells.moment):
        with pytest.raises(ValueError) as refused:  # noqa: PT011  # its words are checked below
            parse(input_of(case))
        assert mentions(str(refused.value), case)


@pytest.mark.parametrize(
    "text",
    [
        "20261231", "2026-W01-1", "2026-1-5", "31.12.2026", "2026-02-30", "0026-01-01",
        "9999-12-31", "\uff12\uff10\uff12\uff16-01-05", "2026-01-05T10", "2026-01-05T25:00",
        "2026-01-05+05:45", "46000", "today",
    ],
)  # fmt: skip
def test_dates_that_python_or_a_spreadsheet_would_take_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="date"):
        cells.moment(text)


def test_a_moment_without_an_offset_is_on_the_customers_clock() -> None:
    written = cells.moment("2026-11-20")
    assert cells.instant_of(written, "Asia/Kathmandu") == datetime(2026, 11, 19, 18, 15, tzinfo=UTC)
    with_offset = cells.moment("2026-11-20T09:00:00+05:45")
    assert cells.instant_of(with_offset, "America/New_York") == datetime(
        2026, 11, 20, 3, 15, tzinfo=UTC
    )


def test_a_day_is_a_day() -> None:
    assert cells.day("2028-02-29") == date(2028, 2, 29)


@pytest.mark.parametrize(
    ("text", "amount"),
    [("1234.5", "1234.50"), ("-20", "-20.00"), ("0.1000", "0.10"), ("0", "0.00")],
)
def test_amounts(text: str, amount: str) -> None:
    assert cells.money(text) == Decimal(amount)


@pytest.mark.parametrize(
    "text",
    ["1,234.50", "12,5", "1.234", "$5", "5 EUR", "NaN", "1e5", "", "--5", "\u0665", "1" * 13],
)
def test_amounts_that_could_be_misread_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="like 1234"):
        cells.money(text)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("120,00", "120.00"),
        ("120,5", "120.50"),
        ("1.234,50", "1234.50"),
        ("1 234 567,5", "1234567.50"),
        ("1,234.50", "1234.50"),
        ("1234.5", "1234.50"),
        ("120", "120.00"),
    ],
)
def test_a_person_types_an_amount_as_at_home(text: str, amount: str) -> None:
    assert cells.typed_money(text) == Decimal(amount)
    assert cells.typed_hours("1,5") == Decimal("1.50")


@pytest.mark.parametrize("text", ["1.234", "1,234", "1,234,50", "1.234 567,50", "12.34,50", ",5"])
def test_what_a_person_types_that_may_mean_two_things_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="like 1234"):
        cells.typed_money(text)


def test_codes_are_checked_against_their_lists() -> None:
    assert cells.currency("eur") == "EUR"
    assert cells.country("de") == "DE"
    with pytest.raises(ValueError, match="ISO 4217"):
        cells.currency("EURO")
    with pytest.raises(ValueError, match="ISO 3166"):
        cells.country("XX")
    with pytest.raises(ValueError, match="GB"):
        cells.country("UK")


@pytest.mark.parametrize(
    ("text", "locale"), [("EN", "en"), ("pt_br", "pt-BR"), ("be-latn-by", "be-Latn-BY")]
)
def test_locales_have_one_spelling(text: str, locale: str) -> None:
    assert cells.locale(text) == locale


def test_a_sentence_is_no_locale() -> None:
    with pytest.raises(ValueError, match="language"):
        cells.locale("English (US)")


def test_yes_and_no_are_the_only_answers() -> None:
    assert cells.yes_or_no("Yes")
    assert not cells.yes_or_no("no")
    with pytest.raises(ValueError, match="yes or no"):
        cells.yes_or_no("maybe")


def test_text_is_composed_and_limited() -> None:
    short = cells.line_of_text(5)
    assert short("e\u0301") == "\u00e9"
    with pytest.raises(ValueError, match="longer than 5"):
        short("abcdef")
    with pytest.raises(ValueError, match="one line"):
        short("a\nb")


@pytest.mark.parametrize("text", ["0", "-5", "3651", "30.5", "30d", "a month", "1" * 400])
def test_days_of_silence_are_a_whole_number_that_a_person_means(text: str) -> None:
    with pytest.raises(ValueError, match="1 to 3650, such as 45; or leave it blank"):
        cells.days_of_silence(text)
    assert [cells.days_of_silence(one) for one in ("1", "45", "3650")] == [1, 45, 3650]
