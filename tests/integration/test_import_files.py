"""CSV files as they come: refused whole with one clear line, or read as they are."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from contacts.cadences.faults import FaultyFile
from contacts.record.engine import reading
from contacts.record.imports import ImportReport, import_customers, import_orders
from contacts.record.imports.run import CHUNK
from contacts.record.tables import Customer
from contacts.settings import Settings
from tests.cast import NOW

Import = Callable[[bytes], ImportReport]


@pytest.fixture
def run(sqlite_engine: Engine, settings: Settings, tmp_path: Path) -> Import:
    """Import these bytes as customers.csv."""

    def run(content: bytes) -> ImportReport:
        path = tmp_path / "customers.csv"
        path.write_bytes(content)
        return import_customers(sqlite_engine, path, settings=settings, now=NOW)

    return run


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \r\n\r\n", "empty"),
        (b"email,phone\n", "no rows"),
        (b"email,phone\n\n,\n", "no rows"),
        (b"ada@example.com,+12025550111\n", "header"),
        (b"first_name,last_name\nAda,Archer\n", "no column 'email' or 'phone'"),
        (b"e_mail,first_name\na@example.com,Ada\n", "did you mean it by 'e_mail'"),
        (b"order_id,email,ordered_at,amount\n1,a@b.example,2026-01-01,5\n", "columns of orders"),
        (b"contract_id,email,ends_on\n1,a@b.example,2026-01-01\n", "import contracts FILE"),
        (b"sep=,\nemail,phone\na@example.com,\n", "sep= is a spreadsheet's own line"),
        (b"sep=;\nemail;phone\na@example.com;\n", "sep=; is a spreadsheet's own line"),
        (b"email,Email\na@example.com,b@example.com\n", "'email' twice, as 1 and 2"),
        (b"email;phone\na@example.com;\n", "delimiter"),
        (b"email\tphone\na@example.com\t\n", "tabs"),
        ("email,first_name\na@example.com,Zo\xeb\n".encode("latin-1"), "0xEB"),
        ("email,first_name\na@example.com,Ada\n".encode("utf-16-le"), "UTF-8"),
        (b"email,first_name\na@example.com,Ad\xc3", "UTF-8"),
        (b"PK\x03\x04" + b"\x00" * 100, "spreadsheet"),
        (b'email,"first_name\na@example.com,Ada\n', "quote"),
    ],
)
def test_bad_files_are_refused_whole(
    run: Import, sqlite_engine: Engine, content: bytes, word: str
) -> None:
    with pytest.raises(FaultyFile, match=word) as refused:
        run(content)
    (fault,) = refused.value.faults
    assert fault.path.endswith("customers.csv")
    assert _count(sqlite_engine) == 0


def test_the_byte_that_is_not_utf8_is_located(run: Import) -> None:
    with pytest.raises(FaultyFile) as refused:
        run("email,first_name\na@example.com,Zo\xeb\n".encode("latin-1"))
    (fault,) = refused.value.faults
    assert (fault.line, fault.column) == (2, len("a@example.com,Zo") + 1)


def test_a_bad_byte_far_down_keeps_the_whole_file_out(run: Import, sqlite_engine: Engine) -> None:
    lines = [f"c{number}@example.com,Ada" for number in range(CHUNK * 2)]
    with pytest.raises(FaultyFile):
        run("\n".join(["email,first_name", *lines, "z@example.com,Zo\xeb"]).encode("latin-1"))
    assert _count(sqlite_engine) == 0


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfemail,first_name\r\na@example.com,Ada\r\n",
        b" EMAIL , First Name \na@example.com,Ada\n",
        b"email,first_name\ra@example.com,Ada\r",
        b'"email","first_name"\n"a@example.com","Ada"\n',
        b"email,first_name\n\n\na@example.com,Ada\n\n,\n",
        b"\n\nemail,first_name\na@example.com,Ada",
        b"email,first_name,,\na@example.com,Ada,,\n",
    ],
)
def test_files_of_all_programs_are_read(run: Import, sqlite_engine: Engine, content: bytes) -> None:
    assert (run(content).created, run(content).unchanged) == (1, 1)
    with reading(sqlite_engine) as connection:
        assert connection.execute(select(Customer.first_name)).scalar_one() == "Ada"


def test_a_row_with_too_many_cells_is_named_with_the_remedy(run: Import) -> None:
    report = run(b"email,company\na@example.com,Archer, Baker\nb@example.com,Baker\n")
    assert (report.created, report.refused) == (1, 1)
    assert "3 cells and the header 2" in report.faults[0].message
    assert "quotes" in report.faults[0].message


def test_a_bad_quote_costs_its_row_alone(run: Import) -> None:
    report = run(b'email,company\na@example.com,"Archer" & Co\nb@example.com,Baker\n')
    assert (report.created, report.refused) == (1, 1)
    assert report.faults[0].line == 2


def test_an_open_quote_stops_the_reading_where_it_begins(run: Import) -> None:
    report = run(b'email,company\na@example.com,A\nb@example.com,"B\nc@example.com,C\n')
    assert report.created == 1
    (fault,) = report.faults
    assert (fault.line, fault.column) == (3, len("b@example.com,") + 1)
    assert fault.message == (
        'the quote opened in line 3 is never closed; put a " at the end of its cell, or take this '
        "one away. The rows from here on were not read"
    )


def test_a_quote_that_only_a_later_one_closes_is_told_where_it_was_opened(run: Import) -> None:
    report = run(b'email,company\na@example.com,A\nb@example.com,"B\nc@example.com,"C"\n')
    (fault,) = report.faults
    assert (fault.line, fault.column) == (3, len("b@example.com,") + 1)
    assert "the quote opened in line 3 closes only in line 4, in the midst" in fault.message


def test_a_quote_left_open_in_the_last_row_is_never_closed(run: Import) -> None:
    report = run(b'email,company\na@example.com,A\nb@example.com,"B')
    assert report.faults[0].message.startswith("the quote opened in line 3 is never closed;")


def test_a_quote_that_takes_in_other_rows_is_asked_about(run: Import) -> None:
    """Quotes in the rows after it may well make a row of them, of too many or too few cells."""
    report = run(
        b'email,company,city\na@example.com,"A\nb@example.com",B,Bergen\nc@example.com,,\n'
    )
    assert report.faults[0].message == (
        "the row has 4 cells and the header 3; "
        "is the quote opened in line 2 closed where its cell ends?"
    )


def test_a_quote_inside_a_quoted_cell_is_told_at_its_place(run: Import) -> None:
    report = run(b'email,company\na@example.com,"The ""B"" and "C" House"\n')
    (fault,) = report.faults
    assert (fault.line, fault.column) == (2, len('a@example.com,"The ""B"" and "'))
    assert 'write ""' in fault.message


def test_a_quote_left_open_in_a_long_file_is_told_where_it_was_opened(run: Import) -> None:
    rows = b"".join(b"c%d@example.com,C\n" % number for number in range(9_000))
    report = run(b'email,company\nb@example.com,"B\n' + rows)
    (fault,) = report.faults
    assert (fault.line, fault.column) == (2, len("b@example.com,") + 1)
    assert "the cell whose quote opened in line 2 is longer than" in fault.message


def test_a_row_with_one_cell_says_so_in_the_singular(run: Import) -> None:
    assert "the row has 1 cell and" in run(b"email,company\na@example.com\n").faults[0].message


def test_a_quote_left_open_in_the_header_is_told_at_its_place(run: Import) -> None:
    with pytest.raises(FaultyFile) as refused:
        run(b'email,"company\na@example.com,A\n')
    (fault,) = refused.value.faults
    assert (fault.line, fault.column) == (1, 7)
    assert fault.message.startswith("the header: the quote opened in line 1 is never closed;")


def test_rows_after_an_open_quote_are_not_guessed(run: Import) -> None:
    report = run(b'email,company\na@example.com,"A\nb@example.com,"B" & C\nd@example.com,D\n')
    assert (report.created, report.refused) == (0, 1)
    assert "not read" in report.faults[0].message


def test_a_cell_under_no_name_is_a_fault(run: Import) -> None:
    report = run(b"email,\na@example.com,secret\n")
    assert "without a name" in report.faults[0].message


def test_a_giant_cell_is_a_fault(run: Import) -> None:
    report = run(b'email,company\n"a@example.com",' + b"x" * 200_000 + b"\nb@example.com,B\n")
    assert (report.created, report.refused) == (1, 1)
    assert "a cell is longer than" in report.faults[0].message


def test_only_so_many_faults_are_kept_and_all_are_counted(run: Import) -> None:
    report = run(b"email\n" + b"nobody\n" * 1_500)
    assert report.refused == 1_500
    assert len(report.faults) == 1_000


def test_orders_need_their_columns(
    sqlite_engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("order_id,email\nA-1,ada@example.com\n", encoding="utf-8")
    with pytest.raises(FaultyFile, match="no column 'ordered_at'"):
        import_orders(sqlite_engine, path, settings=settings, now=NOW)


def test_a_customers_order_may_be_an_attribute(run: Import, sqlite_engine: Engine) -> None:
    content = b"email,first_name,order_id,ordered_at\na@example.com,Ada,7,2026-01-01\n"
    assert run(content).created == 1


def test_a_row_that_is_too_short_is_told_what_a_blank_cell_looks_like(run: Import) -> None:
    [fault] = run(b"email,phone,first_name\na@example.com,+12025550111\n").faults
    assert fault.message.endswith("header 3; a cell with nothing in it keeps its comma")
    [fault] = run(b"email,first_name\na@example.com,Ada, dear\n").faults
    assert fault.message.endswith("header 2; a cell with a comma in it needs quotes round it")


def _count(engine: Engine) -> int:
    with reading(engine) as connection:
        return connection.execute(select(func.count()).select_from(Customer)).scalar_one()
