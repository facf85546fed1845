"""Reads one HTTP/1.1 answer out of bytes as they come (RFC 9112), up to a size."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from multidict import CIMultiDict

LARGEST_HEAD = 32 * 1024
LARGEST_ANSWER = 64 * 1024
"""No provider says more, and a broken proxy may."""

_HEAD = re.compile(
    r"HTTP/1\.(?P<version>[01]) (?P<status>[1-9]\d\d)(?: [^\r\n\0]*)?"
    r"(?P<fields>(?:\r\n[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[^\r\n\0]*)*)"
)
_LENGTH = re.compile(r"\d{1,18}")
_CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,15}(?=[ \t]*(?:;|$))")
_LONGEST_LINE = 4096
_BODILESS = frozenset({204, 205, 304})


class BadReply(Exception):
    """What came is not HTTP."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer, headers under any case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class ReplyReader:
    """Is fed until it has the whole reply; one for each request."""

    def __init__(self) -> None:
        self.reusable = False  # whether another request may follow on the connection
        self.began = False  # whether a whole head was read
        self._received = bytearray()
        self._body = bytearray()
        self._status = 0
        self._headers: CIMultiDict[str] = CIMultiDict()
        self._left: int | None = None  # bytes of the body, or of this chunk; None: until the end
        self._chunked = False
        self._last_chunk = False

    def feed(self, data: bytes) -> Reply | None:
        """The reply if these bytes complete it. Raises BadReply."""
        self._received += data
        if not self.began and not self._read_head():
            return None
        whole = self._read_chunks() if self._chunked else self._read_body()
        if len(self._body) >= LARGEST_ANSWER:
            self.reusable = False
            return self._reply()
        if not whole:
            return None
        self.reusable = self.reusable and not self._received
        return self._reply()

    def end(self) -> Reply | None:
        """The reply if the end of the connection completes it."""
        until_end = self.began and not self._chunked and self._left is None
        return self._reply() if until_end else None

    def _reply(self) -> Reply:
        return Reply(self._status, self._headers, bytes(self._body[:LARGEST_ANSWER]))

    def _read_head(self) -> bool:
        while True:
            head, end, rest = self._received.partition(b"\r\n\r\n")
            if not end:
                self._refuse_endless_head()
                return False
            self._received = rest
            self._parse_head(head.decode("latin-1"))
            if self._status >= 200:  # what comes before is only on the way (100 Continue)
                break
        self._choose_framing()
        self.began = True
        return True

    def _refuse_endless_head(self) -> None:
        start = bytes(self._received[:7])
        if len(self._received) > LARGEST_HEAD or not b"HTTP/1.".startswith(start):
            raise BadReply("no head of an answer")

    def _parse_head(self, head: str) -> None:
        parts = _HEAD.fullmatch(head) if len(head) <= LARGEST_HEAD else None
        if parts is None:
            raise BadReply("a malformed head")
        self._status = int(parts["status"])
        fields = (line.partition(":") for line in parts["fields"].split("\r\n")[1:])
        self._headers = CIMultiDict((name, value.strip(" \t")) for name, _, value in fields)
        said = self._headers.get("Connection", "").lower()
        self.reusable = parts["version"] == "1" and "close" not in said

    def _choose_framing(self) -> None:
        """How long the body is, by section 6.3; what is ambiguous there is refused."""
        headers = self._headers
        if self._status in _BODILESS:
            self._left = 0
        elif "Transfer-Encoding" in headers:
            codings = headers.getall("Transfer-Encoding")
            if [one.lower() for one in codings] != ["chunked"] or "Content-Length" in headers:
                raise BadReply("an unknown transfer coding")
            self._chunked, self._left = True, None
        elif "Content-Length" in headers:
            lengths = set(headers.getall("Content-Length"))
            length = lengths.pop()
            if lengths or not _LENGTH.fullmatch(length):
                raise BadReply("no length")
            self._left = int(length)
        else:
            self.reusable = False

    def _read_body(self) -> bool:
        if self._left is None:
            self._body += self._received
            self._received.clear()
            return False
        self._take()
        return self._left == 0

    def _take(self) -> None:
        """Move what is left of the body, or of the chunk, out of what was received."""
        assert self._left is not None  # noqa: S101  # both callers know
        taken = self._received[: self._left]
        del self._received[: self._left]
        self._left -= len(taken)
        self._body += taken

    def _read_chunks(self) -> bool:
        while len(self._body) < LARGEST_ANSWER:
            if self._left is None:
                size = self._line()
                if size is None:
                    return False
                self._left = _chunk_size(size)
                self._last_chunk = self._left == 0
            if self._last_chunk:
                return self._read_trailers()
            self._take()
            if self._left or not self._end_chunk():
                return False
        return True

    def _end_chunk(self) -> bool:
        """The line's end that follows a chunk."""
        if len(self._received) < 2:
            return False
        if not self._received.startswith(b"\r\n"):
            raise BadReply("a chunk without an end")
        del self._received[:2]
        self._left = None
        return True

    def _read_trailers(self) -> bool:
        while (line := self._line()) is not None:
            if not line:
                return True
        return False

    def _line(self) -> bytes | None:
        line, end, rest = self._received.partition(b"\r\n")
        if not end:
            if len(line) > _LONGEST_LINE:
                raise BadReply("a line without an end")
            return None
        self._received = rest
        return bytes(line)


def _chunk_size(line: bytes) -> int:
    size = _CHUNK_SIZE.match(line)
    if size is None:
        raise BadReply("no size of a chunk")
    return int(size[0], 16)
