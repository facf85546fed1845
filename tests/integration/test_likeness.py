"""Who was perhaps meant by a name or an address that nobody has."""

import re

import pytest
from sqlalchemy import Engine

from contacts.record.customers.lookup import find_customer
from contacts.record.engine import reading, writing
from contacts.record.errors import UnknownCustomer
from tests.cast import NOW, ada, bob, customer


@pytest.fixture
def people(engine: Engine) -> Engine:
    with writing(engine) as connection:
        ada(connection)
        bob(connection)
        customer(connection, email="nora@cedar.example", first_name="Nora", last_name="Feldman")
        customer(connection, phone="+12025550144", first_name="Алеся", joined_on=NOW.date())
    return engine


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Nora", ["nora@cedar.example (Nora Feldman)"]),
        ("nora feld", ["nora@cedar.example (Nora Feldman)"]),
        ("Norra", ["nora@cedar.example (Nora Feldman)"]),
        ("feldmann", ["nora@cedar.example (Nora Feldman)"]),
        ("cedar", ["nora@cedar.example (Nora Feldman)"]),
        ("archer & co", ["ada@example.com (Ada Archer)"]),
        ("Алесья", ["ID (Алеся)"]),
        ("Алес", ["ID (Алеся)"]),
        ("+12025550144", ["ID (Алеся)"]),
        ("nora@ceder.example", ["nora@cedar.example (Nora Feldman)"]),
        ("mora@cedar.example", ["nora@cedar.example (Nora Feldman)"]),
        ("zoe@example.com", []),
        ("Zebedee", []),
        ("%", []),
        ("", []),
        ("@", []),
    ],
)
def test_who_is_near_is_named(people: Engine, typed: str, meant: list[str]) -> None:
    with reading(people) as connection, pytest.raises(UnknownCustomer) as unknown:
        find_customer(connection, typed)
    told = re.sub(r"\b\d+ \(", "ID (", str(unknown.value))
    _, asked, names = told.partition("; did you mean ")
    assert (names.removesuffix("?").split(" or ") if asked else []) == meant


def test_many_of_one_name_are_cut_to_three(people: Engine) -> None:
    with writing(people) as connection:
        for number in range(5):
            customer(connection, email=f"sam{number}@example.com", first_name="Sam")
    with reading(people) as connection, pytest.raises(UnknownCustomer) as unknown:
        find_customer(connection, "Sam")
    assert str(unknown.value).count("(Sam)") == 3


def test_an_id_too_high_says_how_far_they_go(people: Engine) -> None:
    with reading(people) as connection, pytest.raises(UnknownCustomer, match="ids go up to"):
        find_customer(connection, "987654")
