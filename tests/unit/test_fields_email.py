"""E-mail addresses: what is taken, in which form, and the plain words of a refusal."""

from typing import Any

import pytest

from contacts.record.customers.address_keys import address_hash
from contacts.record.customers.addresses import likely_typo, normalise_email
from tests.cases import cases, input_of, mentions, needs_cases


@needs_cases
@pytest.mark.parametrize("case", cases("email"), ids=lambda case: case["id"])
def test_collected_emails(case: dict[str, Any]) -> None:
    if case["expect"]["outcome"] == "reject":
        with pytest.raises(ValueError) as refused:  # noqa: PT011  # its words are checked below
            normalise_email(input_of(case))
        assert mentions(str(refused.value), case)
        assert "\n" not in str(refused.value)
        return
    email = normalise_email(input_of(case))
    assert email == case["expect"].get("normalised", input_of(case))
    for warned in case["expect"].get("warn_any", [])[:1]:
        assert likely_typo(email) == warned


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" ada@example.com ", "ada@example.com"),
        ("Ada.Archer+tea@Example.COM", "Ada.Archer+tea@example.com"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("o'neil@example.com", "o'neil@example.com"),
    ],
)
def test_the_form_that_the_record_keeps(text: str, expected: str) -> None:
    assert normalise_email(text) == expected


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "empty"),
        ("ada@example.com bob@example.com", "exactly one"),
        ("ada@example.com\r\nBcc: bob@example.com", "control"),
        ("Ada <ada@example.com>", "email"),
        ("ada@localhost", "email"),
        ("ada@example.invalid", "reserved"),
        ("ädä@example.com", "ASCII"),
        ("ada@" + "a." * 130 + "example.com", "long"),
        ("ada@[127.0.0.1]", "email"),
        ('"ada archer"@example.com', "email"),
    ],
)
def test_what_no_provider_can_serve_is_refused(text: str, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        normalise_email(text)


def test_a_refusal_never_repeats_the_address() -> None:
    """Messages end up in logs and artifacts."""
    with pytest.raises(ValueError, match="email") as refused:
        normalise_email("ada.archer@@example.com")
    assert "archer" not in str(refused.value)


@pytest.mark.parametrize(
    ("domain", "meant"),
    [
        ("gmial.com", "gmail.com"),
        ("gmail.con", "gmail.com"),
        ("yahooo.com", "yahoo.com"),
        ("hotmial.co.uk", "hotmail.co.uk"),
        ("outlok.cm", "outlook.com"),
        ("gmail.com", None),
        ("yahoo.co.in", None),
        ("mail.com", None),
        ("ymail.com", None),
        ("example.com", None),
    ],
)
def test_slips_of_well_known_domains_are_noticed(domain: str, meant: str | None) -> None:
    assert likely_typo(f"ada@{domain}") == meant


def test_the_hash_of_an_address_ignores_case_and_differs_by_key() -> None:
    first = address_hash("key", "Ada@example.com")
    assert first == address_hash("key", "ada@EXAMPLE.com")
    assert first != address_hash("another key", "ada@example.com")
    assert len(first) == 64
