"""No table and no column is forgotten when a customer's data are exported or erased."""

import pytest

from contacts.channels.mentioned import STRUCK_OUT, struck_out
from contacts.privacy.blanks import EMPTIED, HASHED, KEPT, REMOVED
from contacts.privacy.held import BY_MENTION, NOTHING_OF_A_CUSTOMER, tables_of_a_customer
from contacts.record.tables import Base

HELD = [table.name for table in tables_of_a_customer()]


def test_c19_c20_every_table_is_reached_from_a_customer_or_said_to_hold_nothing() -> None:
    assert {*HELD, *NOTHING_OF_A_CUSTOMER} == set(Base.metadata.tables)
    assert not {*HELD} & {*NOTHING_OF_A_CUSTOMER}


@pytest.mark.parametrize("name", NOTHING_OF_A_CUSTOMER)
def test_a_table_that_holds_nothing_of_a_customer_points_at_none(name: str) -> None:
    keys = Base.metadata.tables[name].foreign_keys
    assert not {key.column.table.name for key in keys} & {*HELD}


@pytest.mark.parametrize("name", [one for one in HELD if one not in REMOVED | BY_MENTION])
def test_c20_of_every_column_it_is_said_what_becomes_of_it(name: str) -> None:
    said = [*KEPT[name], *EMPTIED.get(name, ()), *([HASHED[name]] if name in HASHED else [])]
    assert sorted(said) == sorted(Base.metadata.tables[name].columns.keys())


def test_nothing_is_said_of_what_is_not_there() -> None:
    assert {*KEPT, *EMPTIED, *HASHED, *REMOVED} <= set(Base.metadata.tables)
    assert not {*KEPT} & REMOVED


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("write to Ada@Example.com.", f"write to {STRUCK_OUT}."),
        ("<ada@example.com>", f"<{STRUCK_OUT}>"),
        ("/u?to=ada%40example.com&x=1", f"/u?to={STRUCK_OUT}&x=1"),
        ("call +12025550111 or 12025550111", f"call {STRUCK_OUT} or {STRUCK_OUT}"),
        ("From=%2B12025550111", f"From={STRUCK_OUT}"),
        ("nada@example.com, ada@example.company", "nada@example.com, ada@example.company"),
        ("ada@example.com.au", "ada@example.com.au"),
        ("+120255501112 and 912025550111", "+120255501112 and 912025550111"),
    ],
)  # fmt: skip
def test_an_address_is_struck_out_and_never_a_part_of_another(text: str, left: str) -> None:
    addresses = ["ada@example.com", "+12025550111"]
    assert struck_out(text, addresses) == left
    assert struck_out({"said": [text]}, addresses) == {"said": [left]}
