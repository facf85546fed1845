"""Whether a file is text that can be read as CSV at all, found out before any row goes in."""

import codecs
from pathlib import Path

from contacts.cadences.faults import Fault, FaultyFile

_BLOCK = 1 << 20
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_ZIP = b"PK\x03\x04"
_REMEDY = "save it as 'CSV UTF-8' and import that"


def check_text(path: Path) -> None:
    """Raise FaultyFile unless the whole file is UTF-8 and holds something."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    blank, line = True, 1
    with path.open("rb") as file:
        first = True
        while block := file.read(_BLOCK):
            if first:
                _check_beginning(path, block)
            first = False
            try:
                text = decoder.decode(block)
            except UnicodeDecodeError as error:
                _refuse_byte(path, error, line)
            blank = blank and not text.strip("\ufeff \t\r\n")
            line += text.count("\n")
    if blank:
        raise faulty(path, 1, "the file is empty")
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        _refuse_byte(path, error, line)


def faulty(path: Path, line: int, message: str, column: int = 1) -> FaultyFile:
    """A file refused whole for one fault."""
    return FaultyFile([Fault(str(path), line, column, message)])


def without_rows(path: Path) -> FaultyFile:
    """A file refused whole for having nothing below its header."""
    return faulty(path, 1, "the file has no rows, only a header")


def _check_beginning(path: Path, block: bytes) -> None:
    if block.startswith(_UTF16):
        raise faulty(path, 1, f"the encoding is UTF-16 (Excel's 'Unicode text'); {_REMEDY}")
    if block.startswith(_ZIP):
        raise faulty(path, 1, f"this is a spreadsheet or zip file, not CSV; {_REMEDY}")
    if b"\0" in block.partition(b"\n")[0]:  # UTF-16 without its mark; elsewhere one bad cell
        raise faulty(path, 1, f"this is no text in the UTF-8 encoding; {_REMEDY}")


def _refuse_byte(path: Path, error: UnicodeDecodeError, line: int) -> None:
    before = error.object[: error.start]
    line += before.count(b"\n")
    column = len(before.rpartition(b"\n")[2].decode("utf-8", "replace")) + 1
    byte = error.object[error.start]
    message = f"the encoding is not UTF-8 (byte 0x{byte:02X}); {_REMEDY}"
    raise faulty(path, line, message, column) from None
