"""What `touchline up` prints of a run stays the line that it is."""

from io import StringIO

from rich.console import Console

from contacts.cadences.faults import Fault
from flows.running.supervisor import say
from flows.wording import masked


def test_a_long_line_is_not_broken_and_loses_none_of_its_brackets() -> None:
    line = f"09:00:00  cadences/hello.yaml:5:8: {'so it goes on ' * 9}is written [one, two]"
    output = StringIO()
    say(Console(file=output, width=80), line)
    assert output.getvalue() == f"{line}\n"


def test_a_value_of_a_row_is_masked_and_the_command_that_shows_it_named() -> None:
    fault = Fault("/srv/business/data/customers.csv", 3, 9, "email: 'ada@example' is none")
    assert masked(fault).message == (
        "email: '…' is none (see 'touchline import customers data/customers.csv')"
    )


def test_a_fault_that_quotes_nothing_is_told_as_it_is() -> None:
    fault = Fault("/srv/business/data/orders.csv", 3, 1, "no customer")
    assert masked(fault) == fault
